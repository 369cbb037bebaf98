"""What a person who types a name may mean: leads, their calls, messages, each with what tells it from the next."""

import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from lofty_crm.api.errors import LoftyError
from lofty_crm.api.models import Call, Lead
from lofty_crm.outbox.message import Message, OutboxError
from lofty_crm.policy.zones import likeliest_zone
from lofty_tools.deps import Deps
from lofty_tools.leads import id_in, leads_like, masked_phone, place_of
from lofty_tools.merging import rank_of
from lofty_tools.receipts import state_of
from lofty_tools.rendering import clock_time, duration, moment, plain
from lofty_tools.together import Read, together
from lofty_tools.untrusted import one_line

_MOST = 20
_CALLS = 100
_MESSAGES = 100
_LONGEST = 120
_CHANNELS = ("text", "email")

_SPECIAL = re.compile(r"[^\w\s.:…-]+")
"""What has a meaning in an address, where the value ends up."""

_given: ContextVar[Deps] = ContextVar("given")


def register_completions(server: MCPServer[Any]) -> None:
    """Complete the ids of the resources, and the leads, calls and channels of the prompts."""
    # The SDK gives a completion handler no context, and so no way to what the lifespan made.
    server.middleware.append(_hand_over)
    server.completion()(_complete)


async def complete(given: Deps, name: str, typed: str, resolved: dict[str, str]) -> list[str]:
    """Return values for an argument: those of a resource begin with the id, those of a prompt end with it.

    Nothing for an argument that has no completion, and nothing where Lofty or the outbox cannot be read.

    Args:
        given: what the server runs on.
        name: the argument's name.
        typed: what the person has typed of it.
        resolved: the arguments that are already known.
    """
    typed = typed.strip()[:_LONGEST]
    try:
        match name:
            case "lead_id" if typed:
                return [f"{lead.id} {_bare(_who(lead))}" for lead in await _leads(given, typed)]
            case "lead" if typed:
                return [f"{_who(lead)}, lead_id {lead.id}" for lead in await _leads(given, typed)]
            case "call_id":
                told = await _calls(given, resolved.get("lead_id", ""))
                return _fitting([f"{call_id} {_bare(words)}" for call_id, words in told], typed)
            case "call":
                told = await _calls(given, resolved.get("lead", ""))
                return _fitting([f"{words}, call_id {call_id}" for call_id, words in told], typed)
            case "message_id":
                messages = await given.outbox.listing((), limit=_MESSAGES)
                return _fitting([f"{message.id} {_bare(_told(message, given))}" for message in messages], typed)
            case "channel":
                return _fitting(_CHANNELS, typed)
            case _:
                return []
    except (LoftyError, OutboxError):
        return []


async def _complete(
    ref: PromptReference | ResourceTemplateReference,  # noqa: ARG001 -- the SDK's signature
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion:
    resolved = (context.arguments if context else None) or {}
    return Completion(values=await complete(_given.get(), argument.name, argument.value, resolved))


async def _hand_over(
    ctx: ServerRequestContext[Any, Any],
    call_next: Callable[[ServerRequestContext[Any, Any]], Awaitable[HandlerResult]],
) -> HandlerResult:
    if ctx.method == "completion/complete":
        _given.set(ctx.lifespan_context)
    return await call_next(ctx)


async def _leads(given: Deps, typed: str) -> list[Lead]:
    leads, _ = await leads_like(given, typed, limit=_MOST)
    return leads


def _fitting(values: list[str] | tuple[str, ...], typed: str) -> list[str]:
    return [each for each in values if typed.casefold() in each.casefold()][:_MOST]


def _who(lead: Lead) -> str:
    parts = [one_line(lead.name, limit=50), place_of(lead), masked_phone(lead)]
    return ", ".join(part for part in parts if part)


def _told(message: Message, given: Deps) -> str:
    when = moment(message.created_at, now=given.clock.now(), zone=given.zone)
    kind = message.words.kind.value.replace("_", " ")
    return f"{state_of(message)} {kind} {one_line(message.words.lead_name, limit=50)} {when}"


def _bare(text: str) -> str:
    return " ".join(_SPECIAL.sub(" ", text).split())


async def _calls(given: Deps, lead: str) -> list[tuple[str, str]]:
    """Return the ids of a lead's calls, newest first, and what each was."""
    lead_id = id_in(lead)
    if lead_id is None:
        return []
    record = Read(partial(given.lofty.lead, lead_id))
    calls = Read(partial(given.lofty.calls, lead_id, limit=_CALLS))
    await together(record, calls)
    zone = likeliest_zone(record.value, given.zone)
    newest_first = sorted(calls.needed(), key=lambda call: rank_of(call.at), reverse=True)

    def words(call: Call) -> str:
        when = clock_time(call.at, now=given.clock.now(), zone=zone) if call.at else "time unknown"
        parts = [when, call.direction, plain(one_line(call.outcome or call.status or "", limit=30))]
        parts.append(duration(call.duration_s) if call.duration_s else "")
        return ", ".join(part for part in parts if part)

    return [(call.id, words(call)) for call in newest_first]
