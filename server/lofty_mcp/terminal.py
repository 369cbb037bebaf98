"""Saying yes or no at a terminal: what waits, shown in full, and a question that only a person's keyboard answers."""

import sys
import textwrap
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from lofty_crm.api.credentials import CredentialSource
from lofty_crm.outbox.message import Approver, Kind, Message, UnknownMessageError
from lofty_crm.outbox.outbox import Outbox
from lofty_crm.outbox.states import WAITING, State
from lofty_mcp.console.visible import visible
from lofty_mcp.invocation import typed_for
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings
from lofty_tools.receipts import describe, state_of

OK, FAILED, USAGE = 0, 1, 2
WIDTH = 84


async def show_outbox(settings: Settings, credential: CredentialSource | None, *, everything: bool = False) -> int:
    """Print what waits for a person, or with `everything` the newest 100 messages."""
    console = Console()
    async with _outbox(settings, credential) as outbox:
        messages = await outbox.listing(() if everything else WAITING, limit=100)
    if not messages:
        console.print("Nothing is waiting." if not everything else "The outbox is empty.")
        return OK
    table = Table("message", "state", "to", "words", box=None, pad_edge=False)
    for column in table.columns[:2]:
        column.no_wrap, column.overflow = True, "fold"
    for message in messages:
        words = " ".join(message.words.body.split())
        table.add_row(
            message.id,
            state_of(message),
            escape(visible(f"{message.words.lead_name} {message.words.destination}")),
            escape(visible(words if len(words) <= 60 else f"{words[:59]}…")),
        )
    console.print(table)
    if not everything:
        for what in ("approve", "reject"):
            said = f"{what.capitalize()} with: {typed_for(settings, what)} MESSAGE"
            console.print(said, soft_wrap=True, highlight=False)
    return OK


async def approve(settings: Settings, credential: CredentialSource | None, message_id: str | None = None) -> int:
    """Show one message, or each that waits in turn, and take a yes or a no from the keyboard."""
    if not _is_a_person():
        return USAGE
    console = Console()
    async with _outbox(settings, credential) as outbox:
        try:
            waiting = [await outbox.get(message_id)] if message_id else await outbox.listing({State.PENDING})
        except UnknownMessageError:
            console.print(f"There is no message {message_id} here. `{typed_for(settings, 'outbox')}` lists what waits.")
            return FAILED
        if not waiting:
            console.print("Nothing is waiting.")
        for message in reversed(waiting):
            await _decide(console, outbox, message, settings.zone)
    return OK


async def reject(settings: Settings, credential: CredentialSource | None, message_id: str) -> int:
    """Take a person's no."""
    if not _is_a_person():
        return USAGE
    console = Console()
    async with _outbox(settings, credential) as outbox:
        try:
            message = await outbox.get(message_id)
        except UnknownMessageError:
            console.print(f"There is no message {message_id} here. `{typed_for(settings, 'outbox')}` lists what waits.")
            return FAILED
        if message.state is State.PENDING:
            message = await outbox.reject(message, by=Approver.TERMINAL)
    console.print(escape(describe(message, settings.zone)))
    return OK if message.state is State.REJECTED else FAILED


async def stop(settings: Settings, credential: CredentialSource | None) -> int:
    """Stop all sending; nobody has to be a person for that."""
    async with _outbox(settings, credential) as outbox:
        await outbox.stop(by=Approver.TERMINAL)
    again = typed_for(settings, "resume")
    said = f"All sending is stopped. `{again}` ends that; what was approved before needs a new yes."
    Console().print(said, soft_wrap=True, highlight=False)  # a command that is cut in two cannot be copied
    return OK


async def resume(settings: Settings, credential: CredentialSource | None) -> int:
    """Let messages be approved and sent again."""
    if not _is_a_person():
        return USAGE
    async with _outbox(settings, credential) as outbox:
        await outbox.resume(by=Approver.TERMINAL)
    Console().print("Messages can be approved and sent again. What was approved before the stop still needs a new yes.")
    return OK


async def _decide(console: Console, outbox: Outbox, message: Message, zone: ZoneInfo) -> None:
    if message.state is not State.PENDING:
        console.print(escape(describe(message, zone)))
        return
    shown = "\n".join(_wrapped(message.question))
    console.print(Panel(escape(shown), title=f"message {message.id}", title_align="left", width=WIDTH + 4))
    if message.held:
        console.print("[bold]Held:[/bold] a yes needs your reason.")
    verb, done = ("Delete", "deleted") if message.words.kind is Kind.NOTE_DELETION else ("Send", "sent")
    answer = console.input(f"{verb} exactly this? \\[y]es, \\[n]o, or Enter to decide later: ").strip().casefold()
    if answer in {"y", "yes"}:
        reason = console.input("Why is it right all the same? ").strip() if message.held else ""
        if message.held and not reason:
            console.print(f"Without a reason nothing is {done}; it still waits.")
            return
        console.print(escape(describe(await outbox.approve(message, by=Approver.TERMINAL, reason=reason), zone)))
    elif answer in {"n", "no"}:
        console.print(escape(describe(await outbox.reject(message, by=Approver.TERMINAL), zone)))
    else:
        console.print(f"It still waits; nothing was {done}.")


def _wrapped(question: str) -> list[str]:
    """Return a question in lines that fit, each part of a quoted line behind its mark."""
    rows: list[str] = []
    for line in visible(question).split("\n"):
        mark = "> " if line.startswith("> ") else ""
        rows += [mark + part for part in textwrap.wrap(line.removeprefix(mark), WIDTH - len(mark))] or [mark]
    return rows


def _is_a_person() -> bool:
    """Return whether a keyboard and a screen are there, and say so when they are not."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return True
    sys.stderr.write(
        "lofty-mcp: a person has to answer this at a terminal; a pipe, a file or a flag cannot. Nothing was sent.\n"
    )
    return False


@asynccontextmanager
async def _outbox(settings: Settings, credential: CredentialSource | None) -> AsyncGenerator[Outbox]:
    async with open_deps(settings, credential, join_sandbox=True) as deps:
        try:
            yield deps.outbox
        finally:
            await deps.outbox.close()
