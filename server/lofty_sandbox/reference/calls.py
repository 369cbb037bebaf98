"""Calls: histories, recordings, and what Lofty's AI made of the recordings."""

from datetime import datetime, timedelta

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, Routes, denied, invalid, metadata, naive, no_lead, page
from lofty_sandbox.records import Call, Json, ManualLog
from lofty_sandbox.world import AGENT_ID

VIRTUAL_NUMBER = "+12125550100"


def list_call_history(ask: Ask) -> Response:
    """The call history, newest first; logged calls come with only what was logged."""
    rows = _history(ask, ask.queried_lead())
    return JSONResponse({"calls": [_render(row) for row in page(ask, rows, _row_id)]})


def list_call_history_v2(ask: Ask) -> Response:
    """Six fields a call, whatever the guide promises of this endpoint."""
    rows = _history(ask, ask.queried_lead())
    return JSONResponse(
        {
            "calls": [
                {
                    "id": _row_id(row),
                    "agentId": AGENT_ID,
                    "leadId": row.lead_id,
                    "createTime": naive(_when(row)),
                    "direction": row.direction.lower(),
                    "leadPhoneNumber": row.phone,
                }
                for row in page(ask, rows, _row_id)
            ]
        }
    )


def list_dialer_calls(ask: Ask) -> Response:
    """Calls through the dialer, newest first; without a lead there is nothing."""
    lead_id = ask.number("leadId", 0)
    if lead_id not in ask.world.data.leads:
        raise no_lead()
    rows = ask.world.calls(lead_id)
    shown = page(ask, rows, lambda call: call.call_id)
    paging = metadata(
        ask.world, "calls", limit=ask.number("limit", 10), offset=ask.number("offset", 0), total=len(rows)
    )
    return JSONResponse(paging | {"calls": [_render(call) for call in shown]})


def get_dialer_call(ask: Ask) -> Response:
    """One dialer call; the key is plural and holds an object."""
    return JSONResponse({"calls": _render(_call(ask, ask.path_id("call_id")))})


def get_recording_url(ask: Ask) -> Response:
    """A link to the recording, empty where there is none."""
    call = _call(ask, ask.path_id("call_id"))
    url = f"https://recordings.example.com/{call.call_id}.mp3" if call.recorded else ""
    return JSONResponse({"calls": {"id": call.call_id, "url": url}})


def get_communication(ask: Ask) -> Response:
    """One call by its timeline id."""
    wanted = ask.path_id("communication_id")
    calls = [call for call in ask.world.all_calls() if call.timeline_id == wanted]
    logs = [log for rows in ask.world.data.logs.values() for log in rows if log.timeline_id == wanted]
    found = [*ask.world.visible(calls), *(log for log in ask.world.visible(logs) if log.log_type == "logCall")]
    if not found:
        raise denied()
    return JSONResponse(_render(found[0]))


def get_summary(ask: Ask) -> Response:
    """Transcript and summary of a recording; `data` is null for a call that never had one."""
    call = _recorded_call(ask, ask.number("callRecordId", 0))
    summary = ask.world.summary(call) if call else None
    if call is None or summary is None:
        return JSONResponse({"status": {"code": 0, "msg": "ok"}, "data": None})
    done = summary.state == 2
    return JSONResponse(
        {
            "status": {"code": 0, "msg": "ok"},
            "data": {
                "id": call.dialer_id + 1,
                "recordingId": call.dialer_id,
                "status": summary.state,
                "userId": AGENT_ID,
                "text": summary.text if done else None,
                "summary": summary.summary if done else None,
                "keywords": list(summary.keywords) if done else [],
                "score": summary.score if done else 0,
                "comment": None,
            },
        }
    )


def generate_summary(ask: Ask) -> Response:
    """Ask for a summary; it comes later."""
    fields = ask.fields()
    lead_id = ask.body_lead(fields)
    wanted = fields.get("callRecordId")
    call = _recorded_call(ask, wanted) if isinstance(wanted, int) else None
    if call is None or call.lead_id != lead_id or not call.recorded:
        raise invalid()
    ask.world.ask_for_summary(call)
    return JSONResponse({"message": "success"})


def _history(ask: Ask, lead_id: int) -> list[Call | ManualLog]:
    logged = [log for log in ask.world.logs(lead_id) if log.log_type == "logCall"]
    rows: list[Call | ManualLog] = [*ask.world.calls(lead_id), *logged]
    return sorted(rows, key=lambda row: (_when(row), row.timeline_id), reverse=True)


def _call(ask: Ask, call_id: int) -> Call:
    for call in ask.world.all_calls():
        if call.call_id == call_id:
            return call
    raise denied()


def _recorded_call(ask: Ask, wanted: int) -> Call | None:
    """The call meant by `callRecordId`; which of its two ids that is, no source says, so both do."""
    return next((call for call in ask.world.all_calls() if wanted in {call.call_id, call.dialer_id}), None)


def _when(row: Call | ManualLog) -> datetime:
    return row.created_at if isinstance(row, ManualLog) else row.at


def _row_id(row: Call | ManualLog) -> int:
    return row.log_id if isinstance(row, ManualLog) else row.call_id


def _render(row: Call | ManualLog) -> Json:
    shown: Json = {
        "id": _row_id(row),
        "userId": AGENT_ID,
        "agentId": AGENT_ID,
        "leadId": row.lead_id,
        "leadPhoneNumber": row.phone,
        "direction": row.direction,
        "callingOutcome": row.outcome,
        "createTime": naive(_when(row)),
    }
    if isinstance(row, ManualLog):
        return shown | {"note": row.content}
    ended = row.at + timedelta(seconds=row.duration_s)
    minutes, seconds = divmod(row.ring_s, 60)
    return shown | {
        "dialerCallRecordId": row.dialer_id,
        "userPhoneNumber": VIRTUAL_NUMBER,
        "showUserNumber": VIRTUAL_NUMBER,
        "status": row.status,
        "startTime": naive(row.at),
        "endTime": naive(ended),
        "updateTime": naive(ended),
        "duration": row.duration_s,
        "elapsedTime": f"{minutes:02}:{seconds:02}",
        "rateScore": 0,
        "recordingSwitch": row.recorded,
        "isMachineAnswered": row.status == "VoiceMail",
        "note": row.note,
        "price": round(0.014 * (row.duration_s // 60 + 1), 3),
    }


ROUTES: Routes = {
    ("GET", "/v1.0/communication/call"): list_call_history,
    ("GET", "/v1.0/communication/call/v2"): list_call_history_v2,
    ("GET", "/v1.0/calls"): list_dialer_calls,
    ("GET", "/v1.0/calls/{call_id}"): get_dialer_call,
    ("GET", "/v1.0/call/url/{call_id}"): get_recording_url,
    ("GET", "/v2.0/communication/call/{communication_id}"): get_communication,
    ("GET", "/v2.0/ai/call-summary"): get_summary,
    ("POST", "/v2.0/ai/call-summary/generate"): generate_summary,
}
