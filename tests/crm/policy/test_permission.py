from collections.abc import Callable
from typing import Any

import pytest

from lofty_crm.api.models import Lead, Phone, PhoneStatus
from lofty_crm.policy.facts import Facts
from tests.crm.policy.cases import email, lead, sms, verdict

BAD = "+13035550199"


@pytest.mark.parametrize(
    ("field", "judge", "code"),
    [
        ("cannot_text", sms, "cannot_text"),
        ("cannot_email", email, "cannot_email"),
        ("unsubscribed", email, "unsubscribed"),
    ],
)
def test_a_flag_in_lofty_stops_its_channel(field: str, judge: Callable[..., Facts], code: str) -> None:
    """D77"""
    assert verdict(judge(to=lead().model_copy(update={field: True}))) == {code: "stop"}


@pytest.mark.parametrize(("field", "judge"), [("cannot_text", email), ("cannot_email", sms), ("unsubscribed", sms)])
def test_a_flag_leaves_the_other_channel_alone(field: str, judge: Callable[..., Facts]) -> None:
    assert verdict(judge(to=lead().model_copy(update={field: True}))) == {}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (PhoneStatus.INVALID, {"invalid_number": "stop"}),
        (PhoneStatus.DNC_NUMBER, {"do_not_contact": "stop"}),
        (PhoneStatus.DNC_CONTACT, {"do_not_contact": "stop"}),
        (PhoneStatus.VALID, {}),
        (PhoneStatus.TALKED, {}),
        (None, {}),
    ],
)
def test_a_number_that_is_bad_or_off_limits_is_not_texted(status: PhoneStatus | None, code: dict[str, str]) -> None:
    """D77"""
    assert verdict(sms(to=lead(status=status))) == code
    assert verdict(email(to=lead(status=status))) == {}


@pytest.mark.parametrize(
    ("status", "stopped"),
    [(PhoneStatus.INVALID, False), (PhoneStatus.DNC_NUMBER, False), (PhoneStatus.DNC_CONTACT, True)],
)
def test_another_number_of_the_lead_counts_only_when_the_person_is_off_limits(
    *, status: PhoneStatus, stopped: bool
) -> None:
    phones = (Phone(number="+13035550101", raw=""), Phone(number=BAD, raw="", status=status))
    who = Lead(id="1", state="CO", phones=phones)
    assert verdict(sms(to=who)) == ({"do_not_contact": "stop"} if stopped else {})


@pytest.mark.parametrize("fields", [{"stage": "DNC"}, {"tags": ("Hot", "Do-Not-Contact")}, {"tags": ("do  not TEXT",)}])
def test_a_mark_of_the_team_s_own_holds_the_message(fields: dict[str, Any]) -> None:
    assert verdict(sms(to=lead().model_copy(update=fields))) == {"marked_do_not_contact": "held"}
    assert verdict(email(to=lead().model_copy(update=fields))) == {"marked_do_not_contact": "held"}


def test_other_stages_and_tags_mean_nothing() -> None:
    assert verdict(sms(to=lead(stage="Nurture", tags=("DNC list checked 2026", "Buyer")))) == {}


def test_a_lead_without_a_place_to_send_to_gets_nothing() -> None:
    no_phone = Lead(id="1", emails=("sam.delgado@example.com",), state="FL")
    assert verdict(sms(to=no_phone)) == {"destination_missing": "stop"}
    assert verdict(email(to=lead(emails=()))) == {"destination_missing": "stop"}


def test_a_lead_that_the_account_does_not_show_is_written_to_with_a_warning() -> None:
    assert verdict(email(lead=None, destination=None)) == {"destination_unseen": "warning"}
    assert verdict(sms(lead=None, destination=None)) == {"destination_unseen": "warning"}
