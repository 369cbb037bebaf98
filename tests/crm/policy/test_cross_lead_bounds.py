"""How little of another lead's data is enough, and what the lead knows anyway."""

import pytest

from lofty_crm.policy.facts import OtherLead
from tests.crm.policy.cases import KNOWN, email, finding, lead, sms, text, verdict

HELD = {"cross_lead_data": "held"}
QUOTE = "we sell before the summer"
"""25 characters."""


def _other(**fields: object) -> OtherLead:
    return OtherLead(id="480213577100002", **fields)  # pyright: ignore[reportArgumentType] -- each test names what it needs


@pytest.mark.parametrize(
    ("phone", "expected"),
    [("(206) 555-0102", HELD), ("555-0102", HELD), ("55-0102", {}), ("001 206 555 0102", HELD)],
)
def test_seven_digits_of_a_number_however_written_are_enough(phone: str, expected: dict[str, str]) -> None:
    assert verdict(sms("Call 206.555.0102", other_leads=(_other(phones=(phone,)),))) == expected


def test_a_number_that_the_lead_wrote_is_no_secret() -> None:
    known = (*KNOWN, text("My wife has (206) 555-0102"))
    assert verdict(sms("Call 206-555-0102", texts=known, other_leads=(_other(phones=("+12065550102",)),))) == {}


def test_a_number_in_a_subject_counts() -> None:
    others = (_other(phones=("+12065550102",)),)
    assert verdict(email(subject="Call 206-555-0102", other_leads=others)) == HELD
    assert verdict(sms("Call \uff12\uff10\uff16 555 0102", other_leads=others)) == HELD


def test_a_quote_in_a_subject_counts() -> None:
    others = (_other(words=(QUOTE,)),)
    assert verdict(email(subject=QUOTE, other_leads=others)) == HELD
    assert verdict(email(subject=None, body=QUOTE, other_leads=others))["cross_lead_data"] == "held"


def test_twenty_five_characters_are_a_quote_and_twenty_four_are_not() -> None:
    assert len(QUOTE) == 25
    assert verdict(sms(f"{QUOTE} is over", other_leads=(_other(words=(QUOTE,)),))) == HELD
    assert verdict(sms(f"{QUOTE[1:]} is over", other_leads=(_other(words=(QUOTE,)),))) == {}
    assert verdict(sms(f"So {QUOTE}", other_leads=(_other(words=(f"{QUOTE}s",)),))) == HELD


@pytest.mark.parametrize("words", [f"{QUOTE}. we sell before. we sell before", f"we sell before. {QUOTE}", f"x{QUOTE}"])
def test_a_quote_is_found_wherever_it_stands_in_their_words(words: str) -> None:
    found = finding(sms(f"So, {QUOTE}", other_leads=(_other(words=(words,)),)), "cross_lead_data")
    assert QUOTE in found.text


@pytest.mark.parametrize("body", [f"{QUOTE}, we sell before", f"we sell before, {QUOTE}, we sell before"])
def test_a_quote_is_found_wherever_it_stands_in_the_message(body: str) -> None:
    assert verdict(sms(body, other_leads=(_other(words=(QUOTE,)),))) == HELD


@pytest.mark.parametrize(("name", "expected"), [("Ann Li", HELD), ("Jo Li", {}), ("", {})])
def test_a_name_of_three_letters_beside_a_date_is_enough(name: str, expected: dict[str, str]) -> None:
    other = _other(name=name, words=("closing on June 12",))
    assert verdict(sms("Ann and Jo Li close June 12, hurry", other_leads=(other,))) == expected


def test_a_name_that_the_lead_bears_as_well_tells_nothing() -> None:
    other = _other(name="Jane Bell", words=("closing on June 12",))
    assert verdict(sms("Jane, June 12 it is", other_leads=(other,))) == {}
    ann = lead(first_name="Ann", emails=())
    assert verdict(sms("Jane, June 12 it is", to=ann, texts=KNOWN[1:], other_leads=(other,))) == HELD
