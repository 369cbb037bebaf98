"""The switch that stops everything, the delay in which a yes can be taken back, and processes side by side."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import httpx
import pytest

from lofty_crm.clock import Clock
from lofty_crm.outbox.message import Approver, OutboxClosedError, OutboxError
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import SMS, InProcess, busy_sandbox, office

pytestmark = pytest.mark.anyio


async def test_a_stop_holds_everything_in_every_process(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk, office(sandbox, tmp_path) as other:
        waiting = await desk.text("First.")
        second = await desk.text("Second.")
        sandbox.fail("POST", SMS, "status", status=429)
        approved = await desk.yes(waiting)
        assert approved.state is State.APPROVED
        await other.outbox.stop(by=Approver.PAGE)
        await other.outbox.stop(by=Approver.PAGE)
        assert await desk.outbox.stopped()
        assert await desk.state(approved) is State.PENDING
        with pytest.raises(OutboxError, match="stopped"):
            await desk.yes(second)
        sandbox.clock.advance(61)
        await desk.outbox.tick()
        assert (desk.posts, sandbox.sent) == (1, [])
        await desk.outbox.resume(by=Approver.TERMINAL)
        await desk.outbox.resume(by=Approver.TERMINAL)
        assert not await other.outbox.stopped()
        await desk.outbox.tick()
        await other.outbox.tick()
        assert (await desk.state(approved), sandbox.sent) == (State.PENDING, [])
        assert (await desk.yes(second)).state is State.SENT


async def test_a_stop_holds_what_comes_back_from_a_rate_limit(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk, office(sandbox, tmp_path) as other:
        message = await desk.text()

        class Stops(InProcess):
            """Sending is stopped while the POST is under way."""

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.method == "POST":
                    await other.outbox.stop(by=Approver.PAGE)
                return await super().handle_async_request(request)

        sandbox.fail("POST", SMS, "status", status=429)
        async with office(sandbox, tmp_path, transport=Stops(sandbox)) as third:
            assert (await third.yes(message)).state is State.APPROVED
            sandbox.clock.advance(61)
            await third.outbox.tick()
            assert (await third.state(message), sandbox.sent) == (State.PENDING, [])


async def test_a_yes_can_be_taken_back_during_the_undo_delay(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=timedelta(seconds=10)) as desk:
        kept, regretted = await desk.text("Kept."), await desk.text("Regretted.")
        for message in (kept, regretted):
            assert (await desk.yes(message)).state is State.APPROVED
        sandbox.clock.advance(9)
        await desk.outbox.tick()
        assert desk.posts == 0
        assert (await desk.outbox.cancel(regretted.id, by=Approver.PAGE)).state is State.CANCELLED
        assert (await desk.outbox.reject(kept, by=Approver.PAGE)).state is State.APPROVED
        sandbox.clock.advance(2)
        await desk.outbox.tick()
        assert [m.content for m in sandbox.sent] == ["Kept."]
        assert (await desk.outbox.cancel(kept.id)).state is State.SENT


async def test_a_yes_in_the_chat_to_the_question_that_was_asked_sends(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        assert (await desk.outbox.approve(message, by=Approver.CHAT)).state is State.PENDING
        await desk.outbox.asked(message)
        message = await desk.outbox.get(message.id)
        assert (await desk.outbox.approve(message, by=Approver.CHAT)).state is State.SENT


async def test_words_that_are_approved_and_have_not_left_are_not_drafted_again(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, undo=timedelta(seconds=10)) as desk:
        approved = await desk.yes(await desk.text())
        again = await desk.text()
        assert (again.id, again.state, len(await desk.outbox.listing())) == (approved.id, State.APPROVED, 1)


async def test_two_processes_that_see_one_approved_message_send_it_once(tmp_path: Path) -> None:
    """D60"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=timedelta(seconds=5)) as one, office(sandbox, tmp_path) as two:
        message = await one.yes(await one.text())
        sandbox.clock.advance(6)
        async with anyio.create_task_group() as tasks:
            for desk in (one, two, one, two):
                tasks.start_soon(desk.outbox.tick)
        assert (await two.state(message), len(sandbox.sent), one.posts) == (State.SENT, 1, 1)


async def test_twenty_yeses_at_once_from_two_processes_send_one_message(tmp_path: Path) -> None:
    """D60 D61"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as one, office(sandbox, tmp_path) as two:
        message = await one.text()
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(one.yes, message)
                tasks.start_soon(two.yes, message)
        assert (await two.state(message), one.posts) == (State.SENT, 1)
        assert (await one.events(message)).count("approved") == 1


async def test_another_process_steps_in_when_the_one_that_took_the_yes_is_gone(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=timedelta(seconds=30)) as one:
        message = await one.yes(await one.text())
    async with office(sandbox, tmp_path) as two:
        await two.outbox.tick()
        assert two.posts == 0
        sandbox.clock.advance(31)
        await two.outbox.tick()
        assert (await two.state(message), two.posts) == (State.SENT, 1)


async def test_a_living_process_is_not_called_dead(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.fail("POST", SMS, "hold")
    async with office(sandbox, tmp_path) as one, office(sandbox, tmp_path) as two:
        message = await one.text()
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(one.yes, message)
                await sandbox.arrived("POST", SMS)
                sandbox.clock.advance(3600)
                await two.outbox.tick()
                await one.outbox.tick()
                assert await two.state(message) is State.SENDING
                assert (await two.outbox.cancel(message.id)).state is State.SENDING
                sandbox.release()
        assert (await two.state(message), one.posts) == (State.SENT, 1)


async def test_closing_waits_for_what_is_being_sent_and_begins_nothing_more(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.fail("POST", SMS, "hold")
    async with office(sandbox, tmp_path) as desk:
        message, other = await desk.text("One."), await desk.text("Two.")
        closed = anyio.Event()

        async def close() -> None:
            await desk.outbox.close()
            closed.set()

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(desk.yes, message)
                await sandbox.arrived("POST", SMS)
                tasks.start_soon(close)
                await anyio.wait_all_tasks_blocked()
                assert not closed.is_set()
                assert (await desk.yes(other)).state is State.APPROVED
                sandbox.release()
        with pytest.raises(OutboxClosedError):
            await desk.text("Three.")
    async with office(sandbox, tmp_path) as later:
        assert [m.content for m in sandbox.sent] == ["One."]
        assert await later.state(message) is State.SENT
        sandbox.clock.advance(301)
        await later.outbox.tick()
        assert (await later.state(other), len(sandbox.sent)) == (State.PENDING, 1)


async def test_an_outbox_that_was_closed_before_its_first_use_stays_closed(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.outbox.close()
        with pytest.raises(OutboxClosedError):
            await desk.outbox.listing()


class Lid:
    """A clock on a computer whose lid is closed for an hour between the claim and the POST."""

    def __init__(self, clock: Clock, journal: Path) -> None:
        self.clock = clock
        self.journal = journal

    def now(self) -> datetime:
        db = sqlite3.connect(self.journal)
        claimed = (
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
            and db.execute("SELECT 1 FROM messages WHERE state = 'sending'").fetchone()
        )
        db.close()
        return self.clock.now() + timedelta(hours=1 if claimed else 0)


async def test_a_computer_that_slept_between_the_claim_and_the_post_sends_nothing(tmp_path: Path) -> None:
    """D104"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, clock=Lid(sandbox.clock, tmp_path / "outbox.sqlite3")) as desk:
        message = await desk.yes(await desk.text())
        assert (message.state, desk.posts) == (State.APPROVED, 0)
        assert "slept" in message.reason


async def test_the_background_work_sends_what_another_process_approved(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=timedelta(seconds=1)) as desk:
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(2)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(desk.outbox.run)
                await sandbox.arrived("POST", SMS)
                tasks.cancel_scope.cancel()
        assert await desk.state(message) is State.SENT


async def test_a_second_yes_waits_for_what_is_being_sent_and_tells_how_it_went(tmp_path: Path) -> None:
    """D61"""
    sandbox = busy_sandbox()
    sandbox.fail("POST", SMS, "hold")
    async with office(sandbox, tmp_path, undo=timedelta(seconds=1)) as desk:
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(2)
        ends: list[State] = []
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(desk.outbox.tick)
                await sandbox.arrived("POST", SMS)

                async def again() -> None:
                    ends.append((await desk.yes(message)).state)

                tasks.start_soon(again)
                await anyio.wait_all_tasks_blocked()
                assert ends == []
                sandbox.release()
        assert (ends, desk.posts) == ([State.SENT], 1)


async def test_background_work_that_is_cancelled_in_the_middle_of_a_post_finishes_it(tmp_path: Path) -> None:
    """D58"""
    sandbox = busy_sandbox()
    sandbox.fail("POST", SMS, "hold", then_act=True)
    async with office(sandbox, tmp_path, undo=timedelta(seconds=1)) as desk:
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(2)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(desk.outbox.tick)
                await sandbox.arrived("POST", SMS)
                tasks.cancel_scope.cancel()
                sandbox.release()
        assert (await desk.state(message), desk.posts) == (State.SENT, 1)
