"""The whole server in memory: a real client of either era, the tools, the outbox, and the sandbox behind them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from mcp import Client
from mcp.client import ClientRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import ElicitRequestParams, ElicitResult

from lofty_crm.outbox.message import Message
from lofty_crm.outbox.outbox import Outbox
from lofty_mcp.app import build_server
from lofty_mcp.settings import TOOLSETS
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from lofty_tools.messages import cancel_message, get_message, list_messages, send_email, send_sms
from tests.crm.outbox.office import JANE, WORDS, Office, office

TOOLS = (send_sms, send_email, list_messages, get_message, cancel_message)
Mode = Literal["auto", "legacy"]
MODES: tuple[Mode, ...] = ("auto", "legacy")


@dataclass
class Person:
    """Answers questions in the chat; by default with a yes."""

    action: Literal["accept", "decline", "cancel"] = "accept"
    content: Any = field(default_factory=lambda: {"confirm": True})
    asked: list[str] = field(default_factory=list[str])

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        self.asked.append(params.message)
        return ElicitResult.model_construct(action=self.action, content=self.content)


class Chat:
    """A client, and what stands behind its server."""

    def __init__(self, client: Client, desk: Office) -> None:
        self.client = client
        self.desk = desk

    @property
    def sandbox(self) -> Sandbox:
        return self.desk.sandbox

    @property
    def outbox(self) -> Outbox:
        return self.desk.outbox

    async def call(self, name: str = "send_sms", **arguments: Any) -> dict[str, Any]:
        """Call a tool; return its structured result, or its error under `error`."""
        result = await self.client.call_tool(name, arguments or {"lead_id": JANE, "body": WORDS})
        if result.is_error:
            return {"error": getattr(result.content[0], "text", "")}
        return cast("dict[str, Any]", result.structured_content)

    async def drafted(self) -> list[Message]:
        """Everything in the outbox."""
        return await self.outbox.listing()


@asynccontextmanager
async def chat(
    sandbox: Sandbox, folder: Path, *, mode: Mode = "auto", person: Person | None = None, **config: Any
) -> AsyncGenerator[Chat]:
    """Connect a client; without a person it cannot ask."""
    async with office(sandbox, folder, **config) as desk:
        deps = Deps(desk.lofty, desk.outbox, sandbox.clock, ZoneInfo("America/New_York"))

        @asynccontextmanager
        async def lifespan(_server: MCPServer[Deps]) -> AsyncGenerator[Deps]:
            yield deps

        server: MCPServer[Deps] = MCPServer("test", tools=[spec.build() for spec in TOOLS], lifespan=lifespan)
        async with Client(server, mode=mode, elicitation_callback=person) as client:
            yield Chat(client, desk)


@asynccontextmanager
async def whole(
    sandbox: Sandbox, folder: Path, *, mode: Mode = "auto", person: Any = None, **config: Any
) -> AsyncGenerator[Chat]:
    """Connect a client to the whole server: every tool, prompt and resource."""
    async with office(sandbox, folder, **config) as desk:

        @asynccontextmanager
        async def opened() -> AsyncGenerator[Deps]:
            yield Deps(desk.lofty, desk.outbox, sandbox.clock, ZoneInfo("America/New_York"))

        async with Client(build_server(opened, toolsets=TOOLSETS), mode=mode, elicitation_callback=person) as client:
            yield Chat(client, desk)
