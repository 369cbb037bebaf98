"""What a prompt brings along: the readings that it would begin with, as embedded resources."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

import anyio
from mcp.server.mcpserver import Context
from mcp.types import EmbeddedResource, TextResourceContents

from lofty_crm.api.errors import LoftyError
from lofty_tools.calls import get_call_transcript, list_calls
from lofty_tools.deps import deps
from lofty_tools.failures import Refusal
from lofty_tools.inbox import list_replies
from lofty_tools.leads import get_lead, id_in, leads_like
from lofty_tools.notes import list_notes
from lofty_tools.timeline import get_timeline
from lofty_tools.tool import Result

PATIENCE_S = 20.0
"""How long a prompt waits for what it brings along; without it, its words say what to read."""
_LONGEST = 120
_CALL_ID = re.compile(r"\bcall_id ([A-Za-z0-9_-]+)\b")
_LATEST = re.compile(r"|(the )?(last|latest|newest|most recent)( one| call)?\.?", re.IGNORECASE)

Reading = Callable[[], Awaitable[Result]]


async def attached(
    names: Collection[str], arguments: Mapping[str, str], ctx: Context[Any, Any]
) -> list[EmbeddedResource]:
    """Return the readings of these names that the arguments identify and that could be read, in this order.

    Args:
        names: some of `lead`, `timeline`, `notes`, `transcript` and `inbox`.
        arguments: what the person gave; `lead` identifies one by its id, or by words that fit one lead alone.
        ctx: the request.
    """
    found: dict[str, EmbeddedResource] = {}
    with anyio.move_on_after(PATIENCE_S):
        readings = await _readings(names, arguments, ctx)
        async with anyio.create_task_group() as group:
            for uri, reading in readings.items():
                group.start_soon(_attach, uri, reading, found)
        return [found[uri] for uri in readings if uri in found]
    return list(found.values())


async def _attach(uri: str, reading: Reading, found: dict[str, EmbeddedResource]) -> None:
    try:
        result = await reading()
    except (LoftyError, Refusal):
        return
    contents = TextResourceContents(uri=uri, mime_type="text/plain", text=result.text())
    found[uri] = EmbeddedResource(type="resource", resource=contents)


async def _readings(names: Collection[str], arguments: Mapping[str, str], ctx: Context[Any, Any]) -> dict[str, Reading]:
    """Return how to read each, by the address that it has as a resource."""
    readings: dict[str, Reading] = {}
    if "inbox" in names and not arguments.get("since", "").strip():
        readings["lofty://inbox"] = partial(list_replies.fn, ctx=ctx)
    lead_id = await _lead(arguments.get("lead", "").strip(), ctx)
    if lead_id is None:
        return readings
    lead = f"lofty://leads/{lead_id}"
    for name, uri, spec in (
        ("lead", lead, get_lead),
        ("timeline", f"{lead}/timeline", get_timeline),
        ("notes", f"{lead}/notes", list_notes),
    ):
        if name in names:
            readings[uri] = partial(spec.fn, ctx=ctx, lead_id=lead_id)
    if "transcript" in names:
        call_id = await _call(arguments.get("call", "").strip(), lead_id, ctx)
        if call_id:
            reading = partial(get_call_transcript.fn, ctx=ctx, lead_id=lead_id, call_id=call_id)
            readings[f"{lead}/calls/{call_id}/transcript"] = reading
    return readings


async def _lead(words: str, ctx: Context[Any, Any]) -> str | None:
    """Return the one lead that is meant; None when that is not sure."""
    if not words:
        return None
    known = id_in(words)
    if known or len(words) > _LONGEST:
        return known
    try:
        leads, total = await leads_like(deps(ctx), words, limit=2)
    except LoftyError:
        return None
    return leads[0].id if total == len(leads) == 1 else None


async def _call(words: str, lead_id: str, ctx: Context[Any, Any]) -> str | None:
    """Return the call that is meant: named by its id, or the latest that may have a transcript."""
    named = _CALL_ID.search(words)
    if named:
        return named[1]
    if not _LATEST.fullmatch(words):
        return None
    try:
        listed: Any = await list_calls.fn(ctx=ctx, lead_id=lead_id, limit=100)
    except LoftyError:
        return None
    return next((row.call_id for row in listed.calls if row.transcript != "no"), None)
