import html
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.api.models import Channel, OutsideContact
from lofty_crm.api.payloads import (
    email_payload,
    guide_log_payload,
    note_payload,
    reference_log_payload,
    render_html,
    sms_payload,
    task_payload,
)
from tests.crm.api.clients import calm

NINETEEN = "9223372036854775807"
NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_text_is_the_same_bytes_in_a_fixed_order() -> None:
    assert sms_payload(NINETEEN, body="Hé\n👍", phone="+13035550101") == (
        '{"leadId":9223372036854775807,"content":"Hé\\n👍","phoneNumber":"3035550101","phoneCode":"1"}'.encode()
    )
    assert sms_payload("7", body="Hi", phone=None) == b'{"leadId":7,"content":"Hi"}'


def test_an_email_carries_its_text_as_both_dialects_want_it() -> None:
    assert email_payload("7", subject="Tour", body="a\nb", email="jane.hollis@example.com") == (
        b'{"leadId":7,"subject":"Tour","content":"a<br>\\nb","body":"a<br>\\nb","toEmail":"jane.hollis@example.com"}'
    )
    assert "toEmail" not in json.loads(email_payload("7", subject="Tour", body="a", email=None))


@calm
@given(WORDS)
def test_the_words_of_a_text_survive_exactly(words: str) -> None:
    assert json.loads(sms_payload("7", body=words, phone=None))["content"] == words


@calm
@given(st.text("<>&\"' ab\n\t", max_size=40))
def test_an_email_shows_its_plain_text_as_typed(words: str) -> None:
    rendered = render_html(words)
    assert re.fullmatch(r"(?:[^<>&]|<br>\n|&(?:lt|gt|amp|nbsp);)*", rendered)
    assert html.unescape(rendered.replace("<br>\n", "\n")).replace("\xa0", " ") == words


@pytest.mark.parametrize("lead_id", ["0", "-1", "1e3", "1_000", "١٢٣", "9223372036854775808", "", " 7", "7/8", "true"])
def test_an_id_that_is_none_never_becomes_a_payload(lead_id: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        sms_payload(lead_id, body="Hi", phone=None)
    with pytest.raises(ValueError, match="whole number"):
        email_payload(lead_id, subject="Hi", body="Hi", email=None)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        sms_payload("7", body="\ud800", phone=None)


def test_a_note_that_lofty_would_cut_is_refused() -> None:
    assert json.loads(note_payload("7", content="a" * 2000, pinned=True)) == {
        "leadId": 7,
        "content": "a" * 2000,
        "isPin": True,
    }
    for content in ("a" * 2001, "👍" * 1001, " \n"):
        with pytest.raises(ValueError, match="content"):
            note_payload("7", content=content, pinned=False)


def call(**fields: object) -> OutsideContact:
    return OutsideContact.model_validate(
        {"channel": "call", "direction": "inbound", "content": "Spoke", "phone": "+13035550101"} | fields
    )


def test_a_logged_call_goes_out_as_the_reference_wants_it() -> None:
    assert json.loads(reference_log_payload("7", call(outcome="NoAnswer", duration_s=60, at=NOW))) == {
        "leadId": 7,
        "logType": "logCall",
        "content": "Spoke",
        "outboundOrInbound": "inbound",
        "isPin": False,
        "leadPhoneNumber": "+13035550101",
        "callingOutcome": "NoAnswer",
    }


def test_a_logged_call_goes_out_as_the_guide_wants_it() -> None:
    contact = call(outcome="Talked", duration_s=60, at=datetime(2026, 11, 16, 10, 0, tzinfo=UTC))
    assert json.loads(guide_log_payload(contact, NOW)) == {
        "type": "call",
        "direction": "inbound",
        "timestamp": "2026-11-16T10:00:00Z",
        "duration": 60,
        "outcome": "Talked",
        "notes": "Spoke",
    }
    assert json.loads(guide_log_payload(call(), NOW))["timestamp"] == "2026-11-17T19:00:00Z"


def test_a_log_that_lofty_would_change_is_refused() -> None:
    for fields in ({"content": "a" * 5001}, {"outcome": "Great!"}, {"content": ""}):
        with pytest.raises(ValueError, match=r"content|outcome"):
            reference_log_payload("7", call(**fields))
        with pytest.raises(ValueError, match=r"content|outcome"):
            guide_log_payload(call(**fields), NOW)
    with pytest.raises(ValueError, match="phone"):
        reference_log_payload("7", call(phone=None))


def test_a_logged_text_needs_no_phone() -> None:
    fields = json.loads(reference_log_payload("7", call(phone=None, channel=Channel.SMS)))
    assert fields["logType"] == "logText"
    assert "leadPhoneNumber" not in fields


def test_a_deadline_goes_out_with_the_offset_of_its_zone() -> None:
    payload = task_payload("7", kind="Call", content="Ring", due_at=NOW, time_zone="America/Denver")
    assert json.loads(payload) == {
        "type": "Call",
        "content": "Ring",
        "leadId": 7,
        "assignedRole": "Agent",
        "endAt": "2026-11-17T12:00:00-07:00",
        "timeZoneCode": "America/Denver",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "call"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"due_at": NOW.replace(tzinfo=None)},
    ],
)
def test_a_task_that_lofty_would_misread_is_refused(fields: dict[str, object]) -> None:
    good: dict[str, object] = {"kind": "Call", "content": "Ring", "due_at": NOW, "time_zone": "America/Denver"}
    with pytest.raises(ValueError, match=r"kind|zone"):
        task_payload("7", **(good | fields))  # type: ignore[arg-type]
