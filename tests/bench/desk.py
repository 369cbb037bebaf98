"""The whole server in memory on an instant Lofty, and the bare servers that it is compared with."""

import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import anyio
import httpx
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import LOFTY_URL, ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.api.dialect import Dialect
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.outbox import Outbox
from lofty_mcp.app import build_server
from lofty_mcp.settings import TOOLSETS
from lofty_tools.deps import Deps
from tests.bench.lofty import InstantLofty, TickingClock

Mode = Literal["auto", "legacy"]
MODES: tuple[Mode, ...] = ("auto", "legacy")
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
CREDENTIAL = Credential.api_key("sandbox-api-key")


class Stopwatch:
    """Takes the processor time of the calls of tools within a server: what the client does is not the server's."""

    def __init__(self) -> None:
        self.took_ms: list[float] = []

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Time one request."""
        begun = time.process_time()
        try:
            return await call_next(ctx)
        finally:
            if ctx.method == "tools/call":
                self.took_ms.append((time.process_time() - begun) * 1000)


def our_server(lofty: InstantLofty, clock: TickingClock, folder: Path) -> MCPServer[Deps]:
    """Return the server as it is composed for users, on an instant Lofty."""

    @asynccontextmanager
    async def open_deps() -> AsyncGenerator[Deps]:
        async with httpx.AsyncClient(transport=lofty) as http:
            config = ApiConfig(credential=CREDENTIAL, dialect=Dialect.REFERENCE, limiter_path=folder / "limits.sqlite3")
            crm = Lofty(http, config, clock=clock)
            outbox = Outbox(crm, clock, OutboxConfig(folder=folder))
            yield Deps(crm, outbox, clock, ZoneInfo("America/New_York"))

    return build_server(open_deps, toolsets=TOOLSETS)


def bare_server(lofty: InstantLofty) -> MCPServer[Any]:
    """Return a server with nothing but the SDK: one tool that returns its text, one that makes the same reads."""
    server: MCPServer[Any] = MCPServer("bare", log_level="WARNING")
    read = bare_reads(lofty)

    @server.tool()
    def echo(text: str) -> str:
        """Return the text."""
        return text

    @server.tool()
    async def fetch(paths: list[str], length: int) -> str:
        """Return so much of what is behind the paths."""
        return (await read(paths))[:length]

    del echo, fetch
    return server


def bare_reads(lofty: InstantLofty) -> Callable[[list[str]], Awaitable[str]]:
    """Return what makes reads side by side with nothing but httpx, and parses the answers."""
    http = httpx.AsyncClient(transport=lofty)
    headers = {"Authorization": CREDENTIAL.header(), "Content-Type": "application/json"}

    async def read(paths: list[str]) -> str:
        found: list[str] = []

        async def one(path: str) -> None:
            answer = await http.get(LOFTY_URL + path, headers=headers)
            json.loads(answer.content)
            found.append(answer.text)

        async with anyio.create_task_group() as tasks:
            for path in paths:
                tasks.start_soon(one, path)
        return "".join(found)

    return read
