"""The record of every step: what it holds, and how it shows when someone has touched it."""

import csv
import io
import json
import shutil
import sqlite3
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import anyio
import pytest

from lofty_crm.outbox import export
from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_crm.policy.review import POLICY_VERSION
from tests.crm.outbox.office import JANE, SMS, WORDS, busy_sandbox, office

pytestmark = pytest.mark.anyio

FILE = "outbox.sqlite3"


async def filled(folder: Path) -> None:
    """Two messages, one sent and one rejected: some ten rows."""
    async with office(busy_sandbox(), folder) as desk:
        await desk.yes(await desk.text())
        await desk.outbox.reject(await desk.text("No, thank you."), by=Approver.PAGE)


async def verdict(folder: Path) -> str | None:
    """What `audit verify` says."""
    async with office(busy_sandbox(), folder) as desk:
        return await desk.outbox.audit_verify()


def tampered(folder: Path, *statements: str) -> None:
    """Change the file as someone with a database tool would."""
    with sqlite3.connect(folder / FILE) as db:
        for name in ("audit_no_update", "audit_no_delete"):
            db.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            db.execute(statement)
    db.close()


async def test_an_untouched_audit_holds_across_restarts(tmp_path: Path) -> None:
    """D92"""
    await filled(tmp_path)
    assert await verdict(tmp_path) is None
    await filled(tmp_path)
    assert await verdict(tmp_path) is None


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE audit SET detail = replace(detail, '+1303', '+1304') WHERE seq = 3"], "row 3 was changed"),
        (["UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 2"], "row 2 was changed"),
        (["DELETE FROM audit WHERE seq = 2"], "row 2 is missing"),
        (["DELETE FROM audit WHERE seq = 1"], "row 1 is missing"),
        (
            [
                "UPDATE audit SET seq = 1000 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 1000",
            ],
            "row 2 was changed",
        ),
    ],
)
async def test_a_changed_removed_or_moved_row_is_named(tmp_path: Path, statements: list[str], said: str) -> None:
    """D92 I9"""
    await filled(tmp_path)
    tampered(tmp_path, *statements)
    assert await verdict(tmp_path) == said


async def test_rows_cut_from_the_end_are_noticed_for_ever(tmp_path: Path) -> None:
    """D92"""
    await filled(tmp_path)
    tampered(tmp_path, "DELETE FROM audit WHERE seq > 3")
    assert await verdict(tmp_path) == "rows from 4 on were lost: an older copy of the file had been put in its place"
    await filled(tmp_path)
    assert await verdict(tmp_path) == "rows from 4 on were lost: an older copy of the file had been put in its place"


async def test_rows_cut_while_the_outbox_is_open_are_noticed_too(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.yes(await desk.text())
        tampered(tmp_path, "DELETE FROM audit WHERE seq > 2")
        assert (await desk.outbox.audit_verify() or "").startswith("rows 3 to ")


async def test_a_chain_that_was_written_anew_does_not_match_the_head_outside(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.text()
        head = tmp_path / f"{FILE}.head"
        forged = json.loads(head.read_text(encoding="ascii")) | {"hash": "0" * 64}
        head.write_text(json.dumps(forged), encoding="ascii")
        assert "outside the database" in (await desk.outbox.audit_verify() or "")


@pytest.mark.parametrize("statement", ["UPDATE audit SET detail = '{}'", "DELETE FROM audit"])
async def test_the_file_itself_refuses_to_change_the_audit(tmp_path: Path, statement: str) -> None:
    await filled(tmp_path)
    db = sqlite3.connect(tmp_path / FILE)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    db.close()


@pytest.mark.parametrize("damage", [None, b"\xff{", b"[]", b"{}"])
async def test_without_a_readable_head_the_chain_itself_still_counts(tmp_path: Path, damage: bytes | None) -> None:
    await filled(tmp_path)
    head = anyio.Path(tmp_path / f"{FILE}.head")
    await (head.unlink() if damage is None else head.write_bytes(damage))
    assert await verdict(tmp_path) is None


async def test_an_older_copy_of_the_file_takes_back_its_approvals(tmp_path: Path) -> None:
    """D92 D106 I2"""
    sandbox = busy_sandbox()
    backup = tmp_path / "backup"
    async with office(sandbox, tmp_path) as desk:
        waiting = await desk.text("Still waiting.")
        sandbox.fail("POST", SMS, "status", status=429)
        message = await desk.yes(await desk.text())
        assert message.state is State.APPROVED
        with sqlite3.connect(tmp_path / FILE) as db, sqlite3.connect(backup) as copy:
            db.backup(copy)
        db.close()
        copy.close()
        sandbox.clock.advance(61)
        await desk.outbox.tick()
        assert await desk.state(message) is State.SENT
    for name in (f"{FILE}-wal", f"{FILE}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(backup, tmp_path / FILE)
    async with office(sandbox, tmp_path) as desk:
        await desk.outbox.tick()
        back = await desk.outbox.get(message.id)
        assert (back.state, back.console_only, len(sandbox.sent)) == (State.PENDING, True, 1)
        assert "older copy" in back.reason
        assert (await desk.outbox.get(waiting.id)).console_only
        assert "older copy" in (await desk.outbox.audit_verify() or "")
        sandbox.clock.advance(3)
        again = await desk.yes(back)
        assert (again.state, [f.code for f in again.held], len(sandbox.sent)) == (State.PENDING, ["same_words"], 1)


async def test_an_older_copy_takes_back_the_approvals_of_every_account(tmp_path: Path) -> None:
    """D106"""
    sandbox = busy_sandbox()
    delay = timedelta(minutes=1)
    other_key = "sandbox-access-token"
    async with (
        office(sandbox, tmp_path, undo=delay) as one,
        office(sandbox, tmp_path, undo=delay, key=other_key) as two,
    ):
        for user, desk in enumerate((one, two)):
            sandbox.world.user = user
            await desk.yes(await desk.text())
        message = (await two.outbox.listing())[0]
    tampered(tmp_path, "DELETE FROM audit WHERE seq > 3")
    async with office(sandbox, tmp_path) as one, office(sandbox, tmp_path, key=other_key) as two:
        await one.outbox.listing()
        assert await two.state(message) is State.PENDING


async def test_the_export_answers_who_approved_what_and_what_came_of_it(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.clock.advance(9 * 3600)
    async with office(sandbox, tmp_path) as desk:
        shown = await desk.text()
        sent = await desk.yes(shown, "She asked for it")
        (record,) = await desk.outbox.audit_export()
        assert record | {"steps": None} == {
            "message_id": sent.id,
            "kind": "sms",
            "state": "sent",
            "lead_id": JANE,
            "lead_name": "Jane Hollis",
            "destination": "+13035550101",
            "subject": "",
            "body": WORDS,
            "payload_sha256": sha256(sent.words.payload).hexdigest(),
            "digest": sent.digest,
            "shown": shown.question,
            "shown_sha256": sha256(shown.question.encode()).hexdigest(),
            "approved_at": sandbox.clock.now().isoformat(),
            "approved_by": "terminal",
            "policy": POLICY_VERSION,
            "warnings": [f.code for f in shown.warnings],
            "held": ["quiet_hours"],
            "accepted": ["quiet_hours"],
            "approval_reason": "She asked for it",
            "reason": "",
            "claimed_at": sandbox.clock.now().isoformat(),
            "attempts": 1,
            "lofty_message_id": sandbox.sent[0].message_id,
            "lofty_destination": "+13035550101",
            "evidence": f"answer:{sent.id}",
            "steps": None,
        }
        assert await desk.events(sent) == ["drafted", "approved", "sending", "sent"]


async def test_the_export_reads_as_json_lines_and_as_harmless_csv(tmp_path: Path) -> None:
    """D51"""
    async with office(busy_sandbox(), tmp_path) as desk:
        for body in ("=HYPERLINK(1)", "+1", "-2 rooms", "@home", "plain, with a comma"):
            await desk.text(body)
        records = await desk.outbox.audit_export()
        assert [json.loads(line)["body"] for line in export.json_lines(records).splitlines()] == [
            "=HYPERLINK(1)",
            "+1",
            "-2 rooms",
            "@home",
            "plain, with a comma",
        ]
        rows = list(csv.DictReader(io.StringIO(export.csv_text(records))))
        assert [row["body"] for row in rows] == ["'=HYPERLINK(1)", "'+1", "'-2 rooms", "'@home", "plain, with a comma"]
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
        assert rows[0]["destination"] == "'+13035550101"


async def test_words_are_forgotten_after_their_time_and_the_chain_still_holds(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, keep_words=timedelta(days=30)) as desk:
        secret = "The spare key is under the third stone."
        sent = await desk.yes(await desk.text(secret))
        sandbox.clock.advance(29 * 86400)
        waiting = await desk.text("Still to be decided.")
        await desk.outbox.tick()
        assert (await desk.outbox.get(sent.id)).words.body == secret
        sandbox.clock.advance(2 * 86400)
        await desk.outbox.tick()
        await desk.outbox.tick()
        kept = await desk.outbox.get(sent.id)
        assert (kept.words.body, kept.question, kept.words.lead_name, kept.digest) == ("", "", "", sent.digest)
        assert (kept.words.destination, kept.evidence) == ("+13035550101", sent.evidence)
        assert (await desk.outbox.get(waiting.id)).words.body == "Still to be decided."
        assert (await desk.events(sent)).count("words_forgotten") == 1
        assert await desk.outbox.audit_verify() is None
        with pytest.raises(Exception, match="still kept"):
            await desk.outbox.again(sent.id, by=Approver.PAGE, reason="again")
    held = b"".join([await path.read_bytes() async for path in anyio.Path(tmp_path).glob(f"{FILE}*")])
    assert b"spare key" not in held


async def test_the_audit_holds_no_words(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.yes(await desk.text())
    db = sqlite3.connect(tmp_path / FILE)
    rows = db.execute("SELECT detail FROM audit").fetchall()
    db.close()
    assert rows
    assert not any(word in row[0] for row in rows for word in ("Thursday", "Jane", "Hollis"))
