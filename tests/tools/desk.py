"""A real client on real tools, in memory, answered by the sandbox."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

import httpx
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import TextContent

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.outbox import Outbox
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from lofty_tools.resources import register_resources
from lofty_tools.tool import ToolSpec

DECIDING = "/opt/lofty/bin/lofty-mcp approve --sandbox"
"""What a person types to decide; where the program lies depends on how it was installed."""

Mode = Literal["auto", "legacy"]
MODES: tuple[Mode, ...] = ("auto", "legacy")

JANE = "480213577100001"
MARCUS = "480213577100002"
ELENA = "480213577100005"
WALTER = "480213577100008"
DANA = "480213577100009"
AIKO = "480213577100010"
SAM = "480213577100012"
GRACE = "480213577100015"
BEN = "480213577100014"


class Desk:
    """What a test holds: the client, and what stands behind it."""

    def __init__(self, client: Client, deps: Deps) -> None:
        self.client = client
        self.deps = deps

    async def call(self, name: str, **arguments: Any) -> tuple[dict[str, Any], str]:
        """Call a tool that is expected to succeed; return the structured result and the text."""
        result = await self.client.call_tool(name, arguments)
        assert not result.is_error, result.content
        return cast("dict[str, Any]", result.structured_content), _text(result.content)

    async def refused(self, name: str, **arguments: Any) -> str:
        """Call a tool that is expected to refuse; return its words."""
        result = await self.client.call_tool(name, arguments)
        assert result.is_error, result.content
        return _text(result.content)


class LosesAnswer(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox, and loses its answer to those of one method."""

    def __init__(self, sandbox: Sandbox, method: str) -> None:
        self._carrier = httpx.ASGITransport(app=sandbox.app)
        self._method = method

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._carrier.handle_async_request(request)
        if request.method == self._method:
            raise httpx.ReadTimeout("no answer came", request=request)
        return answer


@asynccontextmanager
async def lofty(sandbox: Sandbox, *, loses: str = "") -> AsyncGenerator[Lofty]:
    """The client of Lofty, on the sandbox, whose answers to one method may be lost."""
    async with httpx.AsyncClient(transport=LosesAnswer(sandbox, loses)) as http:
        config = ApiConfig(credential=Credential.api_key("sandbox-api-key"))
        yield Lofty(http, config, clock=sandbox.clock)


@asynccontextmanager
async def desk(
    sandbox: Sandbox,
    *tools: ToolSpec,
    mode: Mode = "auto",
    marked: bool = True,
    loses: str = "",
    resources: bool = False,
) -> AsyncGenerator[Desk]:
    """Serve `tools`, and `resources` if wanted, to a client; `marked` says in receipts that it is the sandbox."""
    with TemporaryDirectory() as folder:
        async with lofty(sandbox, loses=loses) as crm:
            outbox = Outbox(crm, sandbox.clock, OutboxConfig(folder=Path(folder)))
            deps = Deps(crm, outbox, sandbox.clock, ZoneInfo("America/New_York"), sandbox=marked, approve=DECIDING)

            @asynccontextmanager
            async def lifespan(_server: MCPServer[Deps]) -> AsyncGenerator[Deps]:
                yield deps

            server = MCPServer("test", tools=[tool.build() for tool in tools], lifespan=lifespan)
            if resources:
                register_resources(server)
            async with Client(server, mode=mode) as client:
                yield Desk(client, deps)
            await outbox.close()


def _text(content: list[Any]) -> str:
    assert len(content) == 1
    assert isinstance(content[0], TextContent)
    return content[0].text
