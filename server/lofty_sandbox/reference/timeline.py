"""The unified timeline, and the searches over all of an agent's communications."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, Routes, bad_limit, invalid, naive, offset, page
from lofty_sandbox.records import Call, Contact, Email, Json, ManualLog, Text
from lofty_sandbox.world import AGENT_ID, World

_LOG_CHANNELS = {"logCall": "Call", "logText": "Text", "logEmail": "Email"}
_SEARCH_TYPES = {"CALL": "Call", "TEXT": "Text", "EMAIL": "Email"}
_AGENT_ZONE = "America/New_York"


def timeline(world: World, lead_id: int) -> list[Contact]:
    """Every communication with a lead, oldest first, automatic and logged ones alike."""
    rows: list[Contact] = [
        *world.texts(lead_id),
        *world.emails(lead_id),
        *world.calls(lead_id),
        *world.logs(lead_id),
    ]
    return sorted(rows, key=lambda row: (when(row), row.timeline_id))


def when(row: Contact) -> datetime:
    """When it happened; the reference takes the moment of logging for that."""
    return row.created_at if isinstance(row, ManualLog) else row.at


def channel(row: Contact) -> str:
    """Call, Text or Email."""
    return _LOG_CHANNELS[row.log_type] if isinstance(row, ManualLog) else type(row).__name__


def list_activities(ask: Ask) -> Response:
    """The v2 timeline: ascending, ten rows by default, the words of texts left out."""
    lead_id = ask.lead()
    name = ask.query.get("timeZoneCode") or _AGENT_ZONE
    try:
        zone = ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise invalid() from None
    rows = [] if ask.world.quirks.empty_timeline else timeline(ask.world, lead_id)
    shown = page(ask, rows, lambda row: row.timeline_id)
    return JSONResponse({"activities": [_render(row, zone) for row in shown]})


def search_by_agent(ask: Ask) -> Response:
    """Polling source of 2026: up to 90 days across leads, newest first; ends with no data and no cursor."""
    limit = ask.number("limit", 100)
    if not 1 <= limit <= 1000:
        raise bad_limit(1, 1000)
    rows = _search(ask.world, ask.query.get("type", "ALL"), ask.query.get("startTime"), ask.query.get("endTime"), 90)
    start = ask.number("cursor", 0)
    shown = rows[start : start + limit]
    return JSONResponse(
        {
            "data": [_render_search(row) for row in shown],
            "nextCursor": str(start + len(shown)) if shown else None,
            "hasMore": start + limit < len(rows),
            "limit": limit,
            "totalCount": len(rows),
        }
    )


def search_day(ask: Ask) -> Response:
    """The older search: at most a day. A POST that changes nothing."""
    fields = ask.fields()
    start, limit = fields.get("offset", 0), fields.get("limit", 10)
    if not isinstance(start, int) or not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise invalid()
    rows = _search(ask.world, fields.get("type"), fields.get("startTime"), fields.get("endTime"), 1)
    shown = rows[start : start + limit]
    return JSONResponse(
        {
            "offset": start,
            "limit": limit,
            "pageData": [_render_search(row) for row in shown],
            "hasMore": start + limit < len(rows),
            "totalCount": len(rows),
        }
    )


def _search(world: World, kind: Any, start: Any, end: Any, most_days: int) -> Sequence[Contact]:
    try:
        since, until = (datetime.fromtimestamp(int(value) / 1000, UTC) for value in (start, end))
    except (TypeError, ValueError, OverflowError):
        raise invalid() from None
    if kind not in {*_SEARCH_TYPES, "ALL"} or not timedelta(0) <= until - since <= timedelta(days=most_days):
        raise invalid()
    wanted = _SEARCH_TYPES.get(kind)
    rows = [
        row
        for lead_id, lead in world.data.leads.items()
        if not lead["trashed"]
        for row in timeline(world, lead_id)
        if since <= when(row) <= until and (wanted is None or channel(row) == wanted)
    ]
    return sorted(rows, key=lambda row: (when(row), row.timeline_id), reverse=True)


def _render(row: Contact, zone: ZoneInfo) -> Json:
    shown: Json = {
        "id": row.timeline_id,
        "leadId": row.lead_id,
        "agentId": AGENT_ID,
        "activityTime": offset(when(row), zone),
        "channel": channel(row),
        "communicationType": "Logged" if isinstance(row, ManualLog) else row.kind,
        "direction": row.direction,
    }
    match row:
        case Call():
            return shown | {"callingOutcome": row.outcome, "leadPhoneNumber": row.phone}
        case Email():
            return shown | {"emailEventType": row.event, "emailSubject": row.subject}
        case ManualLog(log_type="logCall"):
            return shown | {"note": row.content, "callingOutcome": row.outcome, "leadPhoneNumber": row.phone}
        case ManualLog(log_type="logEmail"):
            return shown | {"note": row.content, "emailEventType": "Sent", "emailSubject": row.subject}
        case ManualLog():
            return shown | {"note": row.content}
        case Text():
            return shown


def _render_search(row: Contact) -> Json:
    event = row.event if isinstance(row, Email) else "Sent"
    status = row.outcome if isinstance(row, Text) else row.status if isinstance(row, Call) else None
    return {
        "id": row.timeline_id,
        "leadId": row.lead_id,
        "agentId": AGENT_ID,
        "direction": row.direction,
        "callOutcome": row.outcome if isinstance(row, Call | ManualLog) and channel(row) == "Call" else None,
        "callDuration": str(row.duration_s) if isinstance(row, Call) else None,
        "status": status,
        "communicationTime": naive(when(row)),
        "communicationType": "LOGGED" if isinstance(row, ManualLog) else row.kind.upper(),
        "eventType": f"{event} Email" if channel(row) == "Email" else channel(row),
        "fromPond": False,
    }


ROUTES: Routes = {
    ("GET", "/v2.0/leads/{lead_id}/activities"): list_activities,
    ("GET", "/v2.0/communication/agent"): search_by_agent,
    ("POST", "/v1.0/agent/communication"): search_day,
}
