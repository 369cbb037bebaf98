"""What becomes due by itself, to the letter: an older copy, the dead, and words whose time is over."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import Message
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import EMAIL, SMS, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

BACK = "the outbox was put back from an older copy: look in Lofty whether this went out already"
DIED = "the process that was sending it ended before it could record the outcome"


async def last_step(desk: Office, message_id: str = "") -> dict[str, Any]:
    """The newest step of a message, or of the account, less its number and time."""
    (record,) = [each for each in await desk.outbox.audit_export() if each["message_id"] == message_id]
    steps: Any = record["steps"]
    return {name: value for name, value in steps[-1].items() if name not in {"seq", "at", "digest"}}


def claim(folder: Path, message: Message, owner: str) -> None:
    """Put a message where its sender left it."""
    with closing(sqlite3.connect(folder / JOURNAL, isolation_level=None)) as database:
        database.execute(
            "UPDATE messages SET state = 'sending', claimed_by = ?, claimed_at = created_at, not_before = created_at "
            "WHERE id = ?",
            (owner, message.id),
        )


async def test_an_older_copy_is_told_and_takes_the_chat_from_what_waits_alone(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sent = await desk.yes(await desk.text())
        waiting = await desk.text("Still waiting.")
    head = {"seq": 99, "hash": "f" * 64}
    (tmp_path / f"{JOURNAL}.head").write_text(json.dumps(head), encoding="ascii")
    async with office(sandbox, tmp_path) as desk:
        lost = {"lost_seq": 99, "lost_hash": "f" * 64}
        assert await last_step(desk) == {"event": "older_copy"} | lost
        back = await desk.outbox.get(waiting.id)
        assert (back.state, back.reason, back.console_only) == (State.PENDING, BACK, True)
        assert await last_step(desk, waiting.id) == {"event": "noted"} | lost
        assert await desk.outbox.get(sent.id) == sent


@pytest.mark.parametrize("mine", [False, True])
async def test_what_nobody_sends_any_more_is_unknown_and_looked_for_at_once(tmp_path: Path, mine: bool) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        owner = (await desk.yes(await desk.text())).claimed_by if mine else "gone"
        assert owner
        message = await desk.text("Who sent this?")
        claim(tmp_path, message, owner)
        desk.sandbox.fail("GET", "/v1.0/communication/text", "status", status=500)
        await desk.outbox.tick()
        left = await desk.outbox.get(message.id)
        assert (left.state, left.reason) == (State.UNKNOWN, DIED)
        assert desk.sandbox.count("GET", "/v1.0/communication/text") > 0
        (record,) = [each for each in await desk.outbox.audit_export() if each["message_id"] == message.id]
        steps: Any = record["steps"]
        (died,) = [step for step in steps if step["event"] == "unknown"]
        assert (died["from"], died["owner"]) == ("sending", owner)


async def test_a_message_whose_sender_died_is_due_at_once(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
    claim(tmp_path, message, "gone")
    async with office(busy_sandbox(), tmp_path) as desk:
        assert (await desk.outbox.get(message.id)).not_before is None


async def test_nothing_is_left_of_words_whose_time_is_over(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.clock.advance(9 * 3600)  # held for quiet hours, so that a reason is given
    async with office(sandbox, tmp_path, keep_words=timedelta(days=1)) as desk:
        sandbox.fail("POST", EMAIL, "status", status=400)
        mail = await desk.yes(await desk.email("The key is under the stone.", subject="The stone"), "She asked.")
        sandbox.fail("POST", SMS, "status", status=400)
        text = await desk.yes(await desk.text(), "She asked.")
        assert (mail.state, text.state) == (State.FAILED, State.FAILED)
        assert (text.approval_reason, bool(text.reason), bool(text.findings)) == ("She asked.", True, True)
        sandbox.clock.advance(86401)
        await desk.outbox.tick()
        for before in (mail, text):
            after = await desk.outbox.get(before.id)
            words = after.words
            assert (words.lead_name, words.body, words.subject, words.payload) == ("", "", "", b"")
            assert (after.question, after.approval_reason, after.reason) == ("", "", "")
            assert [(f.code, f.weight) for f in after.findings] == [(f.code, f.weight) for f in before.findings]
            assert {(f.text, f.advice) for f in after.findings} <= {("", "")}
            (record,) = [each for each in await desk.outbox.audit_export() if each["message_id"] == before.id]
            steps: Any = record["steps"]
            assert (steps[-1]["event"], steps[-1]["digest"]) == ("words_forgotten", before.digest)
