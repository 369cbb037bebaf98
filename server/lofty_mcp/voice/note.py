"""`lofty-mcp note`: a memo's words, and a note of them once they were read and agreed to at a terminal."""

import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from lofty_crm.api.credentials import CredentialSource
from lofty_crm.api.models import Lead
from lofty_crm.api.payloads import NOTE_LENGTH
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings
from lofty_mcp.stderr import CommandError
from lofty_mcp.voice.engines import Engine
from lofty_mcp.voice.folder import engine
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.transcribing import transcribe
from lofty_tools.deps import Deps
from lofty_tools.dictation import Dictated, hints, stamp
from lofty_tools.failures import Refusal
from lofty_tools.notes import written_note
from lofty_tools.rendering import clock_time
from lofty_tools.untrusted import one_line
from lofty_tools.writing import units


async def note(settings: Settings, credential: CredentialSource | None, *, memo: Path, name: str) -> int:
    """Print a memo's words; with a lead's name, offer to keep them as a note.

    Raises:
        CommandError: the memo gives no words, the name does not fit one lead alone, or no person is there to agree.
    """
    console = Console(highlight=False)
    async with open_deps(settings, credential, join_sandbox=True) as given:
        lead = await lead_named(given, name) if name else None
        by = engine(settings)
        said = await _heard(memo, by, await hints(given.lofty, lead) if by.takes_hints else [])
        text = worded(said, given)
        console.print(escape(text))
        if said.rough:
            console.print(f"[dim]Heard by {said.engine}, which mishears a lot: check every word.[/dim]")
        if lead is None:
            return 0
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise CommandError("a note is kept only after a yes at a terminal; nothing was written")
        question = f"Keep this as a note on {escape(one_line(lead.name))}, lead {lead.id}? \\[y/N] "
        kept = await keep(given, lead, text, lambda: console.input(question).strip().casefold() in {"y", "yes"})
    console.print("Written." if kept else "Nothing was written.")
    return 0


async def lead_named(given: Deps, name: str) -> Lead:
    """Return the one lead whom a name fits.

    Raises:
        CommandError: none or several do.
    """
    found, _ = await given.lofty.leads(name, limit=5)
    if len(found) != 1:
        who = "; ".join(f"{one_line(each.name)} ({each.id})" for each in found)
        raise CommandError(f"several leads fit: {who}" if found else "no lead fits that name")
    return found[0]


def worded(said: Dictated, given: Deps) -> str:
    """Return the note's text: that it was dictated and when, then the words."""
    when = clock_time(said.recorded_at, now=given.clock.now(), zone=given.zone)
    return f"{stamp(when)}\n{said.words}"


async def keep(given: Deps, lead: Lead, text: str, agreed: Callable[[], bool]) -> bool:
    """Write the note if the person agrees; return whether they did.

    Raises:
        CommandError: it is longer than Lofty keeps, or it is not known whether it was written.
    """
    if (length := units(text)) > NOTE_LENGTH:
        raise CommandError(f"the memo has {length:,} characters, but a note keeps {NOTE_LENGTH:,}; nothing was written")
    if not agreed():
        return False
    try:
        await written_note(given.lofty, given.clock, lead.id, content=text, pinned=False)
    except Refusal as error:
        raise CommandError(str(error)) from None
    return True


async def _heard(memo: Path, by: Engine, names: list[str]) -> Dictated:
    with Progress(console=Console(stderr=True), transient=True) as shown:
        bar = shown.add_task("Listening", total=None)

        async def heard(seconds: float, of: float) -> None:
            shown.update(bar, completed=seconds, total=of)

        try:
            return await transcribe(memo, by, hints=names, heard=heard)
        except MemoError as error:
            raise CommandError(str(error)) from None
