"""Follow-ups for the agent."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import AfterValidator, AwareDatetime, Field

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError, NoEndpointError
from lofty_crm.api.models import Task
from lofty_tools.arguments import MOMENT, LeadId
from lofty_tools.deps import deps
from lofty_tools.failures import Refusal
from lofty_tools.rendering import clock_time
from lofty_tools.tool import Effect, tool
from lofty_tools.writing import UNCERTAIN, Written, fitting

TASK_LENGTH = 1000

TaskText = Annotated[str, AfterValidator(fitting(TASK_LENGTH))]
DueAt = Annotated[AwareDatetime, Field(description=f"{MOMENT}.")]
TaskKind = Literal["call", "email", "text", "other"]


@tool(title="Create a task", effect=Effect.WRITE)
async def create_task(
    lead_id: LeadId, content: TaskText, due_at: DueAt, kind: TaskKind, ctx: Context[Any, Any]
) -> Written:
    """Put a follow-up about a lead on the agent's task list.

    Only reminds.
    """
    given = deps(ctx)
    now = given.clock.now()
    if due_at <= now:
        raise Refusal(
            f"`due_at` must be in the future, and it is {clock_time(now, now=now, zone=given.zone)}; "
            "no task was created."
        )
    due_at = due_at.replace(microsecond=0)
    try:
        await given.lofty.create_task(
            lead_id, kind=kind.capitalize(), content=content, due_at=due_at, time_zone=given.zone.key
        )
    except NoEndpointError:
        raise Refusal(
            "This Lofty account takes no tasks from here; no task was created. `create_note` can keep the follow-up."
        ) from None
    except UNCERTAIN:
        if not any(
            task.content.strip() == content and task.due_at == due_at for task in await _tasks(given.lofty, lead_id)
        ):
            raise Refusal(
                "Lofty did not confirm the task, and it is not among the lead's tasks yet: it is not known whether it "
                "was created. It was not tried again; ask the user to look in Lofty before you create it once more."
            ) from None
    when = clock_time(due_at, now=now, zone=given.zone)
    return Written(
        state="created",
        what=f"{kind} task on lead {lead_id}, due {when}. Lofty may take a few seconds to show it.",
        lead_id=lead_id,
        sandbox=given.sandbox or None,
    )


async def _tasks(lofty: Lofty, lead_id: str) -> list[Task]:
    try:
        return await lofty.tasks(lead_id)
    except LoftyError:
        return []
