"""`lofty-mcp audit`: the record can be checked and read by whoever has to answer for it."""

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lofty_crm.outbox.desk import JOURNAL
from tests.server.test_end_to_end import JANE, WORDS, Person, connected, environment

pytestmark = pytest.mark.anyio


def command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lofty_mcp", "audit", *arguments],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_record_of_a_send_holds_until_somebody_changes_it(tmp_path: Path) -> None:
    """D92"""
    async with connected("stdio", "auto", tmp_path, Person(True)) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        sound = command(tmp_path, "verify", "--sandbox")
        assert (sound.returncode, sound.stderr) == (0, "")
        exported = command(tmp_path, "export", "--sandbox")
        (line,) = exported.stdout.splitlines()
        record = json.loads(line)
        assert record["approved_by"] == "chat"
        assert record["destination"] == "+13035550101"
        assert record["body"] == WORDS
        assert f"> {WORDS}" in record["shown"]
        table = tmp_path / "sent.csv"
        assert command(tmp_path, "export", "--sandbox", "--format", "csv", "--out", str(table)).returncode == 0
        with table.open(encoding="utf-8", newline="") as file:
            assert [row["body"] for row in csv.DictReader(file)] == [WORDS]
        again = command(tmp_path, "export", "--sandbox", "--out", str(table))
        assert again.returncode == 1
        assert "cannot be written as a new file" in again.stderr
        (journal,) = (tmp_path / "sandbox").glob(f"run-*/{JOURNAL}")
        with closing(sqlite3.connect(journal, isolation_level=None)) as database:
            database.execute("DROP TRIGGER audit_no_update")
            database.execute("UPDATE audit SET detail = replace(detail, 'chat', 'host') WHERE event = 'approved'")
        broken = command(tmp_path, "verify", "--sandbox")
        assert broken.returncode == 1
        assert broken.stderr.startswith("lofty-mcp: the record does not hold: row ")


async def test_what_a_note_said_before_is_printed_with_nothing_in_it_that_acts(tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, Person(True)) as client:
        notes = (await client.call_tool("list_notes", {"lead_id": JANE})).structured_content
        assert notes
        note = notes["notes"][0]
        for text in ("Second\x1b[2J", "Third"):
            await client.call_tool("update_note", {"lead_id": JANE, "note_id": note["note_id"], "content": text})
        shown = command(tmp_path, "note", note["note_id"], "--sandbox")
        none = command(tmp_path, "note", "480213577399999", "--sandbox")
    first, second = shown.stdout.split("Text 2 of 2 kept of note ")
    assert note["content"] in first
    assert "Second" in second
    assert "\x1b" not in shown.stdout
    assert (none.returncode, none.stdout) == (1, "")
    assert "no text is kept of a note 480213577399999" in none.stderr
