"""Answers of any size leave the server small, and the model a page that says how to read on."""

import json
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from lofty_sandbox.records import Note, Text
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from lofty_sandbox.world import timeline_id
from tests.crm.outbox.office import JANE, busy_sandbox
from tests.server.over_http import Served, client, served

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the size of a process from /proc"),
]

MEGABYTE = 1_000_000


@dataclass
class Far:
    """A real server on a sandbox with a lot in it, and its size."""

    client: Client
    server: Served

    @property
    def megabytes(self) -> int:
        """The most memory that the server has held since it started."""
        status = Path(f"/proc/{self.server.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) // 1000

    async def ask(self, tool: str, **arguments: Any) -> tuple[dict[str, Any], str]:
        """Call a tool; return its fields and its text."""
        result = await self.client.call_tool(tool, {"lead_id": JANE, **arguments})
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content, getattr(result.content[0], "text", "")


@asynccontextmanager
async def far(sandbox: Sandbox, folder: Path) -> AsyncGenerator[Far]:
    """Serve the sandbox over a socket, and our server on it."""
    async with (
        serve(sandbox) as url,
        served(folder, LOFTY_BASE_URL=url, LOFTY_API_KEY="sandbox-api-key") as server,
        client(server.url) as connected,
    ):
        yield Far(connected, server)


async def test_a_transcript_of_forty_megabytes_is_read_by_the_page(tmp_path: Path) -> None:
    """D49"""
    sandbox = busy_sandbox()
    calls = sandbox.world.data.calls[int(JANE)]
    call = next(call for call in calls if call.call_id in sandbox.world.data.summaries)
    turns = "".join(f"Jane: This is turn {number} of a very long talk.\n" for number in range(900_000))
    assert len(turns) > 40 * MEGABYTE
    summary = sandbox.world.data.summaries[call.call_id]
    sandbox.world.data.summaries[call.call_id] = replace(summary, text=turns)
    async with far(sandbox, tmp_path) as it:
        before = it.megabytes
        fields, text = await it.ask("get_call_transcript", call_id=str(call.call_id))
        assert "turn 0 of a very long talk" in text
        assert len(text) < 20_000
        assert len(json.dumps(fields)) < 40_000
        assert fields["next_cursor"] in text
        assert "left out" in text or "not read" in text
        _, further = await it.ask("get_call_transcript", call_id=str(call.call_id), cursor=fields["next_cursor"])
        assert "turn 0 of" not in further
        assert it.megabytes - before < 400


async def test_a_timeline_of_two_hundred_thousand_rows_is_read_by_the_page(tmp_path: Path) -> None:
    """D49"""
    sandbox = busy_sandbox()
    now = sandbox.clock.now()
    sandbox.world.data.texts[int(JANE)] = [
        Text(
            timeline_id=timeline_id(at, number),
            lead_id=int(JANE),
            at=at,
            visible_at=at,
            direction="Inbound",
            kind="Manual",
            content=f"Text number {number}.",
        )
        for number in range(200_000)
        for at in [now - timedelta(minutes=200_000 - number)]
    ]
    async with far(sandbox, tmp_path) as it:
        before = it.megabytes
        fields, text = await it.ask("get_timeline", limit=20)
        assert "Text number 199999." in text
        assert len(fields["entries"]) == 20
        assert len(text) < 8_000
        _, further = await it.ask("get_timeline", limit=20, cursor=fields["next_cursor"])
        assert "Text number 199999." not in further
        assert it.megabytes - before < 200


async def test_a_note_of_ten_megabytes_is_cut_and_the_cut_is_said(tmp_path: Path) -> None:
    """D49"""
    sandbox = busy_sandbox()
    now = sandbox.clock.now()
    note = Note(
        note_id=480213577399999,
        timeline_id=timeline_id(now, 1),
        lead_id=int(JANE),
        content="She wants a garden. " * 500_000,
        pinned=False,
        system=False,
        created_at=now,
        edited_at=now,
        visible_at=now,
    )
    sandbox.world.data.notes[note.note_id] = note
    async with far(sandbox, tmp_path) as it:
        before = it.megabytes
        for tool in ("list_notes", "get_timeline"):
            fields, text = await it.ask(tool)
            assert "She wants a garden." in text
            assert re.search(r"9,99\d,\d{3} (more )?characters", text)
            assert len(text) < 20_000
            assert len(json.dumps(fields)) < 40_000
        assert it.megabytes - before < 200
