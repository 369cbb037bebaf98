"""The record of what was approved and sent: whether it still holds, what it says, and the notes it has kept."""

import sys
from pathlib import Path

import anyio

from lofty_crm.api.credentials import CredentialSource
from lofty_mcp.console.visible import visible
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings
from lofty_mcp.stderr import CommandError, say


async def verify(settings: Settings, credential: CredentialSource | None) -> int:
    """Check the whole chain, and the copy of its end that is kept beside it."""
    async with open_deps(settings, credential, join_sandbox=True) as deps:
        wrong = await deps.outbox.audit_verify()
        await deps.outbox.close()
    if wrong:
        say(f"the record does not hold: {wrong}")
        return 1
    sys.stdout.write("The record holds: no step was changed, removed or added afterwards.\n")
    return 0


async def export(settings: Settings, credential: CredentialSource | None, *, style: str, out: Path | None) -> int:
    """Write the record of every message and of every stop, as JSON Lines or as CSV, to a new file or to stdout."""
    from lofty_crm.outbox.export import csv_text, json_lines  # noqa: PLC0415 -- brings SQLAlchemy, see `Outbox`

    async with open_deps(settings, credential, join_sandbox=True) as deps:
        records = await deps.outbox.audit_export()
        await deps.outbox.close()
    text = csv_text(records) if style == "csv" else json_lines(records)
    if out is None:
        sys.stdout.write(text)
        return 0
    try:
        async with await anyio.open_file(out, "x", encoding="utf-8", newline="") as file:
            await file.write(text)
    except OSError as error:
        raise CommandError(f"{out} cannot be written as a new file ({error.strerror})") from None
    say(f"{len(records)} records written to {out}")
    return 0


async def show_note(settings: Settings, credential: CredentialSource | None, *, note_id: str) -> int:
    """Print what a note said before each change, and before it was deleted, oldest first."""
    async with open_deps(settings, credential, join_sandbox=True) as deps:
        texts = await deps.outbox.kept_notes(note_id)
        await deps.outbox.close()
    if not texts:
        raise CommandError(f"no text is kept of a note {note_id}: this server has neither changed nor deleted it here")
    for number, text in enumerate(texts, start=1):
        sys.stdout.write(f"Text {number} of {len(texts)} kept of note {note_id}:\n\n{visible(text)}\n\n")
    return 0
