"""How long a yes lasts, what makes it the wrong one, and what is said and written down then, to the letter."""

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import NoEndpointError
from lofty_crm.clock import Clock
from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import Approver, Kind, Message
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import JANE, SMS, InProcess, Office, busy_sandbox, office
from tests.crm.outbox.test_races import Meanwhile

pytestmark = pytest.mark.anyio

UNDO = timedelta(seconds=10)
AGAIN = "Asked again: the approval of before does not count any more (1)."
CHANGED = "something changed since the approval; a person has to look again"
GONE = "The requested API endpoint does not exist"


class Nap:
    """A clock that moves on once a message is claimed."""

    def __init__(self, clock: Clock, journal: Path, seconds: int) -> None:
        self.clock = clock
        self.journal = journal
        self.nap = timedelta(seconds=seconds)

    def now(self) -> datetime:
        db = sqlite3.connect(self.journal)
        tables = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone()
        claimed = tables and db.execute("SELECT 1 FROM messages WHERE claimed_at IS NOT NULL").fetchone()
        db.close()
        return self.clock.now() + (self.nap if claimed else timedelta())


@pytest.mark.parametrize(
    ("seconds", "state", "reason"),
    [
        (30, State.SENT, ""),
        (-30, State.SENT, ""),
        (31, State.APPROVED, "this computer slept just before sending; nothing was sent"),
    ],
)
async def test_a_nap_of_thirty_seconds_before_the_post_is_the_longest(
    tmp_path: Path, seconds: int, state: State, reason: str
) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, clock=Nap(sandbox.clock, tmp_path / "outbox.sqlite3", seconds)) as desk:
        end = await desk.yes(await desk.text())
        assert (end.state, end.reason, desk.posts) == (state, reason, int(state is State.SENT))


@pytest.mark.parametrize(("seconds", "state"), [(299, State.SENT), (300, State.PENDING)])
async def test_a_yes_lasts_for_less_than_five_minutes(tmp_path: Path, seconds: int, state: State) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429)
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(seconds)
        await desk.outbox.tick()
        assert await desk.state(message) is state


async def last_step(desk: Office, message: Message) -> dict[str, Any]:
    """The newest step of a message, less what is new each time."""
    (record,) = [each for each in await desk.outbox.audit_export() if each["message_id"] == message.id]
    steps: Any = record["steps"]
    return {name: value for name, value in steps[-1].items() if name not in {"seq", "at", "digest", "owner"}}


def on_disk(folder: Path, change: str, message: Message) -> None:
    """Change the file as someone with a database tool would."""
    with closing(sqlite3.connect(folder / JOURNAL, isolation_level=None)) as database:
        database.execute(f"UPDATE messages SET {change} WHERE id = ?", (message.id,))  # noqa: S608


async def due(desk: Office) -> None:
    """The undo delay passes."""
    desk.sandbox.clock.advance(11)
    await desk.outbox.tick()


async def test_a_stop_that_comes_while_a_message_leaves_is_told_at_the_next_try(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk, office(sandbox, tmp_path) as other:
        message = await desk.text()
        way.during, way.act = "POST", lambda: other.outbox.stop(by=Approver.PAGE)
        sandbox.fail("POST", SMS, "status", status=429)
        assert (await desk.yes(message)).state is State.APPROVED
        sandbox.clock.advance(61)
        await desk.outbox.tick()
        back = await desk.outbox.get(message.id)
        assert (back.state, back.reason) == (State.PENDING, "all sending is stopped")
        assert await last_step(desk, message) == {"event": "pending", "from": "approved", "reason": back.reason}


@pytest.mark.parametrize("during", ["", "GET"])
async def test_a_yes_that_is_too_old_is_told_whenever_it_is_noticed(tmp_path: Path, during: str) -> None:
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    async with office(sandbox, tmp_path, transport=way, undo=UNDO) as desk:
        message = await desk.yes(await desk.text())

        async def passes() -> None:
            sandbox.clock.advance(300)

        if during:
            way.during, way.act = during, passes
        else:
            await passes()
        await due(desk)
        back = await desk.outbox.get(message.id)
        assert (back.state, back.reason) == (
            State.PENDING,
            "the approval is too old; a person has to approve again",
        )
        assert await last_step(desk, message) == {"event": "pending", "from": "approved", "reason": back.reason}


async def test_a_renamed_lead_is_shown_with_all_else_as_it_was(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=UNDO, say_sandbox=True) as desk:
        message = await desk.yes(await desk.text())
        sandbox.edit_lead(int(JANE), firstName="Janet")
        await due(desk)
        back = await desk.outbox.get(message.id)
        assert back.question == f"{message.question.replace('Jane Hollis', 'Janet Hollis')}\n{AGAIN}"
        assert (back.state, back.reason, back.words.lead_name) == (State.PENDING, CHANGED, "Janet Hollis")
        assert await last_step(desk, message) == {
            "event": "pending",
            "from": "approved",
            "findings": [f.code for f in back.findings],
        }


async def test_a_lead_who_lost_the_name_is_called_by_the_id(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=UNDO) as desk:
        message = await desk.yes(await desk.text())
        sandbox.edit_lead(int(JANE), firstName="", lastName="")
        await due(desk)
        back = await desk.outbox.get(message.id)
        assert back.question.startswith(f"Text Lead {JANE} at ")


@pytest.mark.parametrize("named", [False, True])
async def test_a_refusal_is_told_with_lofty_s_code_if_it_gave_one(tmp_path: Path, named: bool) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        answer: dict[str, Any] = {"code": 20012} if named else {"body": "no"}
        desk.sandbox.fail("POST", SMS, "status", status=400, **answer)
        end = await desk.yes(await desk.text())
        assert end.state is State.FAILED
        assert end.reason.startswith("Lofty refused (code 20012): " if named else "Lofty refused: ")


async def test_an_outcome_that_comes_too_late_is_written_down_whole(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Meanwhile(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()

        async def taken_for_dead() -> None:
            on_disk(tmp_path, "state = 'unknown'", message)

        way.during, way.act = "POST", taken_for_dead
        sandbox.fail("POST", SMS, "wrong_destination")
        end = await desk.yes(message)
        assert end.state is State.UNKNOWN
        assert await last_step(desk, message) == {
            "event": "late_outcome",
            "state": "unknown",
            "outcome": "mismatch",
            "reason": "Lofty used another destination than the approved one",
            "destination": "+14045550199",
            "lofty_message_id": sandbox.sent[0].message_id,
        }


@pytest.mark.parametrize("resealed", [False, True])
async def test_bytes_and_digest_that_do_not_fit_the_words_are_not_sent(tmp_path: Path, resealed: bool) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=UNDO) as desk:
        message = await desk.yes(await desk.text())
        words = message.words
        if resealed:  # other bytes, and a digest that fits them
            payload = words.payload.replace(b"Three", b"Seven")
            parts = [words.account, words.kind, words.lead_id, words.destination, words.subject, words.body]
            digest = hashlib.sha256(json.dumps(parts).encode() + b"\0" + payload).hexdigest()
            on_disk(tmp_path, f"payload = CAST('{payload.decode()}' AS BLOB), digest = '{digest}'", message)
        else:
            on_disk(tmp_path, f"digest = '{'0' * 64}'", message)
        sandbox.edit_lead(int(JANE), firstName="Janet")
        await due(desk)
        back = await desk.outbox.get(message.id)
        assert (back.state, desk.posts) == (State.BLOCKED, 0)
        assert [(f.code, f.text, f.advice) for f in back.stops] == [
            ("words_changed", "What would be sent is not what was approved.", "Write the message again.")
        ]
        assert back.question.splitlines()[0] == message.question.splitlines()[0].replace("Jane ", "Janet ")


@pytest.mark.parametrize(
    ("change", "stop"),
    [
        (
            "content",
            ("note_changed", "The note has changed since it was shown.", "Read it, then ask again."),
        ),
        ("gone", ("note_gone", "The note is not among the lead's notes any more.", "Nothing is left to do.")),
    ],
)
async def test_a_note_that_is_not_the_one_that_was_shown_is_left_with_a_word(
    tmp_path: Path, change: str, stop: tuple[str, str, str]
) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        message = await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        if change == "content":
            await desk.lofty.update_note(note.id, lead_id=JANE, content="Something else now.", pinned=False)
        else:
            await desk.lofty.delete_note(note.id)
        desk.sandbox.clock.advance(11)
        end = await desk.yes(message)
        assert [(f.code, f.text, f.advice) for f in end.stops] == [stop]


async def test_an_account_with_leads_that_says_it_has_none_is_not_believed(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        for status, body in ((404, GONE), (405, "no such method")):
            sandbox.fail("GET", f"/v1.0/leads/{JANE}", "status", status=status, body=body)
            back = await desk.yes(await desk.outbox.get(message.id))
            assert (back.state, desk.posts) == (State.PENDING, 0)
            assert back.reason == "the lead could not be checked just before sending"
            sandbox.fail("GET", f"/v1.0/leads/{JANE}", "status", status=status, body=body)
            with pytest.raises(NoEndpointError):
                await desk.text("Other words.")
        sandbox.fail("GET", "/v1.0/communication/text", "status", status=405, body="no such method")
        blocked = await desk.text("Other words.")
        assert (blocked.state, [f.code for f in blocked.stops]) == (State.BLOCKED, ["history_unread"])


async def test_a_destination_that_cannot_be_seen_any_more_is_not_used(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, dialect=Dialect.GUIDE) as desk:
        message = await desk.text()
        sandbox.fail("GET", f"/v1.0/leads/{JANE}", "status", status=404, body=GONE, times=None)
        end = await desk.yes(message)
        assert (end.state, desk.posts) == (State.BLOCKED, 0)
        assert [(f.code, f.text, f.advice) for f in end.stops] == [
            (
                "destination_changed",
                "The lead's record does not show the approved destination now.",
                "Write the message again, to a destination that the lead has now.",
            )
        ]
        assert "at the destination that Lofty itself will choose?" in end.question.splitlines()[0]


@pytest.mark.parametrize(("seen_later", "state"), [(False, State.SENT), (True, State.BLOCKED)])
async def test_a_destination_that_lofty_was_to_choose_is_not_left_to_it_once_it_can_be_seen(
    tmp_path: Path, seen_later: bool, state: State
) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, dialect=Dialect.GUIDE) as desk:
        times = 1 if seen_later else 2
        sandbox.fail("GET", f"/v1.0/leads/{JANE}", "status", status=404, body=GONE, times=times)
        message = await desk.text()
        assert message.words.destination == ""
        assert (await desk.yes(message)).state is state


class Unplugged(InProcess):
    """A way that ends at a moment."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            raise httpx.ConnectError("no route", request=request)
        return await super().handle_async_request(request)


async def test_a_lofty_that_cannot_be_reached_for_the_last_look_is_asked_again_in_five_seconds(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Unplugged(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()
        way.cut = True
        waiting = await desk.yes(message)
        assert (waiting.state, desk.posts) == (State.APPROVED, 0)
        assert waiting.not_before == sandbox.clock.now() + timedelta(seconds=5)


async def test_a_lead_without_a_name_can_be_written_to(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.edit_lead(int(JANE), firstName="", lastName="")
    async with office(sandbox, tmp_path) as desk:
        assert (await desk.yes(await desk.text())).state is State.SENT
