"""Writes docs/outputs.md: what each tool answers, from one run on the invented CRM (`--write` renews it)."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.types import TextContent

from lofty_sandbox.sandbox import Sandbox
from tests.evals.assistant import THINKING_S, Record
from tests.evals.office import opened
from tests.evals.people import BEN, GRACE, HUGO, JANE, MARCUS, PRIYA
from tests.evals.tasks.sending import tell_her_three_works

PAGE = Path(__file__).parent.parent / "docs" / "outputs.md"
HEAD = """# What the tools answer

The text that a model reads, one real example of each tool, from one run on the invented CRM of `lofty-mcp sandbox` on
the afternoon of Tuesday, November 17, 2026; the agent is in New York. Programs get the same as typed fields. This page
is written by `python -m tests.outputs --write`, and a test compares it. Only ids of messages differ from run to run;
here they read `m-00000000`.
"""
NOTE = "480213577300103"
CALL = "480213577200103"
TEXT = "Hi Jane, three works on Thursday."

CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("find_leads", "", {"query": "Jon Smith"}),
    ("get_lead", "", {"lead_id": JANE}),
    ("get_timeline", "", {"lead_id": JANE, "limit": 6}),
    ("send_sms", "a person said yes in the chat", {"lead_id": JANE, "body": TEXT}),
    ("send_sms", "a lead who wrote STOP", {"lead_id": PRIYA, "body": "Hi Priya, there is a new listing."}),
    ("send_sms", "a person said no", {"lead_id": BEN, "body": "Hi Ben, welcome!"}),
    ("send_email", "held: a person decides outside the chat", {"lead_id": PRIYA, "subject": "Lease", "body": "Hello."}),
    ("list_messages", "", {"state": "all"}),
    ("get_message", "", {"message_id": "the first"}),
    ("cancel_message", "too late", {"message_id": "the first"}),
    ("list_notes", "", {"lead_id": JANE, "limit": 2}),
    ("create_note", "", {"lead_id": JANE, "content": "Her dad comes along on Thursday."}),
    ("update_note", "", {"lead_id": JANE, "note_id": NOTE, "content": "Ivanhoe: she loves it. Quote was $19.5k."}),
    ("delete_note", "a person said no", {"lead_id": JANE, "note_id": NOTE}),
    (
        "log_call",
        "",
        {
            "lead_id": JANE,
            "direction": "outbound",
            "summary": "Confirmed Thursday.",
            "outcome": "Talked",
            "started_at": "2026-11-17T13:30:00-05:00",
            "duration_s": 300,
        },
    ),
    ("log_message", "", {"lead_id": HUGO, "channel": "sms", "direction": "inbound", "content": "Saturday works."}),
    ("list_calls", "", {"lead_id": JANE}),
    ("get_call_transcript", "words in one call", {"lead_id": JANE, "call_id": CALL, "search": "parking"}),
    ("get_call_transcript", "words in any call", {"lead_id": MARCUS, "search": "oil tank"}),
    ("get_call_transcript", "not there yet", {"lead_id": GRACE, "call_id": "480213577201501"}),
    ("create_transcript", "a call that nobody recorded", {"lead_id": GRACE, "call_id": "480213577201504"}),
    ("transcribe_memo", "where a folder of memos is named", {"file": "grace.m4a"}),
    ("list_replies", "", {"limit": 3}),
    (
        "create_task",
        "",
        {"lead_id": JANE, "content": "Ask for the roof quote", "due_at": "2026-11-18T09:00:00-05:00", "kind": "call"},
    ),
)


async def rendered() -> str:
    """Make all calls, and return the page."""
    sandbox, record = Sandbox(frozen=True, rate_limit=5_000), Record()
    parts = [HEAD]
    async with opened(sandbox, tell_her_three_works, record) as (client, _):
        first = ""
        for tool, when, arguments in CALLS:
            given = {name: first if value == "the first" else value for name, value in arguments.items()}
            text = await _text(client, tool, given)
            sandbox.clock.advance(THINKING_S)
            found = re.search(r"message_id (m-\w+)", text)
            first = first or (found[1] if found else "")
            shown = json.dumps(given, ensure_ascii=False)
            heading = f"## `{tool}`{f': {when}' if when else ''}"
            parts.append(f"{heading}\n\n`{shown}`\n\n```text\n{text}\n```\n")
    return re.sub(r"\bm-[0-9a-z]{8}\b", "m-00000000", "\n".join(parts))


async def _text(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool, arguments)
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        PAGE.write_text(anyio.run(rendered), encoding="utf-8")


if __name__ == "__main__":
    main()
