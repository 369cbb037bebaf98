"""When a word counts as the first, to the day."""

from datetime import timedelta

from tests.crm.policy.cases import TUESDAY_NOON, email, sms, text, verdict


def test_a_silence_of_ninety_days_is_not_yet_long() -> None:
    sent = text("Hi", day=1, hour=19, outbound=True)
    assert sent.at
    for silence, expected in ((timedelta(days=90), {}), (timedelta(days=90, seconds=1), {"first_contact": "warning"})):
        assert verdict(sms(texts=(sent,), now=sent.at + silence)) == expected


def test_a_subject_can_make_an_advertisement_of_an_email() -> None:
    assert verdict(email("See you there.", subject="Open house")) == {"commercial_email": "warning"}
    assert verdict(email("Open house", subject="Unsubscribe; 12 Elm Street CO 80202", now=TUESDAY_NOON)) == {}
