"""/v1.0/notes."""

import hashlib

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, Routes, empty, invalid, naive, no_resource, text_field
from lofty_sandbox.records import Json, Note
from lofty_sandbox.world import AGENT_ID, AGENT_NAME

_DEFAULT_LIMIT = 10


def list_notes(ask: Ask) -> Response:
    """A lead's notes: without `limit` only the newest ten, and in no order that one could rely on."""
    rows = ask.world.notes(ask.queried_lead())
    if not ask.flag("includeSystemNote"):
        rows = [note for note in rows if not note.system]
    newest = sorted(rows, key=lambda note: (note.created_at, note.note_id), reverse=True)
    shown = newest[: max(1, ask.number("limit", _DEFAULT_LIMIT))]
    shown.sort(key=lambda note: hashlib.sha256(str(note.note_id).encode()).digest())
    return JSONResponse({"notes": [_render(note) for note in shown]})


def create_note(ask: Ask) -> Response:
    """A new note; reads miss it for a moment. `isPin` is required on paper and optional in fact."""
    fields = ask.fields()
    lead_id = ask.body_lead(fields)
    content = text_field(fields, "content")
    note = ask.world.add_note(lead_id, content=content, pinned=bool(fields.get("isPin")))
    return JSONResponse({"noteId": note.note_id})


def get_note(ask: Ask) -> Response:
    """One note."""
    return JSONResponse({"note": _render(_visible_note(ask))})


def update_note(ask: Ask) -> Response:
    """Replace a note's words and pin; both are required, and the lead is its own."""
    note = _visible_note(ask)
    fields = ask.fields()
    content, pinned = text_field(fields, "content"), fields.get("isPin")
    if not isinstance(pinned, bool):
        raise invalid()
    if fields.get("leadId") not in {None, note.lead_id}:
        raise invalid("INVALID_UPDATE_OPERATION_LEADID")
    ask.world.edit_note(note, content=content, pinned=pinned)
    return empty()


def delete_note(ask: Ask) -> Response:
    """Delete a note; this works at once, unlike reading a new one."""
    ask.world.delete_note(live_note(ask, ask.path_id("note_id")))
    return empty()


def live_note(ask: Ask, note_id: int) -> Note:
    """A note that was not deleted, seen by reads or not."""
    note = ask.world.data.notes.get(note_id)
    if note is None or note.deleted_at is not None:
        raise no_resource()
    return note


def _visible_note(ask: Ask) -> Note:
    note = live_note(ask, ask.path_id("note_id"))
    if not ask.world.visible([note]):
        raise no_resource()
    return note


def _render(note: Note) -> Json:
    return {
        "id": note.timeline_id,
        "noteId": note.note_id,
        "leadId": note.lead_id,
        "content": note.content,
        "isPin": note.pinned,
        "systemNote": note.system,
        "deleteFlag": False,
        "creatorId": AGENT_ID,
        "creatorName": AGENT_NAME,
        "createTime": naive(note.created_at),
        "lastUpdate": naive(note.edited_at),
        "lastEditorId": AGENT_ID,
        "lastEditorName": AGENT_NAME,
    }


ROUTES: Routes = {
    ("GET", "/v1.0/notes"): list_notes,
    ("POST", "/v1.0/notes"): create_note,
    ("GET", "/v1.0/notes/{note_id}"): get_note,
    ("PUT", "/v1.0/notes/{note_id}"): update_note,
    ("DELETE", "/v1.0/notes/{note_id}"): delete_note,
}
