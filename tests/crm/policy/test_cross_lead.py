import pytest

from lofty_crm.policy.facts import OtherLead
from tests.crm.policy.cases import KNOWN, email, finding, lead, sms, text, verdict

MARCUS = OtherLead(
    id="480213577100002",
    name="Marcus Bell",
    phones=("+12065550102",),
    emails=("marcus.bell@example.com",),
    street="88 Orchard Lane",
    words=("We are splitting up, so we need to sell before the divorce is final on June 12.", "ok"),
)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("Call 206-555-0102 for a reference", 'the number "+12065550102"'),
        ("Call (206) 555 0102", 'the number "+12065550102"'),
        ("Ask MARCUS.BELL@example.com", 'the address "marcus.bell@example.com"'),
        ("The house is at 88 Orchard Lane.", 'the address "88 Orchard Lane"'),
        ("They need to sell before the Divorce, is final!", 'the words "need to sell before the divorce is final"'),
        ("Marcus closes on June 12, so hurry", 'the name and a date of theirs, "marcus ... june 12"'),
    ],
)
def test_what_belongs_to_another_lead_is_held(body: str, what: str) -> None:
    """D30"""
    for facts in (sms(body, other_leads=(MARCUS,)), email(body, other_leads=(MARCUS,))):
        assert verdict(facts) == {"cross_lead_data": "held"}
        assert what in finding(facts, "cross_lead_data").text


@pytest.mark.parametrize(
    "body",
    [
        "We could sell before the summer",
        "Marcus will join us on June 13",
        "The 12th of June suits me",
        "June 12 it is",
        "Take 188 Orchard Lane West",
        "Ok",
    ],
)
def test_what_is_nobody_s_in_particular_passes(body: str) -> None:
    assert verdict(sms(body, other_leads=(MARCUS,))) == {}


@pytest.mark.parametrize("quoted", [24, 25])
def test_a_quote_counts_from_twenty_five_characters(quoted: int) -> None:
    """D30"""
    theirs = "abcdefghijklmnopqrstuvwxyz0123456789"
    other = OtherLead(id="2", words=(f"zz {theirs}",))
    for before in range(30):
        facts = sms("-" + "q" * before + theirs[3 : 3 + quoted] + "#", other_leads=(other,))
        assert ("cross_lead_data" in verdict(facts)) is (quoted == 25)


def test_what_the_lead_said_or_owns_may_be_repeated() -> None:
    home = lead("+12065550102", street="88 Orchard Lane", emails=("marcus.bell@example.com",))
    assert verdict(sms("88 Orchard Lane, 206 555 0102, marcus.bell@example.com", to=home, other_leads=(MARCUS,))) == {}
    said = (*KNOWN, text("Marcus and I need to sell before the divorce is final on June 12"))
    body = "So you need to sell before the divorce is final, Marcus and you, on June 12"
    assert verdict(sms(body, texts=said, other_leads=(MARCUS,))) == {}


def test_a_lead_s_own_record_is_no_other_lead() -> None:
    own = OtherLead(id=lead().id, phones=("+12065550102",))
    assert verdict(sms("206-555-0102", other_leads=(own,))) == {}
    unseen = sms("206-555-0102", other_leads=(own,), lead=None, destination=None)
    assert verdict(unseen)["cross_lead_data"] == "held"
