"""Contacts outside Lofty: logged once, whole, labelled, and never claimed without evidence."""

import json
from typing import Any

import pytest

from lofty_crm.policy.destinations import destinations
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.logs import log_call, log_message
from lofty_tools.writing import LABEL
from tests.tools.desk import AIKO, BEN, ELENA, JANE, MARCUS, MODES, SAM, Mode, desk

_TOOLS = (log_call, log_message)
_PATHS = {"reference": "/v1.0/logType", "guide": "/v1.0/leads"}


def _bodies(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [json.loads(seen.body) for seen in sandbox.requests if seen.method == "POST"]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_call_is_logged_with_its_time_and_length_in_words(mode: Mode, sandbox: Sandbox) -> None:
    async with desk(sandbox, *_TOOLS, mode=mode) as it:
        result, text = await it.call(
            "log_call",
            lead_id=JANE,
            direction="inbound",
            summary="She wants three houses.",
            outcome="Talked",
            started_at="2026-11-17T18:02:00Z",
            duration_s=600,
        )
    assert _bodies(sandbox) == [
        {
            "leadId": int(JANE),
            "logType": "logCall",
            "content": "Inbound call on Tue Nov 17, 11:02 AM MST = 1:02 PM EST, 10 min. Logged by the assistant.\n"
            "She wants three houses.",
            "outboundOrInbound": "inbound",
            "isPin": False,
            "leadPhoneNumber": "+13035550101",
            "callingOutcome": "Talked",
        }
    ]
    assert (result["state"], result["lead_id"], result["sandbox"]) == ("logged", JANE, True)
    assert text.startswith("[sandbox] logged: Inbound call on Tue Nov 17, 11:02 AM MST = 1:02 PM EST, 10 min.")
    assert sandbox.sent == []


@pytest.mark.anyio
async def test_call_of_unknown_time_and_length_claims_neither_and_keeps_its_outcome(sandbox: Sandbox) -> None:
    async with desk(sandbox, *_TOOLS) as it:
        await it.call("log_call", lead_id=JANE, direction="outbound", summary="Left a word.", outcome="VoiceMessage")
    assert _bodies(sandbox)[0]["content"] == f"{LABEL}\nLeft a word."
    assert _bodies(sandbox)[0]["callingOutcome"] == "VoiceMessage"


@pytest.mark.anyio
async def test_guide_dialect_takes_time_and_length_as_fields() -> None:
    sandbox = Sandbox(dialect="guide", frozen=True)
    async with desk(sandbox, *_TOOLS) as it:
        await it.call(
            "log_call",
            lead_id=JANE,
            direction="inbound",
            summary="She wants three.",
            outcome="Talked",
            started_at="2026-11-17T11:02:00-07:00",
            duration_s=600,
        )
        await it.call("log_message", lead_id=JANE, channel="sms", direction="outbound", content="See you.")
    assert _bodies(sandbox) == [
        {
            "type": "call",
            "direction": "inbound",
            "duration": 600,
            "timestamp": "2026-11-17T18:02:00Z",
            "notes": f"{LABEL}\nShe wants three.",
            "outcome": "Talked",
        },
        {"type": "sms", "direction": "outbound", "timestamp": "2026-11-17T19:00:00Z", "notes": f"{LABEL}\nSee you."},
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_messages_are_logged_as_such_and_nothing_is_sent(mode: Mode, sandbox: Sandbox) -> None:
    """D94"""
    async with desk(sandbox, *_TOOLS, mode=mode) as it:
        words = "Yes, you may text me."
        _, now = await it.call("log_message", lead_id=JANE, channel="sms", direction="inbound", content=words)
        _, then = await it.call(
            "log_message",
            lead_id=SAM,
            channel="email",
            direction="outbound",
            content="The list.",
            subject="Condos\r\nBcc: all",
            occurred_at="2026-11-16T09:00:00-05:00",
        )
        text, email = _bodies(sandbox)
        sandbox.clock.advance(5)
        lead = await it.deps.lofty.lead(JANE)
    assert f"With Jane Hollis, lead_id {JANE}; no time was given, so it is dated now." in now
    assert f"With Sam Delgado, lead_id {SAM}. Lofty may" in then
    assert (text["logType"], text["outboundOrInbound"]) == ("logText", "inbound")
    assert text["content"] == f"{LABEL}\nYes, you may text me."
    assert (email["logType"], email["emailSubject"]) == ("logEmail", "Condos Bcc: all")
    assert email["content"] == f"Outbound email on Mon Nov 16, 9:00 AM EST. {LABEL}\nThe list."
    assert sandbox.sent == []
    assert lead.cannot_text is False


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("log_call", {"started_at": "2026-11-17T14:00:01-05:00"}),
        ("log_call", {"started_at": "2026-11-17T10:00:00"}),
        ("log_call", {"started_at": "yesterday"}),
        ("log_call", {"outcome": "Great!"}),
        ("log_call", {"outcome": "talked"}),
        ("log_call", {"outcome": None}),
        ("log_call", {"outcome": ""}),
        ("log_call", {"summary": "x" * 5001}),
        ("log_call", {"summary": "x" * 4990}),
        ("log_call", {"summary": " "}),
        ("log_call", {"direction": "sideways"}),
        ("log_call", {"duration_s": -1}),
        ("log_call", {"phone": "+13035550199"}),
        ("log_call", {"phone": "0101"}),
        ("log_call", {"to": "+13035550101"}),
        ("log_message", {"occurred_at": "2026-11-18T14:00:00Z"}),
        ("log_message", {"content": "x" * 5001}),
        ("log_message", {"channel": "call"}),
        ("log_message", {"subject": "Hello"}),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_logged(
    tool: str, arguments: dict[str, Any], sandbox: Sandbox
) -> None:
    """D93"""
    proper: dict[str, dict[str, Any]] = {
        "log_call": {"lead_id": JANE, "direction": "inbound", "summary": "Spoke.", "outcome": "Talked"},
        "log_message": {"lead_id": JANE, "channel": "sms", "direction": "inbound", "content": "Spoke."},
    }
    async with desk(sandbox, *_TOOLS) as it:
        said = await it.refused(tool, **proper[tool] | arguments)
    assert "nothing was" in said.lower()
    assert sandbox.count("POST", "/") == 0


@pytest.mark.anyio
async def test_length_of_what_is_too_long_is_said(sandbox: Sandbox) -> None:
    async with desk(sandbox, *_TOOLS) as it:
        alone = await it.refused("log_call", lead_id=JANE, direction="inbound", summary="x" * 5001, outcome="Talked")
        headed = await it.refused("log_call", lead_id=JANE, direction="inbound", summary="x" * 4990, outcome="Talked")
        outcome = await it.refused("log_call", lead_id=JANE, direction="inbound", summary="x", outcome="Great")
    assert "`outcome` must be one of: `Talked`, `VoiceMessage`, `NoAnswer`" in outcome
    assert "5,001" in alone
    assert f"{4990 + len(LABEL) + 1:,}" in headed


@pytest.mark.anyio
async def test_phone_is_one_of_the_leads_own_by_digits_or_destination_id(sandbox: Sandbox) -> None:
    async with desk(sandbox, *_TOOLS) as it:
        lead = await it.deps.lofty.lead(ELENA)
        first, second = (phone.number for phone in lead.phones)
        national = second.removeprefix("+1")
        written = f"({national[:3]}) {national[3:6]}-{national[6:]}"
        by_id = next(each.id for each in destinations(lead) if each.value == second)
        for phone in ("", second, national, written, by_id):
            await it.call(
                "log_call", lead_id=ELENA, direction="inbound", summary="Spoke.", outcome="Talked", phone=phone
            )
    assert [body["leadPhoneNumber"] for body in _bodies(sandbox)] == [first, *[second] * 4]


@pytest.mark.anyio
async def test_call_with_a_lead_without_a_phone_is_refused_with_another_way(sandbox: Sandbox) -> None:
    async with desk(sandbox, *_TOOLS) as it:
        said = await it.refused("log_call", lead_id=SAM, direction="inbound", summary="Spoke.", outcome="Talked")
    assert "nothing was logged" in said
    assert "create_note" in said
    assert sandbox.count("POST", "/") == 0


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["reference", "guide"])
async def test_lost_answer_to_an_entry_that_was_logged_is_found_out_and_nothing_is_logged_twice(dialect: str) -> None:
    sandbox = Sandbox(dialect="guide" if dialect == "guide" else "reference", frozen=True, consistency_s=0)
    async with desk(sandbox, *_TOOLS, loses="POST") as it:
        await it.call("log_call", lead_id=AIKO, direction="inbound", summary="Spoke.", outcome="Talked")
        await it.call("log_message", lead_id=BEN, channel="email", direction="outbound", content="Wrote.")
    assert sandbox.count("POST", _PATHS[dialect]) == 2


@pytest.mark.anyio
async def test_lost_answer_is_found_out_in_a_timeline_of_many_rows() -> None:
    sandbox = Sandbox(dialect="guide", frozen=True, consistency_s=0)
    for number in range(150):
        sandbox.inbound_text(int(AIKO), f"Another {number}")
    sandbox.clock.advance(60)
    async with desk(sandbox, *_TOOLS, loses="POST") as it:
        await it.call("log_call", lead_id=AIKO, direction="inbound", summary="Spoke.", outcome="Talked")
    assert sandbox.count("POST", _PATHS["guide"]) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["reference", "guide"])
async def test_entry_that_may_be_logged_is_called_unknown_even_if_an_older_one_has_its_words(dialect: str) -> None:
    sandbox = Sandbox(dialect="guide" if dialect == "guide" else "reference", frozen=True, consistency_s=0)
    call = {"lead_id": MARCUS, "direction": "inbound", "summary": "Spoke.", "outcome": "Talked"}
    async with desk(sandbox, *_TOOLS) as it:
        await it.call("log_call", **call)
        sandbox.clock.advance(60)
        sandbox.fail("POST", _PATHS[dialect], "status", status=503)
        said = await it.refused("log_call", **call)
    assert "not known whether" in said
    assert "get_timeline" in said
    assert sandbox.count("POST", _PATHS[dialect]) == 2
