"""What a person who types a name may mean: leads, and their calls, each with what tells it from the next."""

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
from lofty_crm.api.ids import canonical_decimal
from lofty_crm.api.models import Call, Lead
from lofty_crm.policy.zones import likeliest_zone
from lofty_tools.deps import Deps
from lofty_tools.leads import masked_phone, place_of
from lofty_tools.merging import rank_of
from lofty_tools.rendering import clock_time, duration
from lofty_tools.together import Read, together
from lofty_tools.untrusted import one_line

_MOST = 20
_CALLS = 100
_LONGEST = 120

_SPECIAL = re.compile(r"[^\w\s.:…-]+")
"""What has a meaning in an address, where the value ends up."""

_given: ContextVar[Deps] = ContextVar("given")


def register_completions(server: MCPServer[Any]) -> None:
    """Complete `lead_id` and `call_id` of the resources, and `lead` of the prompts."""
    # The SDK gives a completion handler no context, and so no way to what the lifespan made.
    server.middleware.append(_hand_over)
    server.completion()(_complete)


async def complete(given: Deps, name: str, typed: str, resolved: dict[str, str]) -> list[str]:
    """Return values for an argument, each beginning with its id where the argument is one.

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
                return [f"{lead.id} {_plain(_who(lead))}" for lead in await _leads(given, typed)]
            case "lead" if typed:
                return [f"{_who(lead)}, lead_id {lead.id}" for lead in await _leads(given, typed)]
            case "call_id":
                return await _calls(given, typed, resolved.get("lead_id", ""))
            case _:
                return []
    except LoftyError:
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
    known = _id_in(typed)
    if known:
        return [await given.lofty.lead(known)]
    leads, _ = await given.lofty.leads(typed, limit=_MOST)
    return leads


def _id_in(typed: str) -> str | None:
    """Return the id of a value that was completed before: ten digits or fewer are a phone number."""
    head = typed.partition(" ")[0]
    try:
        return canonical_decimal(head) if len(head) > 11 else None
    except ValueError:
        return None


def _who(lead: Lead) -> str:
    parts = [one_line(lead.name, limit=50), place_of(lead), masked_phone(lead)]
    return ", ".join(part for part in parts if part)


def _plain(text: str) -> str:
    return " ".join(_SPECIAL.sub(" ", text).split())


async def _calls(given: Deps, typed: str, lead: str) -> list[str]:
    lead_id = _id_in(lead)
    if lead_id is None:
        return []
    record = Read(partial(given.lofty.lead, lead_id))
    calls = Read(partial(given.lofty.calls, lead_id, limit=_CALLS))
    await together(record, calls)
    zone = likeliest_zone(record.value, given.zone)
    newest_first = sorted(calls.needed(), key=lambda call: rank_of(call.at), reverse=True)

    def line(call: Call) -> str:
        when = clock_time(call.at, now=given.clock.now(), zone=zone) if call.at else "time unknown"
        parts = [when, call.direction, one_line(call.outcome or call.status or "", limit=30)]
        parts.append(duration(call.duration_s) if call.duration_s else "")
        return f"{call.id} {_plain(', '.join(part for part in parts if part))}"

    lines = [line(call) for call in newest_first]
    return [each for each in lines if typed.casefold() in each.casefold()][:_MOST]
