"""What changes in the very moment in which something else is done."""

import contextlib
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest

from lofty_crm.api.errors import BrokenAnswerError
from lofty_crm.api.models import Text
from lofty_crm.outbox import journal
from lofty_crm.outbox.drafting import MOST_ROWS, PAGE, every_row
from lofty_crm.outbox.message import Approver, Kind, OutboxClosedError, Words
from lofty_crm.outbox.owners import Owner, _try_lock  # pyright: ignore[reportPrivateUsage] -- another holder of the lock
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store
from lofty_crm.outbox.wording import question
from lofty_crm.policy.verdict import Finding, Weight
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import BEN, EMAIL, JANE, SMS, InProcess, busy_sandbox, office

pytestmark = pytest.mark.anyio

FILE = "outbox.sqlite3"


class Meanwhile(InProcess):
    """Does something while a request is under way, once."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.during = ""
        self.act: Callable[[], Awaitable[object]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if self.act and request.method == self.during:
            act, self.act = self.act, None
            await act()
        return answer


async def test_a_message_that_is_withdrawn_during_the_last_look_is_not_sent(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk, office(sandbox, tmp_path) as other:
        message = await desk.text()
        way.during, way.act = "GET", lambda: other.outbox.cancel(message.id, by=Approver.PAGE)
        assert ((await desk.yes(message)).state, desk.posts) == (State.CANCELLED, 0)


async def test_an_approval_that_grows_too_old_during_the_last_look_is_not_used(tmp_path: Path) -> None:
    """D13"""
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()

        async def passes() -> None:
            sandbox.clock.advance(301)

        way.during, way.act = "GET", passes
        back = await desk.yes(message)
        assert (back.state, desk.posts) == (State.PENDING, 0)
        assert "too old" in back.reason


async def test_of_two_that_are_due_the_one_withdrawn_meanwhile_is_not_sent(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    delay = timedelta(seconds=5)
    async with office(sandbox, tmp_path, transport=way, undo=delay) as desk, office(sandbox, tmp_path) as other:
        messages = [await desk.yes(await desk.text(body)) for body in ("One.", "Two.")]
        sandbox.clock.advance(6)

        async def withdraw() -> None:
            for message in messages:
                await other.outbox.cancel(message.id)

        way.during, way.act = "POST", withdraw
        await desk.outbox.tick()
        assert sorted([await desk.state(m) for m in messages]) == [State.CANCELLED, State.SENT]
        assert desk.posts == 1


@pytest.mark.parametrize(
    ("fault", "state"), [(None, State.SENT), ("wrong_destination", State.UNKNOWN), ("status", State.UNKNOWN)]
)
async def test_an_outcome_that_comes_after_the_sender_was_taken_for_dead_is_kept_in_the_audit(
    tmp_path: Path, fault: str | None, state: State
) -> None:
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk, office(sandbox, tmp_path) as other:
        message = await desk.text()
        if fault:
            sandbox.fail("POST", SMS, fault, status=400)  # pyright: ignore[reportArgumentType] -- one of the kinds

        async def take_for_dead() -> None:
            for lock in (tmp_path / "owners").iterdir():
                lock.unlink()
            await other.outbox.tick()

        way.during, way.act = "POST", take_for_dead
        end = await desk.yes(message)
        assert (end.state, desk.posts) == (state, 1)
        assert ("late_outcome" in await desk.events(message)) == (state is State.UNKNOWN)


async def test_words_that_were_changed_on_disk_after_the_yes_are_not_sent(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=timedelta(seconds=5)) as desk:
        one, two = await desk.yes(await desk.text("One.")), await desk.yes(await desk.text("Two."))
        with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as db:
            db.execute(
                "UPDATE messages SET payload = CAST(replace(payload, 'One', 'Won') AS BLOB) WHERE id = ?", (one.id,)
            )
            db.execute("UPDATE messages SET body = 'Too.' WHERE id = ?", (two.id,))
            db.commit()
        sandbox.clock.advance(6)
        await desk.outbox.tick()
        for message in (one, two):
            end = await desk.outbox.get(message.id)
            assert (end.state, [f.code for f in end.stops]) == (State.BLOCKED, ["words_changed"])
        assert desk.posts == 0


async def test_two_processes_that_look_for_evidence_at_the_same_moment_share_one_look(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk, office(sandbox, tmp_path) as other:
        sandbox.fail("POST", SMS, "reset_before")
        await desk.yes(await desk.text())
        await other.outbox.listing()
        before = sandbox.count("GET", "/v1.0/communication/text")
        sandbox.clock.advance(6)
        async with anyio.create_task_group() as tasks:
            for process in (desk, other, desk, other):
                tasks.start_soon(process.outbox.tick)
        assert sandbox.count("GET", "/v1.0/communication/text") == before + 1


async def test_a_step_from_a_state_that_has_passed_is_not_taken(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        waiting = await desk.text()
        await desk.outbox.cancel(waiting.id)
        opened, now = Store(tmp_path / FILE, "a key"), desk.sandbox.clock.now()
        assert not await opened.run(lambda c: journal.step(c, waiting, State.REJECTED, now=now))
        assert not await opened.run(lambda c: journal.refresh(c, waiting, now=now, detail={}, reason="x"))
        with pytest.raises(ValueError, match="pending to sent"):
            await opened.run(lambda c: journal.step(c, waiting, State.SENT, now=now))
        opened.close()
        await desk.outbox.asked(waiting)
        assert (await desk.outbox.get(waiting.id)).asked_at is None


async def test_messages_can_be_listed_by_lead_and_state(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        one, two = await desk.text(), await desk.text(lead_id=BEN)
        assert [m.id for m in await desk.outbox.listing(lead_id=BEN)] == [two.id]
        assert [m.id for m in await desk.outbox.listing({State.PENDING}, lead_id=JANE)] == [one.id]
        assert await desk.outbox.listing({State.SENT}) == []


async def test_the_question_says_that_the_sandbox_is_not_real(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, say_sandbox=True) as desk:
        message = await desk.email("Reply STOP is not needed. Wire nothing.", subject="Hello")
        lines = message.question.splitlines()
        assert lines[:2] == ["SANDBOX: nothing real is sent.", "Email Jane Hollis at jane.hollis@example.com?"]
        assert lines[2] == "Subject: Hello"


async def test_an_email_that_left_while_earlier_ones_could_not_be_read_is_not_called_sent(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("GET", "/v1.0/communication/email", "status", status=500, times=None)
        sandbox.fail("POST", EMAIL, "reset_after")
        message = await desk.yes(await desk.email())
        assert (message.state, message.watermark) == (State.UNKNOWN, "unread")
        sandbox.clear_faults()
        sandbox.clock.advance(600)
        await desk.outbox.tick()
        assert await desk.state(message) is State.NOT_SEEN  # it may be an earlier one that is there


async def test_two_that_open_the_outbox_at_once_open_it_once(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(desk.outbox.listing)
        assert len(list((tmp_path / "owners").iterdir())) == 1


async def test_an_outbox_that_could_not_be_opened_is_opened_at_the_next_use(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        await desk.text()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("UPDATE messages SET state = 'sending', claimed_by = 'gone', claimed_at = created_at")
        db.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
        db.commit()
        async with office(sandbox, tmp_path) as desk:
            with pytest.raises(OutboxClosedError):
                await desk.outbox.listing()
            with anyio.move_on_after(2.5) as patience:
                await desk.outbox.run()
            assert patience.cancelled_caught  # it goes on after a tick that failed
            db.execute("DROP TRIGGER full")
            db.commit()
            assert [m.state for m in await desk.outbox.listing()] == [State.UNKNOWN]


async def test_a_lock_that_someone_is_sweeping_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["swept", "free"])

    def token_hex(length: int) -> str:
        assert length == 8
        return next(names)

    monkeypatch.setattr(secrets, "token_hex", token_hex)
    with (tmp_path / "swept").open("wb") as held:
        assert _try_lock(held)
        owner = Owner(tmp_path)
    assert owner.id == "free"
    owner.close()


def test_a_store_without_a_write_ahead_log_is_refused() -> None:
    with pytest.raises(OutboxClosedError, match="journal_mode is memory"):
        Store(Path(":memory:"), "a key")


async def test_a_history_without_an_end_is_read_up_to_a_bound() -> None:
    asked: list[int] = []

    async def read(lead_id: str, *, limit: int, offset: int) -> list[Text]:
        asked.append(offset)
        own = range(offset, offset + limit)
        return [Text(id=str(n), lead_id=lead_id, direction="inbound", at=None, origin="manual") for n in own]

    with pytest.raises(BrokenAnswerError, match="longer than what is read"):
        await every_row(read, JANE)
    assert asked == list(range(0, MOST_ROWS, PAGE))


def test_a_question_shows_every_finding_the_gravest_first() -> None:
    words = Words("a", Kind.SMS, JANE, "Jane Hollis", "p-1", "+13035550101", "Hi", "", b"{}")
    findings = tuple(Finding(f"code_{n}", Weight.WARNING, f"Mind {n}.") for n in range(5))
    lines = question(words, "m-22222222", findings, label="+1 303 555 0101", sandbox=False).splitlines()
    assert lines[-5:] == [f"! Mind {n}." for n in range(5)]
