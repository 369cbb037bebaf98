"""Who may be asked where, and what one process sees of a yes that it is just taking."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from lofty_crm.outbox.config import ApprovalMode
from lofty_crm.outbox.message import Approver, Message, OutboxError
from lofty_crm.outbox.states import State
from lofty_crm.policy.verdict import Finding, Weight
from tests.crm.outbox.office import busy_sandbox, office

pytestmark = pytest.mark.anyio

HELD = Finding("held", Weight.HELD, "It is held.")


@pytest.mark.parametrize(
    ("changed", "approval", "may"),
    [
        ({}, ApprovalMode.ASK, True),
        ({}, ApprovalMode.CONSOLE, False),
        ({}, ApprovalMode.HOST, False),
        ({"console_only": True}, ApprovalMode.ASK, False),
        ({"findings": (HELD,)}, ApprovalMode.ASK, False),
        ({"findings": (replace(HELD, weight=Weight.WARNING),)}, ApprovalMode.ASK, True),
        ({"state": State.APPROVED}, ApprovalMode.ASK, False),
        ({"state": State.REJECTED}, ApprovalMode.ASK, False),
    ],
)
async def test_the_chat_asks_only_about_what_waits_and_needs_no_reason(
    tmp_path: Path, changed: dict[str, Any], approval: ApprovalMode, may: bool
) -> None:
    async with office(busy_sandbox(), tmp_path, approval=approval) as desk:
        message = replace(await desk.text(), **changed)
        assert desk.outbox.may_ask_in_chat(message) is may


async def test_a_yes_that_says_nothing_gives_no_reason(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.clock.advance(9 * 3600)
    async with office(sandbox, tmp_path) as desk:
        held = await desk.text()
        assert held.held
        with pytest.raises(OutboxError, match="needs a reason"):
            await desk.outbox.approve(held, by=Approver.PAGE)
        assert (await desk.state(held), desk.posts) == (State.PENDING, 0)


async def test_the_outcome_of_what_nobody_decides_on_is_what_it_is(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        assert (await desk.outbox.outcome(message.id)).state is State.PENDING


async def test_who_asks_for_the_outcome_while_a_yes_is_taken_waits_for_what_comes_of_it(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        seen: list[Message] = []

        async def look() -> None:
            seen.append(await desk.outbox.outcome(message.id))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(desk.yes, message)
            tasks.start_soon(look)
        assert [each.state for each in seen] == [State.SENT]
