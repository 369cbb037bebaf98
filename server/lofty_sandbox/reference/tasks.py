"""/v2.0/tasks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, RefusalError, Routes, gmt, invalid, text_field
from lofty_sandbox.records import Json, Task
from lofty_sandbox.world import AGENT_ID, AGENT_NAME, World

_TYPES = ("Other", "Call", "Email", "Text", "Appointment")


def create_task(ask: Ask) -> Response:
    """A follow-up; its times must carry an offset."""
    fields = ask.fields()
    if fields.get("type") not in _TYPES or fields.get("assignedRole") not in {"Agent", "Assistant"}:
        raise invalid()
    zone = text_field(fields, "timeZoneCode", default="America/New_York")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise invalid() from None
    task = ask.world.add_task(
        ask.body_lead(fields),
        kind=fields["type"],
        content=text_field(fields, "content"),
        role=fields["assignedRole"],
        starts_at=_time(fields, "startAt") if fields.get("startAt") else None,
        ends_at=_time(fields, "endAt"),
        time_zone=zone,
        address=text_field(fields, "address", default=""),
    )
    return JSONResponse({"taskId": task.task_id})


def list_tasks(ask: Ask) -> Response:
    """A lead's tasks."""
    lead_id = ask.queried_lead()
    rows = sorted((task for task in ask.world.data.tasks.values() if task.lead_id == lead_id), key=lambda t: t.ends_at)
    return JSONResponse({"tasks": [_render(ask.world, task) for task in rows]})


def get_task(ask: Ask) -> Response:
    """One task."""
    task = ask.world.data.tasks.get(ask.path_id("task_id"))
    if task is None:
        raise RefusalError(404, None, "TASK_NOT_EXIST")
    return JSONResponse({"task": _render(ask.world, task)})


def _time(fields: Json, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text_field(fields, name))
    except ValueError:
        raise invalid() from None
    if at.tzinfo is None:
        raise invalid()
    return at


def _render(world: World, task: Task) -> Json:
    lead = world.lead(task.lead_id)
    return {
        "id": task.task_id,
        "leadId": task.lead_id,
        "creatorId": AGENT_ID,
        "content": task.content,
        "type": task.kind,
        "startAt": gmt(task.starts_at) if task.starts_at else None,
        "endAt": gmt(task.ends_at),
        "timeZoneCode": task.time_zone,
        "allDay": False,
        "finishFlag": task.finished,
        "overdueFlag": not task.finished and task.ends_at < world.clock.now(),
        "createTime": gmt(task.created_at),
        "lastUpdate": gmt(task.created_at),
        "leadName": f"{lead['firstName']} {lead['lastName']}",
        "leadFirstName": lead["firstName"],
        "leadLastName": lead["lastName"],
        "leadEmail": next(iter(lead["emails"]), ""),
        "leadPhone": next(iter(lead["phones"]), ""),
        "assignedRole": task.role,
        "assignedUser": AGENT_NAME,
        "assignedUserId": AGENT_ID,
        "teamId": lead["teamId"],
        "address": task.address,
    }


ROUTES: Routes = {
    ("GET", "/v2.0/tasks"): list_tasks,
    ("POST", "/v2.0/tasks"): create_task,
    ("GET", "/v2.0/tasks/{task_id}"): get_task,
}
