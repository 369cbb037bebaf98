"""What a destination is called, to the character."""

import pytest

from lofty_crm.api.models import Lead
from lofty_crm.policy.destinations import destinations, phone_label

PAIR = ("lead1902@example.com", "lead6423@example.com")
"""Of the same first six digits."""


def test_ids_grow_only_where_six_digits_do_not_tell_the_destinations_apart() -> None:
    alone, pair = (Lead(id="1", emails=emails) for emails in (PAIR[:1], PAIR))
    assert [d.id for d in destinations(alone)] == ["e-ce0cb8"]
    assert [d.id for d in destinations(pair)] == ["e-ce0cb8735021", "e-ce0cb80d36b0"]


def test_an_address_that_cannot_be_encoded_is_a_destination_all_the_same() -> None:
    (destination,) = destinations(Lead(id="1", emails=("\ud800@example.com",)))
    assert (destination.value, destination.label) == ("\ud800@example.com", "@example.com")


@pytest.mark.parametrize(
    ("number", "label"),
    [
        ("+13035550101", "+1 303 555 0101"),
        ("3035550101", "3035550101"),
        ("+1303555010", "+1303555010"),
        ("+130355501011", "+130355501011"),
        ("+1303555010x", "+1303555010x"),
        ("abcdefghij", "abcdefghij"),
        ("+1\u0663\u0660\u0663\u0665\u0665\u0665\u0660\u0661\u0660\u0661",) * 2,
    ],
)
def test_only_ten_plain_digits_after_the_country_s_code_are_set_apart(number: str, label: str) -> None:
    assert phone_label(number) == label
