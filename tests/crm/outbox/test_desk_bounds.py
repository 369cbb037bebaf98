"""The desk to the letter: who is asked for what, what a yes leaves behind, and what is listed."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import JANE, PRIYA, SMS, busy_sandbox, office

pytestmark = pytest.mark.anyio

ME = "/v1.0/me"


async def test_whose_key_it_is_is_asked_once_for_all_processes(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        await desk.text()
        first = sandbox.count("GET", ME)
        await desk.text("Other words.")
        assert sandbox.count("GET", ME) == first == 2  # whose key, and who sends
    async with office(sandbox, tmp_path) as later:
        await later.text("Words of another day.")
        assert sandbox.count("GET", ME) == first + 1


async def test_a_second_yes_does_not_hurry_what_lofty_wants_later(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.fail("POST", SMS, "status", status=429)
        assert (await desk.yes(message)).state is State.APPROVED
        assert (await desk.yes(message)).state is State.APPROVED
        assert (desk.posts, sandbox.sent) == (1, [])


async def test_a_new_yes_forgets_why_the_one_before_was_taken_back(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, undo=timedelta(seconds=10)) as desk:
        message = await desk.text()
        await desk.yes(message)
        await desk.outbox.stop(by=Approver.PAGE)
        await desk.outbox.resume(by=Approver.PAGE)
        back = await desk.outbox.get(message.id)
        assert (back.state, back.reason) == (
            State.PENDING,
            "all sending was stopped; a person has to approve it again",
        )
        approved = await desk.yes(back)
        assert (approved.state, approved.reason) == (State.APPROVED, "")


async def test_a_yes_after_exactly_the_reading_time_counts(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, min_reading=timedelta(seconds=3)) as desk:
        message = await desk.text()
        await desk.outbox.asked(message)
        sandbox.clock.advance(3)
        shown = await desk.outbox.get(message.id)
        assert (await desk.outbox.approve(shown, by=Approver.CHAT)).state is State.SENT


async def test_messages_are_listed_by_state_by_lead_and_up_to_a_number(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        one, two = await desk.text("One."), await desk.text("Two.")
        three = await desk.text("Three.", lead_id=PRIYA)
        await desk.outbox.reject(one, by=Approver.PAGE)

        async def listed(*arguments: Any, **narrowed: Any) -> list[str]:
            return [message.id for message in await desk.outbox.listing(*arguments, **narrowed)]

        assert await listed() == [three.id, two.id, one.id]
        assert await listed({State.REJECTED}) == [one.id]
        assert await listed(lead_id=JANE) == [two.id, one.id]
        assert await listed({State.PENDING}, lead_id=JANE) == [two.id]
        assert await listed(limit=2) == [three.id, two.id]


async def test_the_record_says_who_stopped_and_who_resumed(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        assert [record["message_id"] for record in await desk.outbox.audit_export()] == [message.id]
        await desk.outbox.stop(by=Approver.PAGE)
        await desk.outbox.resume(by=Approver.TERMINAL)
        records: list[Any] = await desk.outbox.audit_export()
        assert [record["message_id"] for record in records] == [message.id, ""]
        wide = records[1]
        assert wide.keys() == records[0].keys()
        assert {name: value for name, value in wide.items() if value} == {"kind": "account", "steps": wide["steps"]}
        now = desk.sandbox.clock.now().isoformat(timespec="microseconds")
        assert wide["steps"] == [
            {"seq": 2, "at": now, "event": "stopped", "by": "page"},
            {"seq": 3, "at": now, "event": "resumed", "by": "terminal"},
        ]


async def test_texts_are_kept_by_note_and_by_user(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as mine, office(sandbox, tmp_path, key="sandbox-access-token") as theirs:
        one, two = (await mine.lofty.notes(JANE))[0], (await mine.lofty.notes(PRIYA))[0]
        await mine.text()
        sandbox.world.user = 1
        await theirs.text("Theirs.", lead_id=PRIYA)
        await mine.outbox.keep_note(one, reason="update")
        await mine.outbox.keep_note(two, reason="delete")
        await theirs.outbox.keep_note(one, reason="update")
        assert await mine.outbox.kept_notes(one.id) == [one.content]
        assert await mine.outbox.kept_notes(two.id) == [two.content]
        assert await theirs.outbox.kept_notes(two.id) == []


async def test_a_message_that_somebody_took_out_of_the_file_keeps_its_steps(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        with closing(sqlite3.connect(tmp_path / JOURNAL, isolation_level=None)) as database:
            database.execute("DELETE FROM messages")
        (record,) = await desk.outbox.audit_export()
        assert (record["message_id"], record["kind"], record["body"]) == (message.id, "", "")
        assert await desk.events(message) == ["drafted"]


async def test_times_are_kept_in_utc_wherever_the_machine_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Denver")
    time.tzset()
    try:
        async with office(busy_sandbox(), tmp_path) as desk:
            message = await desk.text()
            with closing(sqlite3.connect(tmp_path / JOURNAL)) as database:
                ((kept,),) = database.execute("SELECT created_at FROM messages").fetchall()
            assert datetime.fromisoformat(kept).replace(tzinfo=UTC) == desk.sandbox.clock.now() == message.created_at
    finally:
        monkeypatch.undo()
        time.tzset()
