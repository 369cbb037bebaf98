"""A real client on the reading tools, with the histories of the sandbox as Lofty may also give them."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx
from mcp import Client
from mcp.server.mcpserver import MCPServer

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.api.dialect import Dialect
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.outbox import Outbox
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.completions import register_completions
from lofty_tools.deps import Deps
from lofty_tools.resources import register_resources
from lofty_tools.tool import ToolSpec
from tests.tools.desk import Desk, Mode

DANA = "480213577100009"
HUGO = "480213577100018"


def roomy(dialect: Literal["reference", "guide"] = "reference", **quirks: Any) -> Sandbox:
    """A sandbox whose rate limit does not get in the way."""
    return Sandbox(dialect, frozen=True, rate_limit=5_000, **quirks)


class OldestFirst(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox, and gives the histories of a channel the other way round."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._carrier = httpx.ASGITransport(app=sandbox.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith("/v1.0/communication/"):
            return await self._carrier.handle_async_request(request)
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        whole = request.url.copy_merge_params({"offset": "0", "limit": "1000", "page": "1", "pageSize": "1000"})
        answer = await self._carrier.handle_async_request(httpx.Request("GET", whole, headers=request.headers))
        body: dict[str, list[Any]] = json.loads(await answer.aread())
        turned = {key: rows[::-1][offset : offset + limit] for key, rows in body.items()}
        return httpx.Response(answer.status_code, json=turned)


@asynccontextmanager
async def reading(
    sandbox: Sandbox,
    *tools: ToolSpec,
    mode: Mode = "auto",
    transport: httpx.AsyncBaseTransport | None = None,
    dialect: Literal["auto"] | Dialect = "auto",
) -> AsyncGenerator[Desk]:
    """Serve `tools`, the resources and their completion to a client, with room for all reads at once."""
    config = ApiConfig(credential=Credential.api_key("sandbox-api-key"), dialect=dialect, in_flight=16)
    carrier = transport or httpx.ASGITransport(app=sandbox.app)
    with TemporaryDirectory() as folder:
        async with httpx.AsyncClient(transport=carrier) as http:
            crm = Lofty(http, config, clock=sandbox.clock)
            outbox = Outbox(crm, sandbox.clock, OutboxConfig(folder=Path(folder)))
            given = Deps(crm, outbox, sandbox.clock, ZoneInfo("America/New_York"), sandbox=True)

            @asynccontextmanager
            async def lifespan(_server: MCPServer[Deps]) -> AsyncGenerator[Deps]:
                yield given

            server = MCPServer("test", tools=[tool.build() for tool in tools], lifespan=lifespan)
            register_resources(server)
            register_completions(server)
            async with Client(server, mode=mode) as client:
                yield Desk(client, given)
            await outbox.close()
