"""What a host may attach to a conversation by its address: the same readings that the tools give."""

import re
from collections.abc import Collection
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from lofty_crm.api.errors import LoftyError, NotFoundError
from lofty_crm.api.ids import canonical_decimal, opaque_id
from lofty_tools.calls import get_call_transcript
from lofty_tools.failures import Refusal
from lofty_tools.inbox import list_replies
from lofty_tools.leads import get_lead
from lofty_tools.messages import read_message
from lofty_tools.notes import list_notes
from lofty_tools.timeline import get_timeline
from lofty_tools.tool import ToolSpec

INBOX = "lofty://inbox"

_FIRST_WORD = re.compile(r"\S*")
_MESSAGE = re.compile(r"lofty://messages/(m-[0-9a-z]{8})")
_TIMELINE = re.compile(r"lofty://leads/[0-9]+/timeline")
_asked: ContextVar[ServerRequestContext[Any, Any]] = ContextVar("asked")


def is_message(uri: str) -> bool:
    """Return whether this is the address of a message in the outbox."""
    return _MESSAGE.fullmatch(uri) is not None


def message_of(uri: str) -> str:
    """Return the id in the address of a message; empty for any other address."""
    found = _MESSAGE.fullmatch(uri)
    return found[1] if found else ""


def is_timeline(uri: str) -> bool:
    """Return whether this is the address of the timeline of a lead."""
    return _TIMELINE.fullmatch(uri) is not None


def timeline_of(lead_id: str) -> str:
    """Return the address of the timeline of a lead."""
    return f"lofty://leads/{lead_id}/timeline"


def register_resources(server: MCPServer[Any], *, toolsets: Collection[str] | None = None) -> None:
    """Offer the inbox, leads, their timelines, their notes, the transcripts of their calls, and messages.

    Args:
        server: takes the resources.
        toolsets: the toolsets that are on, whose readings alone are offered; None for all.
    """
    if toolsets is None or "inbox" in toolsets:
        server.middleware.append(_kept)
        server.resource(INBOX, title="Inbox", mime_type="text/plain")(inbox)
    for toolset, uri, read, title in (
        ("leads", "lofty://leads/{lead_id}", lead, "Lead"),
        ("timeline", "lofty://leads/{lead_id}/timeline", timeline, "Timeline of a lead"),
        ("notes", "lofty://leads/{lead_id}/notes", notes, "Notes on a lead"),
        ("calls", "lofty://leads/{lead_id}/calls/{call_id}/transcript", transcript, "Transcript of a call"),
        ("messages", "lofty://messages/{message_id}", read_message, "Message in the outbox"),
    ):
        if toolsets is not None and toolset not in toolsets:
            continue
        server.resource(uri, title=title, mime_type="text/plain")(read)


async def inbox() -> str:
    """Who waits for an answer: unanswered texts, emails and missed calls of 7 days."""
    return await _read(list_replies, Context(request_context=_asked.get()))


async def _kept(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Keep the request, which the SDK does not hand to a resource whose address has no parameter."""
    if ctx.method != "resources/read":
        return await call_next(ctx)
    token = _asked.set(ctx)
    try:
        return await call_next(ctx)
    finally:
        _asked.reset(token)


async def lead(lead_id: str, ctx: Context[Any, Any]) -> str:
    """Who a lead is, where and how they may be reached, and their local time."""
    return await _read(get_lead, ctx, lead_id=_lead_id(lead_id))


async def timeline(lead_id: str, ctx: Context[Any, Any]) -> str:
    """The latest texts, emails, calls and notes of a lead."""
    return await _read(get_timeline, ctx, lead_id=_lead_id(lead_id))


async def notes(lead_id: str, ctx: Context[Any, Any]) -> str:
    """The latest notes on a lead."""
    return await _read(list_notes, ctx, lead_id=_lead_id(lead_id))


async def transcript(lead_id: str, call_id: str, ctx: Context[Any, Any]) -> str:
    """The AI summary of a recorded call and the first page of its transcript."""
    try:
        known = opaque_id(_first_word(call_id))
    except ValueError:
        raise ResourceNotFoundError("A call's address holds its id, as `list_calls` gives it.") from None
    return await _read(get_call_transcript, ctx, lead_id=_lead_id(lead_id), call_id=known)


def _lead_id(text: str) -> str:
    try:
        return canonical_decimal(_first_word(text))
    except ValueError:
        raise ResourceNotFoundError("A lead's address holds its id, as `find_leads` gives it.") from None


def _first_word(text: str) -> str:
    """Return the id at the head of a completed value, which goes on with a name or a date."""
    found = _FIRST_WORD.match(text.strip())
    return found[0] if found else ""


async def _read(spec: ToolSpec, ctx: Context[Any, Any], **arguments: str) -> str:
    try:
        result = await spec.fn(ctx=ctx, **arguments)
    except (NotFoundError, Refusal) as error:
        raise ResourceNotFoundError(str(error)) from None
    except LoftyError as error:
        raise ResourceError(str(error)) from None
    return result.text()
