"""Sending, and the text and email histories.

No permission flag is looked at: no source says that the send endpoints refuse a lead who must not be contacted.
"""

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, RefusalError, Routes, denied, invalid, naive, page
from lofty_sandbox.records import Email, Json, ManualLog, Text
from lofty_sandbox.world import AGENT_ID


def send_sms(ask: Ask) -> Response:
    """A text to the number asked for if it is the lead's, else to the lead's first number."""
    fields = ask.fields()
    lead_id = ask.body_lead(fields)
    content = _content(fields, "content")
    if not ask.world.quirks.virtual_number:
        raise invalid("No active virtual number")
    to = ask.divert_to or chosen(ask.world.lead(lead_id)["phones"], str(fields.get("phoneNumber") or ""))
    message = ask.world.send_text(lead_id, content=content, to=to)
    return JSONResponse({"messageId": message.message_id, "phoneNumber": to, "phoneCode": "1"})


def send_email(ask: Ask) -> Response:
    """An email to the address asked for if it is the lead's, else to the lead's first address."""
    return deliver_email(ask, text_name="content")


def deliver_email(ask: Ask, *, text_name: str) -> Response:
    """Send an email whose text is in the field `text_name`; the dialects differ in that alone."""
    fields = ask.fields()
    lead_id = ask.body_lead(fields)
    content = _content(fields, text_name)
    subject = fields.get("subject")
    if not isinstance(subject, str) or not subject.strip():
        raise invalid("Subject is empty")
    to = ask.divert_to or chosen(ask.world.lead(lead_id)["emails"], str(fields.get("toEmail") or ""))
    message = ask.world.send_email(lead_id, subject=subject, content=content, to=to)
    return JSONResponse({"messageId": message.message_id, "toEmail": to, "subject": subject})


def chosen(known: list[str], wanted: str) -> str:
    """The destination that Lofty uses: `wanted` if it is the lead's, else silently the primary one."""
    if not known:
        raise invalid()
    return next((value for value in known if value.casefold() == wanted.casefold()), known[0])


def list_texts(ask: Ask) -> Response:
    """The text history, newest first. What was only logged shows with the type Logged."""
    lead_id = ask.queried_lead()
    logged = [log for log in ask.world.logs(lead_id) if log.log_type == "logText"]
    rows: list[Text | ManualLog] = sorted([*ask.world.texts(lead_id), *logged], key=_when, reverse=True)
    return JSONResponse({"texts": [_render_text(row) for row in page(ask, rows, _row_id)]})


def list_emails(ask: Ask) -> Response:
    """The email history, newest first: one row for each event, subjects only."""
    lead_id = ask.queried_lead()
    logged = [log for log in ask.world.logs(lead_id) if log.log_type == "logEmail"]
    rows: list[Email | ManualLog] = sorted([*ask.world.emails(lead_id), *logged], key=_when, reverse=True)
    return JSONResponse({"emails": [_render_email(row) for row in page(ask, rows, _row_id)]})


def get_text(ask: Ask) -> Response:
    """One text by its timeline id."""
    world, wanted = ask.world, ask.path_id("communication_id")
    rows = [text for texts in world.data.texts.values() for text in texts if text.timeline_id == wanted]
    logs = [log for logs in world.data.logs.values() for log in logs if log.timeline_id == wanted]
    found = [*world.visible(rows), *(log for log in world.visible(logs) if log.log_type == "logText")]
    if not found:
        raise denied()
    return JSONResponse(_render_text(found[0]))


def get_email(ask: Ask) -> Response:
    """One email event by its timeline id."""
    world, wanted = ask.world, ask.path_id("communication_id")
    rows = [email for emails in world.data.emails.values() for email in emails if email.timeline_id == wanted]
    logs = [log for logs in world.data.logs.values() for log in logs if log.timeline_id == wanted]
    found = [*world.visible(rows), *(log for log in world.visible(logs) if log.log_type == "logEmail")]
    if not found:
        raise denied()
    return JSONResponse(_render_email(found[0]))


def _content(fields: Json, name: str) -> str:
    content = fields.get(name)
    if not isinstance(content, str) or not content.strip():
        raise RefusalError(400, 20012, "Content is empty")
    return content


def _when(row: Text | Email | ManualLog) -> tuple[str, int]:
    return naive(row.created_at if isinstance(row, ManualLog) else row.at), row.timeline_id


def _row_id(row: Text | Email | ManualLog) -> int:
    return row.timeline_id


def _render_text(row: Text | ManualLog) -> Json:
    logged = isinstance(row, ManualLog)
    return {
        "id": row.timeline_id,
        "leadId": row.lead_id,
        "direction": row.direction,
        "agentId": AGENT_ID,
        "textOutcome": None if logged else row.outcome,
        "textTime": naive(row.created_at if logged else row.at),
        "textType": "Logged" if logged else row.kind,
        "textContent": row.content,
    }


def _render_email(row: Email | ManualLog) -> Json:
    logged = isinstance(row, ManualLog)
    return {
        "id": row.timeline_id,
        "leadId": row.lead_id,
        "direction": row.direction,
        "agentId": AGENT_ID,
        "eventType": "Sent" if logged else row.event,
        "emailEventTime": naive(row.created_at if logged else row.at),
        "emailType": "Logged" if logged else row.kind,
        "emailSubject": row.subject,
        "fromPond": False,
    }


ROUTES: Routes = {
    ("POST", "/v1.0/message/sms/send"): send_sms,
    ("POST", "/v1.0/message/email/send"): send_email,
    ("GET", "/v1.0/communication/text"): list_texts,
    ("GET", "/v1.0/communication/email"): list_emails,
    ("GET", "/v2.0/communication/text/{communication_id}"): get_text,
    ("GET", "/v2.0/communication/email/{communication_id}"): get_email,
}
