"""Says in the log which tool was called and how that ended; never with what."""

import logging
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.types import CallToolResult, InputRequiredResult

from lofty_tools.catalogue import ALL_TOOLS, MEMO_TOOLS

_log = logging.getLogger(__name__)
_NAMES = frozenset(spec.name for spec in ALL_TOOLS + MEMO_TOOLS)


class CallsSeen(ServerMiddleware[Any]):
    """Logs `tool_called` with the tool, the outcome and the milliseconds; a name that is no tool's is not repeated."""

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Pass a request on, and note how a call of a tool ended."""
        if ctx.method != "tools/call":
            return await call_next(ctx)
        name = ctx.params.get("name") if ctx.params else None
        began = anyio.current_time()
        outcome = "broken_off"
        try:
            result = await call_next(ctx)
            outcome = _outcome(result)
            return result
        finally:
            seen = {
                "tool": name if name in _NAMES else "unknown",
                "outcome": outcome,
                "duration_ms": round((anyio.current_time() - began) * 1000, 1),
            }
            _log.info("tool_called", extra=seen)


def _outcome(result: HandlerResult) -> str:
    match result:
        case InputRequiredResult() | {"resultType": "input_required"}:
            return "asked"
        case CallToolResult(is_error=True) | {"isError": True}:
            return "refused"
        case _:
            return "answered"
