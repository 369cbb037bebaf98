"""The tour: a real MCP client, the real server in a process of its own, and an invented CRM."""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
from mcp import Client, MCPError, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, ErrorData, TextContent
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from lofty_mcp.clients import CLIENTS
from lofty_mcp.invocation import typed
from lofty_mcp.sandboxed import running

LEAD = "Jane Hollis"
WORDS = "Hi Jane, three o'clock on Thursday works. See you at the house!"
SHOWN_LINES = 16
HISTORY_LAG_S = 8
OURS = {"LOFTY_API_KEY": "", "LOFTY_ACCESS_TOKEN": "", "LOFTY_MCP_TIME_ZONE": "America/New_York"}
"""The invented agent has no key and works in New York."""


class TourError(Exception):
    """A step of the tour failed; its text is the tool's name."""


@dataclass
class Tour:
    """The tour's screen, and how its questions are answered."""

    console: Console
    client: Client | None = None
    scripted: list[bool] | None = None
    """Answers to give where no person can; None where one can."""

    async def confirm(
        self,
        context: ClientRequestContext,  # noqa: ARG002 -- the SDK's signature
        params: ElicitRequestParams,
    ) -> ElicitResult | ErrorData:
        """Show the server's question, as any MCP client would, and answer it."""
        self.console.print(Padding(Panel(escape(params.message), title="the server asks you", width=84), (0, 2)))
        if self.scripted is None:
            said = await anyio.to_thread.run_sync(self.console.input, "  Send it? \\[y/N] ")
            yes = said.strip().casefold() in {"y", "yes"}
        else:
            yes = self.scripted.pop(0)
            self.console.print(f"  [bold]scripted answer: {'yes' if yes else 'no'}[/bold] (no terminal to ask at)")
        return ElicitResult(action="accept", content={"confirm": True}) if yes else ElicitResult(action="decline")

    def says(self, words: str) -> None:
        """Print what the agent asks the assistant."""
        self.console.print()
        self.console.print(Rule(style="dim"))
        self.console.print(Text(f"You: {words}", style="bold cyan"))

    async def call(self, tool: str, *, lines: int = SHOWN_LINES, **arguments: Any) -> dict[str, Any]:
        """Call a tool, and show the call and the start of its answer."""
        assert self.client is not None  # noqa: S101 -- set before the first step
        shown = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
        self.console.print(Text(f"  -> {tool}({shown})", style="magenta"))
        result = await self.client.call_tool(tool, arguments)
        self.console.print(Padding(Text(_clip(_text(result), lines)), (0, 5)))
        if result.is_error:
            raise TourError(tool)
        return result.structured_content or {}


async def run() -> int:
    """Give the tour; return the exit status."""
    console = Console(width=min(Console().width, 110), highlight=False)
    person = sys.stdin.isatty() and sys.stdout.isatty()
    console.print(
        Panel(
            "This is a tour on an invented CRM. Everybody in it is made up, and nothing leaves this machine.\n"
            "What you see is real all the same: an MCP client talks to the server over stdio, the server talks HTTP to "
            "a stand-in for Lofty, and messages pass through the outbox on disk.",
            title="lofty-mcp",
            width=84,
        )
    )
    with tempfile.TemporaryDirectory(prefix="lofty-mcp-tour-", ignore_cleanup_errors=True) as folder:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "lofty_mcp", "serve", "--sandbox"],
            env={**os.environ, **OURS, "LOFTY_MCP_STATE_DIR": folder},
        )
        tour = Tour(console, scripted=None if person else [False, True])
        try:
            async with Client(server, elicitation_callback=tour.confirm) as client:
                tour.client = client
                await _walk(tour, person=person)
                return await _verdict(tour, Path(folder))
        except* TourError as failed:
            sys.stderr.write(f"lofty-mcp: the tour ended early: {failed.exceptions[0]} failed\n")
        except* MCPError:
            sys.stderr.write("lofty-mcp: the tour ended early: the server stopped; its words stand above\n")
    return 1


async def _walk(tour: Tour, *, person: bool) -> None:
    tour.says("Find Jane.")
    found = await tour.call("find_leads", query=LEAD)
    lead_id = found["leads"][0]["lead_id"]

    tour.says("What did she say last?")
    await tour.call("get_timeline", lead_id=lead_id, limit=5)

    tour.says("And what did we talk about on the phone?")
    calls = await tour.call("list_calls", lead_id=lead_id, limit=3)
    call_id = next(call["call_id"] for call in calls["calls"] if call.get("recorded"))
    await tour.call("get_call_transcript", lead_id=lead_id, call_id=call_id)

    tour.says("Note that she is pre-approved for 700 and wants the roof looked at.")
    await tour.call("create_note", lead_id=lead_id, content="Pre-approved for $700,000. Wants the roof inspected.")

    tour.says("Log that I rang her from my own phone just now, five minutes.")
    summary = "Rang from my own phone: confirmed that Thursday at three suits her."
    await tour.call(
        "log_call", lead_id=lead_id, direction="outbound", summary=summary, outcome="Talked", duration_s=300
    )

    tour.says("Text her that three works.")
    if not person:
        tour.console.print("  There is no terminal here to ask at: first pass, the answer is no.")
    first = await tour.call("send_sms", lead_id=lead_id, body=WORDS)
    if first["state"] == "rejected" and not person:
        tour.says("Text her that three works. (SECOND PASS: the same call, and this time the scripted answer is yes)")
        await tour.call("send_sms", lead_id=lead_id, body=WORDS)

    tour.says("Send it again. (An assistant that calls twice must not text twice.)")
    if first["state"] != "rejected" or not person:
        await tour.call("send_sms", lead_id=lead_id, body=WORDS)
    else:
        tour.console.print("  You said no, so there is nothing to repeat.")

    tour.says("So what went out?")
    await tour.call("list_messages", state="all")
    if (first["state"] != "rejected" or not person) and not await _is_shown(tour, lead_id):
        tour.console.print("  (Lofty's history does not show it yet.)")
    await tour.call("get_timeline", lead_id=lead_id, limit=4)


async def _is_shown(tour: Tour, lead_id: str) -> bool:
    """Wait, as a person would, until Lofty's history shows what was sent: it lags a few seconds behind."""
    assert tour.client is not None  # noqa: S101 -- the tour is under way
    for _ in range(HISTORY_LAG_S):
        result = await tour.client.call_tool("get_timeline", {"lead_id": lead_id, "limit": 4, "channels": ["sms"]})
        if WORDS in _text(result):
            return True
        await anyio.sleep(1)
    return False


async def _verdict(tour: Tour, folder: Path) -> int:
    there = await running(folder)
    async with httpx.AsyncClient(trust_env=False) as http:
        state = (await http.get(f"{there.base_url}/_sandbox/state")).json()
    sent = len(state["sent"])
    tour.console.print()
    tour.console.print(Rule(style="dim"))
    tour.console.print(f"The stand-in Lofty counts {sent} text{'' if sent == 1 else 's'} sent.")
    tour.console.print(
        f"Next: `{typed('install', 'CLIENT', '--sandbox')}` connects your assistant to such a CRM "
        f"({', '.join(client.name for client in CLIENTS)}); `{typed('--help')}` lists the rest."
    )
    return 0 if sent <= 1 else 1


def _text(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def _clip(text: str, lines: int) -> str:
    rows = text.splitlines()
    left = len(rows) - lines
    return "\n".join(rows[:lines] + ([f"... ({left} more lines)"] if left > 0 else []))
