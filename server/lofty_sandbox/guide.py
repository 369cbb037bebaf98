"""The public communication guide's dialect: its paths, its shapes, and no lead endpoint at all."""

from datetime import datetime

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, Routes, empty, invalid, no_resource, text_field, zulu
from lofty_sandbox.records import Call, Contact, Email, Json, ManualLog, Note, Text
from lofty_sandbox.reference import messages, notes, timeline

_TYPES = {"Call": "call", "Text": "sms", "Email": "email"}
_LOG_TYPES = {"call": "logCall", "sms": "logText", "email": "logEmail"}


def list_activities(ask: Ask) -> Response:
    """The timeline, newest first, in pages counted from one."""
    rows = sorted(timeline.timeline(ask.world, ask.lead()), key=lambda row: (_when(row), row.timeline_id), reverse=True)
    number, size = ask.number("page", 1), ask.number("pageSize", 20)
    if number < 1 or not 1 <= size <= 100:
        raise invalid()
    shown = rows[(number - 1) * size : number * size]
    return JSONResponse(
        {
            "activities": [_render_activity(ask, row) for row in shown],
            "page": number,
            "pageSize": size,
            "total": len(rows),
        }
    )


def log_activity(ask: Ask) -> Response:
    """Write down a contact that happened elsewhere, with its own time and length."""
    lead_id = ask.lead()
    fields = ask.fields()
    duration_s = fields.get("duration", 0)
    try:
        at = datetime.fromisoformat(text_field(fields, "timestamp"))
    except ValueError:
        raise invalid() from None
    if fields.get("type") not in _LOG_TYPES or fields.get("direction") not in {"inbound", "outbound"}:
        raise invalid()
    if at.tzinfo is None or not isinstance(duration_s, int):
        raise invalid()
    ask.world.add_log(
        lead_id,
        log_type=_LOG_TYPES[fields["type"]],
        direction=fields["direction"].capitalize(),
        content=text_field(fields, "notes", default=""),
        duration_s=duration_s,
        happened_at=at,
    )
    return JSONResponse({"leadId": lead_id})


def send_email(ask: Ask) -> Response:
    """As in the reference, with the text in `body`."""
    return messages.deliver_email(ask, text_name="body")


def list_calls(ask: Ask) -> Response:
    """The call history, newest first."""
    return JSONResponse({"calls": [_render_call(ask, call) for call in _page(ask)]})


def list_calls_v2(ask: Ask) -> Response:
    """The call history with recordings, transcripts and AI summaries where Lofty has them."""
    rows: list[Json] = []
    for call in _page(ask):
        summary = ask.world.summary(call)
        done = summary is not None and summary.state == 2
        url = f"https://recordings.example.com/{call.call_id}.mp3" if call.recorded else None
        rows.append(
            _render_call(ask, call)
            | {
                "recordingUrl": url,
                "transcript": summary.text if summary and done else None,
                "aiSummary": summary.summary if summary and done else None,
            }
        )
    return JSONResponse({"calls": rows})


def list_notes(ask: Ask) -> Response:
    """A lead's notes, newest first."""
    rows = [note for note in ask.world.notes(ask.queried_lead()) if not note.system]
    rows.sort(key=lambda note: (note.created_at, note.note_id), reverse=True)
    return JSONResponse({"notes": [_render_note(note) for note in rows]})


def create_note(ask: Ask) -> Response:
    """A new note."""
    fields = ask.fields()
    note = ask.world.add_note(ask.body_lead(fields), content=text_field(fields, "content"), pinned=False)
    return JSONResponse(_render_note(note))


def update_note(ask: Ask) -> Response:
    """New words for a note; `content` is all that the guide sends."""
    note = _note(ask)
    if not ask.world.visible([note]):
        raise no_resource()
    ask.world.edit_note(note, content=text_field(ask.fields(), "content"), pinned=note.pinned)
    return JSONResponse(_render_note(ask.world.data.notes[note.note_id]))


def delete_note(ask: Ask) -> Response:
    """Delete a note."""
    ask.world.delete_note(_note(ask))
    return empty()


def _note(ask: Ask) -> Note:
    prefix, _, number = ask.path["note_id"].partition("_")
    try:
        return notes.live_note(ask, int(number, 16) if prefix == "note" else 0)
    except ValueError:
        raise no_resource() from None


def _page(ask: Ask) -> list[Call]:
    number, size = ask.number("page", 1), ask.number("pageSize", 20)
    if number < 1 or not 1 <= size <= 100:
        raise invalid()
    return ask.world.calls(ask.queried_lead())[(number - 1) * size : number * size]


def _when(row: Contact) -> datetime:
    return (row.happened_at or row.created_at) if isinstance(row, ManualLog) else row.at


def _summary(ask: Ask, call: Call) -> str:
    summary = ask.world.summary(call)
    return summary.summary if summary and summary.state == 2 else call.note


def _render_activity(ask: Ask, row: Contact) -> Json:
    shown: Json = {
        "activityId": f"act_{row.timeline_id:x}",
        "type": _TYPES[timeline.channel(row)],
        "direction": row.direction.lower(),
        "timestamp": zulu(_when(row)),
    }
    match row:
        case Call():
            return shown | {"duration": row.duration_s, "summary": _summary(ask, row)}
        case Email():
            return shown | {"subject": row.subject}
        case ManualLog(log_type="logCall"):
            return shown | {"duration": row.duration_s, "summary": row.content}
        case ManualLog(log_type="logEmail"):
            return shown | {"subject": row.subject, "content": row.content}
        case Text() | ManualLog():
            return shown | {"content": row.content}


def _render_call(ask: Ask, call: Call) -> Json:
    return {
        "id": f"call_{call.call_id:x}",
        "leadId": call.lead_id,
        "type": "call",
        "direction": call.direction.lower(),
        "timestamp": zulu(call.at),
        "duration": call.duration_s,
        "summary": _summary(ask, call),
    }


def _render_note(note: Note) -> Json:
    return {
        "id": f"note_{note.note_id:x}",
        "leadId": note.lead_id,
        "content": note.content,
        "createdAt": zulu(note.created_at),
        "updatedAt": zulu(note.edited_at),
    }


ROUTES: Routes = {
    ("GET", "/v2.0/leads/{lead_id}/activities"): list_activities,
    ("POST", "/v1.0/leads/{lead_id}/activity"): log_activity,
    ("POST", "/v1.0/message/sms/send"): messages.send_sms,
    ("POST", "/v1.0/message/email/send"): send_email,
    ("GET", "/v1.0/communication/call"): list_calls,
    ("GET", "/v1.0/communication/call/v2"): list_calls_v2,
    ("GET", "/v1.0/notes"): list_notes,
    ("POST", "/v1.0/notes"): create_note,
    ("PUT", "/v1.0/notes/{note_id}"): update_note,
    ("DELETE", "/v1.0/notes/{note_id}"): delete_note,
}
