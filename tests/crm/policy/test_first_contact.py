import pytest

from lofty_crm.api.models import Text
from lofty_crm.policy.facts import Sender
from tests.crm.policy.cases import email, finding, sms, text, verdict

SIGNED = "Hi Jane, this is Alex Morgan of Example Realty. Reply STOP to opt out."


@pytest.mark.parametrize(
    "history",
    [(), (text("Hi, I saw your page"),), (text("Called her", outbound=True, origin="logged"),)],
)
def test_the_first_text_ever_is_warned_of(history: tuple[Text, ...]) -> None:
    """D83"""
    facts = sms(texts=history)
    assert verdict(facts) == {"first_contact": "warning"}
    assert finding(facts, "first_contact").text == (
        "This is the first text to this lead: Lofty will add its own opt-out notice, which counts towards the length. "
        "The text does not say who it is from or how to opt out."
    )


def test_a_text_after_three_months_of_silence_is_warned_of() -> None:
    """D83"""
    old = text("Hello", outbound=True).model_copy(update={"at": sms().now.replace(month=8, day=18)})
    assert finding(sms(texts=(old,)), "first_contact").text.startswith("No text has gone to this lead in three months")
    recent = old.model_copy(update={"at": sms().now.replace(month=8, day=20)})
    assert verdict(sms(texts=(recent,))) == {}
    assert verdict(sms(texts=(text("Hello", day=None, outbound=True),))) == {}


def test_what_a_first_text_lacks_is_said() -> None:
    """D83"""
    assert finding(sms(SIGNED, texts=()), "first_contact").advice == ""
    assert finding(sms("This is Alex.", texts=()), "first_contact").advice == "Say how to opt out."
    assert finding(sms("Reply STOP to opt out.", texts=()), "first_contact").advice == "Say who it is from."
    named = sms("Alex Morgan here. Three?", texts=(), sender=Sender(names=("Alex Morgan",)))
    assert finding(named, "first_contact").advice == "Say how to opt out."


def test_a_history_that_was_not_read_says_nothing_of_first_contacts() -> None:
    assert "first_contact" not in verdict(sms(texts=None))
    assert verdict(email(texts=())) == {}


@pytest.mark.parametrize(
    ("body", "lacks"),
    [
        ("Just listed near you!", "a postal address and a way to unsubscribe"),
        ("Just listed near you! Unsubscribe by answering.", "a postal address"),
        ("Just listed near you! Example Realty, 12 Main Street, Denver, CO 80202", "a way to unsubscribe"),
    ],
)
def test_an_advertisement_lacks_address_or_unsubscription(body: str, lacks: str) -> None:
    found = finding(email(body), "commercial_email")
    assert found.weight == "warning"
    assert found.text == f"The email reads like an advertisement, and lacks {lacks}."


def test_a_complete_advertisement_a_plain_letter_and_a_text_pass() -> None:
    complete = "Just listed! Example Realty, 12 Main Street, Denver, CO 80202. To unsubscribe, answer STOP."
    assert verdict(email(complete)) == {}
    assert verdict(email("The inspection went well. Shall we talk?")) == {}
    assert verdict(sms("Just listed near you!")) == {}
