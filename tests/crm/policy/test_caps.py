import pytest

from lofty_crm.policy.facts import Caps, SendHistory
from tests.crm.policy.cases import KNOWN, email, finding, sms, text, verdict

WORDS = "Shall we say three on Thursday?"


@pytest.mark.parametrize(
    ("sent", "expected"), [(2, {}), (3, {"frequency_cap": "stop"}), (9, {"frequency_cap": "stop"})]
)
def test_the_fourth_message_to_a_lead_in_a_day_is_stopped(sent: int, expected: dict[str, str]) -> None:
    """D84"""
    assert verdict(sms(history=SendHistory(to_lead_24h=sent))) == expected
    assert verdict(email(history=SendHistory(to_lead_24h=sent))) == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (SendHistory(in_hour=19, in_day=99), {}),
        (SendHistory(in_hour=20, in_day=20), {"hourly_cap": "stop"}),
        (SendHistory(in_day=100), {"daily_cap": "stop"}),
        (SendHistory(in_hour=20, in_day=100), {"hourly_cap": "stop", "daily_cap": "stop"}),
    ],
)
def test_an_account_sends_no_more_than_a_person_reads(history: SendHistory, expected: dict[str, str]) -> None:
    assert verdict(sms(history=history)) == expected


@pytest.mark.parametrize(("others", "weight"), [(2, None), (3, "warning"), (9, "warning"), (10, "stop")])
def test_the_same_words_to_eleven_leads_are_stopped(others: int, weight: str | None) -> None:
    """D29"""
    assert verdict(sms(history=SendHistory(near_duplicates=others))).get("bulk_pattern") == weight


def test_an_operator_may_set_tighter_caps() -> None:
    history = SendHistory(to_lead_24h=1, in_hour=2, in_day=2)
    assert verdict(sms(history=history, caps=Caps(to_lead_24h=1, in_hour=2, in_day=2))) == {
        "frequency_cap": "stop",
        "hourly_cap": "stop",
        "daily_cap": "stop",
    }


def test_one_message_is_counted_in_the_singular() -> None:
    found = finding(sms(history=SendHistory(to_lead_24h=1), caps=Caps(to_lead_24h=1)), "frequency_cap")
    assert found.text == "1 message has gone to this lead in 24 hours; the limit is 1."


def test_the_same_words_to_the_same_lead_within_a_day_are_held() -> None:
    """D62"""
    assert verdict(sms(history=SendHistory(same_words_24h=1))) == {"same_words": "held"}
    again = text("shall we say THREE, on Thursday", day=17, outbound=True)
    assert verdict(sms(WORDS, texts=(*KNOWN, again))) == {"same_words": "held"}


def test_the_same_words_on_another_day_or_from_the_lead_or_only_logged_do_not_count() -> None:
    """D64, D65"""
    others = (
        text(WORDS, day=16, hour=19, outbound=True),
        text(WORDS, day=17),
        text(WORDS, day=17, outbound=True, origin="logged"),
        text(WORDS, day=None, outbound=True),
        text(None, day=17, outbound=True),
    )
    assert verdict(sms(WORDS, texts=(*KNOWN, *others[:3]))) == {}
    assert verdict(sms("👍", texts=(*KNOWN, others[3]))) == {}
    timeless = text(WORDS, day=None, outbound=True)
    assert verdict(sms(WORDS, texts=(*KNOWN, timeless))) == {"same_words": "held"}
