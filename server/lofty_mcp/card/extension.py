"""The MCP Apps extension: which tools have a card, its page, and what it is told with their results."""

import base64
import hashlib
from collections.abc import Collection
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

from mcp.server.apps import APP_MIME_TYPE, Apps, client_supports_apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver.resources import Resource
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolRequestParams, CallToolResult

from lofty_crm.outbox.message import OutboxError
from lofty_mcp.page import ServedPage
from lofty_tools.deps import Deps
from lofty_tools.tool import Effect, ToolSpec

CARD = "ui://message"
"""Short, since it is in each list of tools."""
META = "lofty-mcp/card"
"""The key under which a result carries its card's content: beside what a model is shown, and without any secret."""
TOOLS = frozenset({"send_sms", "send_email", "get_message"})
"""Whose results carry it: those that show a card, and the one by which a card that is shown looks again."""

_NOTHING: dict[str, list[str]] = {"connectDomains": [], "resourceDomains": [], "frameDomains": [], "baseUriDomains": []}


def built(spec: ToolSpec) -> Tool:
    """Make what the server registers: a tool, with the card if it sends.

    A card may call back into its server through the host. The tools that send are closed to it: hosts refuse such a
    call (MCP Apps, 2026-01-26, "Visibility"), beside which each of them would ask a person anyway.
    """
    tool = spec.build()
    if spec.effect is Effect.SEND:
        tool.meta = {"ui": {"resourceUri": CARD, "visibility": ["model"]}}
    return tool


class MessageCards(Apps):
    """Serves the card, and adds its content to the results of `TOOLS` for clients that can show it."""

    def __init__(self) -> None:
        super().__init__()
        self.add_resource(
            _Page(
                uri=CARD,
                name="message_card",
                title="Message card",
                description="Shows one message of the outbox; cannot approve it.",
                mime_type=APP_MIME_TYPE,
                meta={"ui": {"csp": _NOTHING, "prefersBorder": False}},
            )
        )

    @classmethod
    def of(cls, specs: Collection[ToolSpec]) -> list[Apps]:
        """Return the extension, if any of the tools that are offered has the card."""
        return [cls()] if any(spec.effect is Effect.SEND for spec in specs) else []

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Call the tool; put the card's content beside its result."""
        result = await call_next(ctx)
        if params.name not in TOOLS or not isinstance(result, CallToolResult) or not client_supports_apps(ctx):
            return result
        content: Any = result.structured_content or {}
        shown = await _shown(ctx.lifespan_context, content.get("message_id", ""))
        return result.model_copy(update={"meta": {**(result.meta or {}), META: shown}}) if shown else result


async def _shown(deps: Deps, message_id: str) -> dict[str, Any] | None:
    from lofty_mcp.card.preview import preview  # noqa: PLC0415 -- most clients show no cards

    try:
        message = await deps.outbox.get(message_id)
    except OutboxError:
        return None
    page = deps.page.address_of(message_id) if isinstance(deps.page, ServedPage) else None
    return asdict(preview(message, deps, page=page))


class _Page(Resource):
    """The card's page, put together when it is first read."""

    async def read(self) -> str:
        """Return one document that loads nothing and runs nothing but its own script."""
        return page()


@cache
def page() -> str:
    """Return the card's page: its style and script inside, each allowed by its digest and nothing else."""
    html, style, script = (
        resources.files("lofty_mcp.card").joinpath("static", name).read_text(encoding="utf-8")
        for name in ("card.html", "card.css", "card.js")
    )
    policy = f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; form-action 'none'"
    return html.replace("{policy}", policy).replace("{style}", style).replace("{script}", script)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
