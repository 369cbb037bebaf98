"""The record as somebody else reads it: by its own arithmetic, in a spreadsheet, and where a disk does not help."""

import csv
import hashlib
import io
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lofty_crm.outbox import export
from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_crm.policy.review import POLICY_VERSION
from tests.crm.outbox.office import JANE, SMS, busy_sandbox, office

pytestmark = pytest.mark.anyio

GENESIS = "0" * 64


def compact(value: object) -> str:
    """JSON as the chain is computed over it."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


async def test_anybody_can_compute_the_chain_from_the_rows(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        sent = await desk.yes(await desk.text())
        again = await desk.outbox.again(sent.id, by=Approver.PAGE, reason="Señora Hollis asked once more")
        await desk.outbox.reject(again, by=Approver.TERMINAL)
    with closing(sqlite3.connect(tmp_path / JOURNAL)) as database:
        database.row_factory = sqlite3.Row
        rows: list[Any] = database.execute("SELECT * FROM audit ORDER BY seq").fetchall()
    previous = GENESIS
    for seq, row in enumerate(rows, start=1):
        assert (row["seq"], row["previous"]) == (seq, previous)
        assert row["detail"] == compact(dict(sorted(json.loads(row["detail"]).items())))
        fields = [seq, row["at"], row["account"], row["message_id"], row["event"], row["detail"], previous]
        previous = hashlib.sha256(compact(fields).encode()).hexdigest()
        assert row["hash"] == previous
    assert "Se\\u00f1ora" in "".join(row["detail"] for row in rows)
    assert json.loads((tmp_path / f"{JOURNAL}.head").read_bytes()) == {"seq": len(rows), "hash": previous}


async def test_one_row_cut_from_the_end_is_missed(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.yes(await desk.text())
        with closing(sqlite3.connect(tmp_path / JOURNAL, isolation_level=None)) as database:
            database.execute("DROP TRIGGER audit_no_delete")
            database.execute("DELETE FROM audit WHERE seq = 4")
        assert await desk.outbox.audit_verify() == (
            "rows 4 to 4 are missing from the end: the file was cut or replaced by an older copy"
        )


async def test_a_copy_of_the_end_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / f"{JOURNAL}.head").mkdir()
    async with office(busy_sandbox(), tmp_path) as desk:
        assert (await desk.yes(await desk.text())).state is State.SENT
        assert await desk.outbox.audit_verify() is None


async def test_what_has_not_happened_is_empty_in_the_record(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        waiting = await desk.text()
        rejected = await desk.outbox.reject(await desk.text("No, thank you."), by=Approver.PAGE)
        records = {record["message_id"]: record for record in await desk.outbox.audit_export()}
        unset = ("shown_sha256", "approved_at", "approved_by", "policy", "approval_reason", "reason", "claimed_at")
        unset += ("lofty_message_id", "lofty_destination", "evidence")
        for message in (waiting, rejected):
            assert {name: records[message.id][name] for name in unset} == dict.fromkeys(unset, "")


async def test_the_record_tells_the_yes_and_not_how_it_ended(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, undo=timedelta(seconds=10)) as desk:
        shown = await desk.text()
        message = await desk.outbox.cancel((await desk.yes(shown)).id, by=Approver.PAGE)
        (record,) = await desk.outbox.audit_export()
        assert (record["state"], record["policy"], record["approved_by"]) == ("cancelled", POLICY_VERSION, "terminal")
        assert record["shown_sha256"] == hashlib.sha256(message.question.encode()).hexdigest()


async def test_words_that_were_forgotten_have_no_digest_of_their_bytes(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, keep_words=timedelta(days=1)) as desk:
        await desk.yes(await desk.text())
        desk.sandbox.clock.advance(2 * 86400)
        await desk.outbox.tick()
        (record,) = await desk.outbox.audit_export()
        assert (record["payload_sha256"], record["body"], record["shown"]) == ("", "", "")


async def test_the_record_is_readable_in_any_script_and_no_cell_of_it_acts(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        for body in (" =1+1", "\uff1d1+1", "Señora", "\ta"):
            await desk.text(body)
        desk.sandbox.fail("POST", SMS, "reset_before")
        await desk.yes(await desk.text("日曜日に会いましょう"))
        records = await desk.outbox.audit_export()
    lines = export.json_lines(records)
    assert "日曜日に会いましょう" in lines
    assert [json.loads(line)["lead_id"] for line in lines.splitlines()] == [JANE] * 5
    rows = list(csv.DictReader(io.StringIO(export.csv_text(records))))
    assert [row["body"] for row in rows[:4]] == ["' =1+1", "'\uff1d1+1", "Señora", "'\ta"]
    for row, record in zip(rows, records, strict=True):
        assert json.loads(row["warnings"]) == record["warnings"]
        assert json.loads(row["steps"]) == record["steps"]
    assert "no answer that proves anything" in rows[4]["steps"]
