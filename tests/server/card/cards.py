"""A client that shows MCP Apps, on the whole server with the sandbox behind it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mcp import Client
from mcp.client import advertise
from mcp.types import TextResourceContents

from lofty_mcp.app import build_server
from lofty_mcp.card.extension import CARD, META
from lofty_mcp.page import ServedPage
from lofty_mcp.settings import TOOLSETS
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from tests.crm.outbox.office import JANE, WORDS, Office, office
from tests.promises.front import Mode

SHOWS = advertise("io.modelcontextprotocol/ui", {"mimeTypes": ["text/html;profile=mcp-app"]})


@dataclass
class Chat:
    """A client, and what stands behind its server."""

    client: Client
    desk: Office

    async def result(self, name: str = "send_sms", **arguments: Any) -> dict[str, Any]:
        """Call a tool; return the whole result as a host hands it to the card."""
        result = await self.client.call_tool(name, arguments or {"lead_id": JANE, "body": WORDS})
        return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    async def card(self, name: str = "send_sms", **arguments: Any) -> dict[str, Any] | None:
        """Call a tool; return what its card is to show."""
        return (await self.result(name, **arguments)).get("_meta", {}).get(META)

    async def page(self) -> str:
        """Read the card's page."""
        (content,) = (await self.client.read_resource(CARD)).contents
        assert isinstance(content, TextResourceContents)
        return content.text


@asynccontextmanager
async def chat(
    sandbox: Sandbox,
    folder: Path,
    *,
    mode: Mode = "auto",
    shows: bool = True,
    person: Any = None,
    served: ServedPage | None = None,
    **config: Any,
) -> AsyncGenerator[Chat]:
    """Connect a client that shows cards, or does not."""
    async with office(sandbox, folder, **config) as desk:

        @asynccontextmanager
        async def opened() -> AsyncGenerator[Deps]:
            yield Deps(desk.lofty, desk.outbox, sandbox.clock, ZoneInfo("America/New_York"), sandbox=True)

        server = build_server(opened, toolsets=TOOLSETS, make_page=(lambda: served) if served else None)
        extensions = [SHOWS] if shows else []
        async with Client(server, mode=mode, extensions=extensions, elicitation_callback=person) as client:
            yield Chat(client, desk)
