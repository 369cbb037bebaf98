"""/v1.0/logType: the reference's way to write down a contact that happened elsewhere."""

from dataclasses import replace

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, RefusalError, Routes, empty, invalid, naive, no_resource, page, text_field
from lofty_sandbox.records import Json, ManualLog
from lofty_sandbox.world import AGENT_ID

_TYPES = ("logCall", "logText", "logEmail")
_OUTCOMES = ("Talked", "VoiceMessage", "NoAnswer", "BadNumber", "DNCNumber", "DNCContact")
_FARTHEST = 20000


def create_log(ask: Ask) -> Response:
    """Log a call, text or email as of now; there is no field for when it happened or how long it took."""
    fields = ask.fields()
    lead_id = ask.body_lead(fields)
    log_type = fields.get("logType")
    direction = fields.get("outboundOrInbound", "outbound")
    if log_type not in _TYPES or direction not in {"outbound", "inbound"}:
        raise invalid()
    phone = text_field(fields, "leadPhoneNumber", default=None if log_type == "logCall" else "")
    outcome = text_field(fields, "callingOutcome", default="Talked" if log_type == "logCall" else "")
    if len(phone) > 20 or len(outcome) > 20:
        raise RefusalError(400, 20043, "Parameter too long")
    log = ask.world.add_log(
        lead_id,
        log_type=log_type,
        content=text_field(fields, "content"),
        direction="Inbound" if direction == "inbound" else "Outbound",
        pinned=bool(fields.get("isPin")),
        phone=phone,
        outcome=outcome if outcome in _OUTCOMES or not outcome else "Talked",
        subject=text_field(fields, "emailSubject", default=""),
        to_email=text_field(fields, "toEmail", default=""),
        from_email=text_field(fields, "fromEmail", default=""),
    )
    return JSONResponse({"logType": _render(log)})


def list_logs(ask: Ask) -> Response:
    """A lead's logs of one type, oldest first unless asked otherwise; a bad page is silently the first."""
    lead_id = ask.queried_lead()
    log_type = ask.query.get("logType")
    if log_type not in _TYPES:
        raise invalid()
    rows = [log for log in ask.world.logs(lead_id) if log.log_type == log_type]
    if ask.query.get("order", "asc") != "desc":
        rows.reverse()
    limit, start = _lenient(ask, "limit", 10), _lenient(ask, "offset", 0)
    if limit + start > _FARTHEST:
        raise RefusalError(400, 200104, "OFFSET_EXCEED_LIMIT")
    if not 1 <= limit <= 1000:
        limit = 10
    tidy = replace(ask, query=ask.query | {"limit": str(limit), "offset": str(start)})
    return JSONResponse({"logType": [_render(log) for log in page(tidy, rows, lambda log: log.log_id)]})


def get_log(ask: Ask) -> Response:
    """One log, once reads can see it."""
    log = _find(ask)
    if not ask.world.visible([log]):
        raise no_resource()
    return JSONResponse({"logType": _render(log)})


def delete_log(ask: Ask) -> Response:
    """Delete a log."""
    ask.world.remove_log(_find(ask))
    return empty()


def _find(ask: Ask) -> ManualLog:
    wanted = ask.path_id("log_id")
    for rows in ask.world.data.logs.values():
        for log in rows:
            if log.log_id == wanted:
                return log
    raise no_resource()


def _lenient(ask: Ask, name: str, default: int) -> int:
    value = ask.query.get(name, "")
    return int(value) if value.isdecimal() else default


def _render(log: ManualLog) -> Json:
    return {
        "id": log.log_id,
        "leadId": log.lead_id,
        "leadPhoneNumber": log.phone,
        "callingOutcome": log.outcome,
        "content": log.content,
        "createTime": naive(log.created_at),
        "outboundOrInbound": log.direction.lower(),
        "isPin": log.pinned,
        "agentId": AGENT_ID,
        "emailSubject": log.subject,
        "toEmail": log.to_email,
        "fromEmail": log.from_email,
    }


ROUTES: Routes = {
    ("GET", "/v1.0/logType"): list_logs,
    ("POST", "/v1.0/logType"): create_log,
    ("GET", "/v1.0/logType/{log_id}"): get_log,
    ("DELETE", "/v1.0/logType/{log_id}"): delete_log,
}
