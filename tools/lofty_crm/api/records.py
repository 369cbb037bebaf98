"""What an agent writes down: notes, logs of outside contact, follow-ups; and who the agents are."""

from datetime import datetime

from lofty_crm.api import fields as f
from lofty_crm.api import parse
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import NotFoundError
from lofty_crm.api.fields import Row
from lofty_crm.api.ids import canonical_decimal, opaque_id
from lofty_crm.api.models import Channel, ManualLog, Member, Note, OutsideContact, Task
from lofty_crm.api.payloads import LOG_TYPES, guide_log_payload, note_payload, reference_log_payload
from lofty_crm.api.timeline import MOST_ROWS, require_lead
from lofty_crm.api.transport import Request, Transport, path_of

_NOTES_PAGE = 100
_MOST_PAGES = 20
_MEMBERS_PAGE = 25


async def notes(transport: Transport, lead_id: str) -> list[Note]:
    """Return all notes on a lead, in no order that Lofty promises.

    Paging is not documented; a live user found old notes missing until it asked for a hundred.
    """
    lead_id = canonical_decimal(lead_id)
    raw: dict[str, Row] = {}
    for page in range(1, _MOST_PAGES + 1):
        params = {
            "leadId": lead_id,
            "includeSystemNote": False,
            "limit": _NOTES_PAGE,
            "offset": (page - 1) * _NOTES_PAGE,
            "pageNumber": page,
            "pageSize": _NOTES_PAGE,
        }
        answer = await transport.read(Request("GET", path_of("v1.0", "notes"), "lead", params))
        rows = f.rows_of(answer, "notes")
        fresh = {row_id: row for row in rows if (row_id := f.need(f.ident(row, "noteId", "id"))) not in raw}
        raw |= fresh
        if not fresh or len(rows) < _NOTES_PAGE:
            break
    found = [note for row in raw.values() if (note := parse.note(row, lead_id))]
    require_lead(lead_id, [note.lead_id for note in found])
    return found


async def note(transport: Transport, note_id: str) -> Note:
    """Return one note."""
    answer = await transport.read(Request("GET", _note_path(note_id), "note"))
    found = parse.note(f.row_of(answer, "note"))
    if found is None:
        raise NotFoundError("Lofty has no such note, or this user may not see it.")
    return found


async def create_note(transport: Transport, lead_id: str, *, content: str, pinned: bool) -> str:
    """Write a note; return its id."""
    body = note_payload(lead_id, content=content, pinned=pinned)
    answer = await transport.write(Request("POST", path_of("v1.0", "notes"), "lead", body=body))
    return f.need(f.ident(f.row_of(answer, "note"), "noteId", "id"))


async def update_note(transport: Transport, note_id: str, *, lead_id: str, content: str, pinned: bool) -> None:
    """Change a note."""
    body = note_payload(lead_id, content=content, pinned=pinned)
    await transport.write(Request("PUT", _note_path(note_id), "note", body=body))


async def delete_note(transport: Transport, note_id: str) -> None:
    """Delete a note."""
    await transport.write(Request("DELETE", _note_path(note_id), "note"))


async def log_contact(
    transport: Transport, lead_id: str, contact: OutsideContact, *, dialect: Dialect, now: datetime
) -> str | None:
    """Log a contact that happened outside Lofty; return the log's id when Lofty gives one."""
    if dialect is Dialect.GUIDE:
        path, body = path_of("v1.0", "leads", canonical_decimal(lead_id), "activity"), guide_log_payload(contact, now)
    else:
        path, body = path_of("v1.0", "logType"), reference_log_payload(lead_id, contact)
    answer = await transport.write(Request("POST", path, "lead", body=body))
    return None if answer is None else f.ident(f.row_of(answer, "logType", "activity"), "id", "activityId")


async def manual_logs(transport: Transport, lead_id: str, channel: Channel, *, limit: int) -> list[ManualLog]:
    """Return the contacts of one channel that were logged by hand, newest first."""
    lead_id = canonical_decimal(lead_id)
    params = {
        "leadId": lead_id,
        "logType": LOG_TYPES[channel],
        "offset": 0,
        "limit": max(1, min(limit, MOST_ROWS)),
        "sort": "createTime",
        "order": "desc",
    }
    answer = await transport.read(Request("GET", path_of("v1.0", "logType"), "lead", params))
    found = [parse.manual_log(row, lead_id, channel) for row in f.rows_of(answer, "logType")]
    require_lead(lead_id, [log.lead_id for log in found])
    return found


async def create_task(transport: Transport, body: bytes) -> str:
    """Create a follow-up; return its id."""
    answer = await transport.write(Request("POST", path_of("v2.0", "tasks"), "lead", body=body))
    return f.need(f.ident(f.row_of(answer, "task"), "taskId", "id"))


async def tasks(transport: Transport, lead_id: str) -> list[Task]:
    """Return a lead's follow-ups."""
    lead_id = canonical_decimal(lead_id)
    answer = await transport.read(Request("GET", path_of("v2.0", "tasks"), "lead", {"leadId": lead_id}))
    found = [parse.task(row, lead_id) for row in f.rows_of(answer, "tasks")]
    require_lead(lead_id, [task.lead_id for task in found])
    return found


async def me(transport: Transport) -> Member:
    """Return the credential's owner."""
    return parse.member(f.row_of(await transport.read(Request("GET", path_of("v1.0", "me"), "user"))))


async def members(transport: Transport) -> list[Member]:
    """Return the users of the team that this user may see."""
    found: dict[str, Member] = {}
    for page in range(_MOST_PAGES):
        params = {"offset": page * _MEMBERS_PAGE, "limit": _MEMBERS_PAGE}
        answer = await transport.read(Request("GET", path_of("v1.0", "members"), "user", params))
        rows = f.rows_of(answer, "members")
        fresh = {member.id: member for row in rows if (member := parse.member(row)).id not in found}
        found |= fresh
        if not fresh or len(rows) < _MEMBERS_PAGE:
            break
    return list(found.values())


def _note_path(note_id: str) -> str:
    return path_of("v1.0", "notes", opaque_id(note_id))
