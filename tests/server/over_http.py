"""The real server over HTTP, in a process of its own."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.server.command import COMMAND, environment

TOOLS_LIST: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}
MODERN = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/list",
}


@dataclass(frozen=True)
class Served:
    """A server that answers, and the process that it is."""

    process: Process
    url: str
    """Where it listens, on loopback, without a path."""

    async def ask(self, **headers: str) -> httpx.Response:
        """Ask for the list of tools in one request, with headers (`_` stands for `-`)."""
        return await self.post(TOOLS_LIST, **headers)

    async def post(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Send one request of the newer protocol, with headers."""
        async with httpx.AsyncClient(trust_env=False) as http:
            more = {name.replace("_", "-"): value for name, value in headers.items()}
            return await http.post(f"{self.url}/mcp", json=body, headers={**MODERN, **more})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Read a page."""
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.get(self.url + path, headers=headers)


@asynccontextmanager
async def served(
    home: Path, *arguments: str, command: Sequence[str] = COMMAND, **variables: str
) -> AsyncGenerator[Served]:
    """Serve over HTTP on a free port, by the checkout's command or another."""
    env = environment(home, LOFTY_MCP_STATE_DIR=str(home), **variables)
    started = [*command, "serve", "--transport", "http", "--port", "0", *arguments]
    with anyio.fail_after(120):
        async with await anyio.open_process(started, env=env) as process:
            assert process.stderr
            lines = BufferedByteReceiveStream(process.stderr)
            port = None
            while port is None:
                port = re.search(rb"serving MCP at http://\S+:(\d+)/mcp", await lines.receive_until(b"\n", 10_000))
            try:
                yield Served(process, f"http://127.0.0.1:{port[1].decode()}")
            finally:
                if process.returncode is None:
                    process.kill()


@asynccontextmanager
async def client(url: str, token: str | None = None, *, mode: str = "auto") -> AsyncGenerator[Client]:
    """Connect the SDK's own client, with a bearer token if there is one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        # a list of authorities takes longer to load than a server without TLS takes to answer
        httpx2.AsyncClient(headers=headers, trust_env=False, verify=False) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as connected,
    ):
        yield connected
