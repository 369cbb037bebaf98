from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.api import fields, parse
from lofty_crm.api.errors import BrokenAnswerError
from lofty_crm.api.models import Channel, PhoneStatus, TranscriptState
from tests.crm.api.clients import calm

NINETEEN = 1130947977875574784
AT = datetime(2026, 5, 6, 14, 32, tzinfo=UTC)


def test_the_timeline_is_read_in_the_shape_of_the_reference() -> None:
    row = {
        "id": NINETEEN,
        "leadId": 480213577100001,
        "activityTime": "2026-05-06T07:32:00-07:00",
        "channel": "Email",
        "communicationType": "Auto",
        "direction": "Outbound",
        "emailEventType": "Opened",
        "emailSubject": "Tour",
    }
    entry = parse.activity(row, "480213577100001")
    assert entry is not None
    assert entry.model_dump(exclude_none=True) == {
        "id": "1130947977875574784",
        "lead_id": "480213577100001",
        "channel": Channel.EMAIL,
        "direction": "outbound",
        "at": AT,
        "origin": "auto",
        "subject": "Tour",
        "email_event": "opened",
    }


def test_the_timeline_is_read_in_the_shape_of_the_guide() -> None:
    row = {
        "activityId": "act_1",
        "type": "sms",
        "direction": "inbound",
        "timestamp": "2026-05-06T14:32:00Z",
        "content": "Hi",
    }
    entry = parse.activity(row, "7")
    assert entry is not None
    assert entry.model_dump(exclude_none=True) == {
        "id": "act_1",
        "lead_id": "7",
        "channel": Channel.SMS,
        "direction": "inbound",
        "at": AT,
        "text": "Hi",
    }


def test_a_channel_that_is_not_known_is_passed_over_and_a_row_without_an_id_is_not() -> None:
    assert parse.activity({"id": 1, "channel": "Carrier pigeon", "direction": "Inbound"}, "7") is None
    with pytest.raises(BrokenAnswerError):
        parse.activity({"channel": "Text", "direction": "Inbound"}, "7")
    with pytest.raises(BrokenAnswerError):
        parse.activity({"id": 1, "channel": "Text"}, "7")


def test_an_id_that_lost_digits_is_not_an_id() -> None:
    assert fields.ident({"id": 1.1309479778755748e18}, "id") is None
    assert fields.ident({"id": True}, "id") is None
    assert fields.ident({"id": NINETEEN}, "id") == "1130947977875574784"
    assert fields.ident({"id": "1130947977875574784"}, "id") == "1130947977875574784"


@pytest.mark.parametrize("value", [True, 1, "true", "yes", "Y", [0]])
def test_a_ban_in_any_form_is_a_ban(value: object) -> None:
    assert parse.lead({"leadId": 7, "cannotText": value, "unsubscription": value}).cannot_text
    assert parse.lead({"leadId": 7, "cannotText": value, "unsubscription": value}).unsubscribed


@pytest.mark.parametrize("value", [False, 0, None, "false", "0", "", "no"])
def test_a_ban_that_is_not_set_is_none(value: object) -> None:
    assert not parse.lead({"leadId": 7, "cannotText": value}).cannot_text


def test_each_phone_keeps_its_own_status() -> None:
    lead = parse.lead(
        {"leadId": 7, "phones": ["3035550101", "", "6025550144", "4045550190"], "phoneStatuses": [2, 3, 5]}
    )
    assert [(phone.number, phone.status) for phone in lead.phones] == [
        ("+13035550101", PhoneStatus.VALID),
        ("+16025550144", PhoneStatus.DNC_CONTACT),
        ("+14045550190", None),
    ]


@pytest.mark.parametrize("status", [4, "4", 4.0])
def test_what_is_no_phone_moves_no_status(status: object) -> None:
    lead = parse.lead({"leadId": 7, "phones": [None, "3035550101"], "phoneStatuses": [2, status]})
    assert [(phone.number, phone.status) for phone in lead.phones] == [("+13035550101", PhoneStatus.DNC_NUMBER)]


@pytest.mark.parametrize(("value", "known"), [(96815, "96815"), (2134, "02134"), ("96815", "96815"), (None, None)])
def test_a_zip_code_may_come_as_a_number(value: object, known: str | None) -> None:
    assert parse.lead({"leadId": 7, "zipCode": value}).zip_code == known


def test_unset_numbers_and_texts_are_none() -> None:
    lead = parse.lead(
        {"leadId": 7, "score": -1, "preQual": "N/A", "stage": None, "leadTypes": [2, -1, 99], "lastName": None}
    )
    assert (lead.score, lead.pre_qualified, lead.stage, lead.name) == (None, None, None, "Lead 7")
    assert lead.lead_types == ("buyer", "other")


def test_a_lone_surrogate_in_an_answer_does_not_reach_anyone() -> None:
    body = parse.text({"id": 1, "direction": "Inbound", "textContent": "Hi \ud83d there"}, "7").body
    assert body == "Hi \ufffd there"


def test_a_word_for_the_origin_that_is_not_known_proves_nothing() -> None:
    row = {"id": 1, "direction": "Outbound", "textType": "Campaign"}
    assert parse.text(row, "7").origin == "auto"


def test_a_finished_summary_of_silence_is_told_from_none() -> None:
    summary = parse.call_summary(
        {"status": 2, "text": "", "summary": "", "keywords": [{"type": "leadName", "content": "Jane"}]}
    )
    assert summary.state is TranscriptState.READY
    assert summary.text == ""
    assert [(fact.kind, fact.content) for fact in summary.key_facts] == [("leadName", "Jane")]


def test_a_summary_without_a_state_is_none() -> None:
    assert parse.call_summary({"status": None}).state is TranscriptState.NONE
    assert parse.call_summary({"status": 0}).state is TranscriptState.PENDING
    assert parse.call_summary({"status": 7}).state is TranscriptState.NONE


@pytest.mark.parametrize("value", ["9" * 5000, float("inf"), 10**400, "٣"])
def test_a_number_out_of_all_bounds_is_none(value: object) -> None:
    row = {"score": value, "id": 1, "leadId": 7, "direction": "Inbound", "duration": value}
    assert parse.lead(row).score is None
    assert parse.call(row).duration_s is None


@pytest.mark.parametrize(
    ("duration", "expected"), [(225, 225), ("225", 225), ("03:45", 225), ("1:00:05", 3605), ("", None), ("?", None)]
)
def test_a_duration_is_read_in_seconds(duration: object, expected: int | None) -> None:
    row = {"id": 1, "leadId": 7, "direction": "Inbound", "duration": duration}
    assert parse.call(row).duration_s == expected


def test_a_receipt_names_the_place_that_lofty_used() -> None:
    assert (
        parse.receipt({"messageId": "5", "phoneNumber": "3035550101", "phoneCode": "1"}).destination == "+13035550101"
    )
    assert (
        parse.receipt({"messageId": "5", "phoneNumber": "+13035550101", "phoneCode": "1"}).destination == "+13035550101"
    )
    assert (
        parse.receipt({"messageId": "5", "phoneNumber": "2079460123", "phoneCode": "44"}).destination == "+442079460123"
    )
    assert parse.receipt({"messageId": "5", "phoneNumber": 3035550101}).destination == "+13035550101"
    assert parse.receipt({"messageId": "5", "toEmail": "a@example.com"}).destination == "a@example.com"
    assert parse.receipt({"messageId": NINETEEN}).destination == ""


@pytest.mark.parametrize("message_id", [None, "", 0, "0", True, {}, -1])
def test_without_a_message_id_there_is_no_receipt(message_id: object) -> None:
    with pytest.raises(BrokenAnswerError):
        parse.receipt({"messageId": message_id, "toEmail": "a@example.com"})


def test_only_an_https_link_is_a_recording() -> None:
    assert parse.secure_url({"url": "javascript:alert(1)"}, "url") is None
    assert parse.secure_url({"url": ""}, "url") is None
    assert parse.secure_url({"url": "https://x.example.com/a.mp3"}, "url") == "https://x.example.com/a.mp3"


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = [
    "id", "leadId", "direction", "channel", "type", "textTime", "duration", "phones", "phoneStatuses", "emails", "tags",
    "leadTypes", "keywords", "status", "messageId", "phoneNumber", "phoneCode", "toEmail", "eventType", "noteId",
    "content", "cannotText", "firstName", "createTime", "leadPhoneNumber", "score",
]  # fmt: skip
PARSERS: list[Callable[[dict[str, Any]], object]] = [
    parse.lead,
    lambda row: parse.text(row, "7"),
    lambda row: parse.email(row, "7"),
    lambda row: parse.call(row, "7"),
    lambda row: parse.activity(row, "7"),
    parse.site_activity,
    lambda row: parse.note(row, "7"),
    lambda row: parse.manual_log(row, "7", Channel.SMS),
    parse.call_summary,
    lambda row: parse.communication(row, None),
    lambda row: parse.task(row, "7"),
    parse.member,
    parse.receipt,
]


@calm
@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from(PARSERS))
def test_no_row_at_all_breaks_a_parser(row: dict[str, Any], read: Callable[[dict[str, Any]], object]) -> None:
    try:
        result = read(row)
    except BrokenAnswerError:
        return
    assert result is None or str(result).encode() is not None


@calm
@given(JSON)
def test_no_answer_at_all_breaks_the_search_for_rows(answer: object) -> None:
    for find in (lambda: fields.rows_of(answer, "notes"), lambda: [fields.row_of(answer, "note")]):
        try:
            rows = find()
        except BrokenAnswerError:
            continue
        assert all(type(row) is dict for row in rows)
