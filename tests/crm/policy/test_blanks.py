"""Blanks that nobody filled in."""

import pytest

from lofty_crm.policy.verdict import Weight
from tests.crm.policy.cases import email, finding, sms, verdict


@pytest.mark.parametrize(
    ("body", "blank"),
    [
        ("Hi [name], are you free on Thursday?", "[name]"),
        ("Hi <lead name>, are you free?", "<lead name>"),
        ("See you on {the date} then.", "{the date}"),
        ("Thanks, [Agent's Name]", "[Agent's Name]"),
        ("Sign at [Title Company]", "[Title Company]"),
        ("Shall we say XX:XX on Thursday?", "XX:XX"),
        ("They ask $XXXX for it.", "$XXXX"),
        ("It has XX rooms.", "XX"),
        ("See you at ___ tomorrow.", "___"),
    ],
)
def test_a_blank_that_is_left_is_pointed_out(body: str, blank: str) -> None:
    found = finding(sms(body), "blank_left")
    assert (found.weight, f'"{blank}"' in found.text) == (Weight.WARNING, True)


def test_a_blank_in_the_subject_is_pointed_out() -> None:
    assert verdict(email("Shall we meet?", subject="The house at [address]"))["blank_left"] == "warning"


@pytest.mark.parametrize(
    "body",
    [
        "See you at three xx",
        "The XL garage is a plus, and the XXL yard.",
        "It is on example.com/XX and not elsewhere.",
        "Is 3 < 4 and 5 > 4?",
        "Here is [the listing](https://example.com/7), as you asked.",
        "The size is [12] x [14].",
        "I <3 this one",
        "snake_case and __init__ are words too",
    ],
)
def test_words_that_only_resemble_a_blank_pass(body: str) -> None:
    assert "blank_left" not in verdict(sms(body))


def test_a_template_s_own_field_is_stopped_all_the_same() -> None:
    assert verdict(sms("Hi [[first]], it is [date]."))["unresolved_merge_field"] == "stop"
