"""Follow-ups for the agent."""

import json

import pytest

from lofty_sandbox.sandbox import Sandbox
from lofty_tools.tasks import create_task
from tests.tools.desk import JANE, MODES, Mode, desk

_CALL = {"lead_id": JANE, "content": "Call.", "due_at": "2026-11-19T15:00:00Z", "kind": "call"}


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["call", "email", "text", "other"])
async def test_follow_up_is_put_on_the_agents_list_once(mode: Mode, kind: str, sandbox: Sandbox) -> None:
    async with desk(sandbox, create_task, mode=mode) as it:
        result, text = await it.call(
            "create_task",
            lead_id=JANE,
            content="Ask for the quote.",
            due_at="2026-11-19T08:00:00-07:00",
            kind=kind,
        )
        sandbox.clock.advance(5)
        tasks = await it.deps.lofty.tasks(JANE)
    mine = [task for task in tasks if task.content == "Ask for the quote."]
    assert [(task.kind.lower(), task.due_at and task.due_at.isoformat()) for task in mine] == [
        (kind, "2026-11-19T15:00:00+00:00")
    ]
    assert text.startswith(f"[sandbox] created: {kind} task on lead {JANE}, due Thu Nov 19, 10:00 AM EST.")
    assert (result["state"], result["sandbox"]) == ("created", True)
    body = json.loads(next(seen.body for seen in sandbox.requests if seen.method == "POST"))
    assert body["timeZoneCode"] == "America/New_York"
    assert sandbox.count("POST", "/") == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("due_at", "kind", "content"),
    [
        ("2026-11-17T13:59:00-05:00", "call", "Call."),
        ("2026-11-17T14:00:00-05:00", "call", "Call."),
        ("2026-11-19T10:00:00", "call", "Call."),
        ("Thursday", "call", "Call."),
        ("2026-11-19T10:00:00Z", "appointment", "Call."),
        ("2026-11-19T10:00:00Z", "call", " \n"),
        ("2026-11-19T10:00:00Z", "call", "x" * 1001),
    ],
)
async def test_follow_up_that_does_not_fit_is_refused(due_at: str, kind: str, content: str, sandbox: Sandbox) -> None:
    async with desk(sandbox, create_task) as it:
        said = await it.refused("create_task", lead_id=JANE, content=content, due_at=due_at, kind=kind)
    assert "nothing was changed" in said or "no task was created" in said
    assert sandbox.requests == []


@pytest.mark.anyio
async def test_lost_answer_to_a_follow_up_that_was_created_is_found_out(sandbox: Sandbox) -> None:
    async with desk(sandbox, create_task, loses="POST") as it:
        _, text = await it.call(
            "create_task", lead_id=JANE, content="Call.", due_at="2026-11-19T15:00:00.5Z", kind="call"
        )
    assert "created" in text
    assert sandbox.count("POST", "/v2.0/tasks") == 1


@pytest.mark.anyio
async def test_follow_up_that_may_be_created_is_called_unknown_and_not_tried_again(sandbox: Sandbox) -> None:
    sandbox.fail("POST", "/v2.0/tasks", "status", status=503)
    async with desk(sandbox, create_task) as it:
        said = await it.refused("create_task", **_CALL)
    assert "not known whether" in said
    assert sandbox.count("POST", "/v2.0/tasks") == 1


@pytest.mark.anyio
async def test_account_without_tasks_is_told_apart_and_another_way_named() -> None:
    sandbox = Sandbox(dialect="guide", frozen=True)
    async with desk(sandbox, create_task) as it:
        said = await it.refused("create_task", **_CALL)
    assert "no task was created" in said
    assert "create_note" in said
