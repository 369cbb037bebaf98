"""What a message's identity follows from: it may not change between versions."""

from dataclasses import replace
from typing import Any

import pytest

from lofty_crm.outbox.message import Kind, Words

WORDS = Words("a", Kind.SMS, "1", "Jane Hollis", "p-1", "+13035550101", "Hi \u2014 Jane", "", b"{}")


def test_the_digest_is_that_of_what_a_yes_is_a_yes_to() -> None:
    assert WORDS.digest == "a21fc5194b3629703370b54e1d5e53db7ac8a7371a1f55efa093d24fb3d5ecef"


@pytest.mark.parametrize(
    "change",
    [
        {"account": "b"},
        {"kind": Kind.EMAIL},
        {"lead_id": "2"},
        {"destination": "+13035550102"},
        {"body": "Hi"},
        {"subject": "Hi"},
        {"payload": b"{} "},
    ],
)
def test_whatever_a_person_approves_changes_the_digest(change: dict[str, Any]) -> None:
    assert replace(WORDS, **change).digest != WORDS.digest


def test_how_a_lead_is_called_does_not_change_the_digest() -> None:
    assert replace(WORDS, lead_name="J. Hollis", destination_id="p-2").digest == WORDS.digest


def test_what_is_done_to_a_message_is_named() -> None:
    assert [kind.done for kind in Kind] == ["sent", "sent", "deleted"]
