"""How the server over HTTP holds up: many clients, large bodies, a proxy in front, a stop in the middle."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx
import pytest

from lofty_mcp.http import LARGEST_BODY
from tests.server.over_http import MODERN, TOOLS_LIST, client, served
from tests.server.reverse_proxy import proxying

pytestmark = pytest.mark.anyio

TOKEN = "5550100-5550101-5550102-5550103-5550104"
CLIENTS = 200
JANE = "480213577100001"


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_two_hundred_clients_at_once_are_each_answered(mode: str, tmp_path: Path) -> None:
    answered: list[int] = []
    connected = anyio.Event()
    waiting = 0

    async def one(url: str) -> None:
        nonlocal waiting
        async with client(url, mode=mode) as mine:
            tools = await mine.list_tools()
            waiting += 1
            if waiting == CLIENTS:
                connected.set()
            await connected.wait()
            found = await mine.call_tool("list_messages", {})
            answered.append(len(tools.tools) if not found.is_error else 0)

    async with served(tmp_path, "--sandbox") as server:
        async with anyio.create_task_group() as tasks:
            for _ in range(CLIENTS):
                tasks.start_soon(one, server.url)
        assert (await server.get("/readyz")).status_code == 200
    assert len(answered) == CLIENTS
    assert len(set(answered)) == 1
    assert answered[0] > 0


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_beyond_the_limit_is_refused_however_it_is_sent(chunked: bool, tmp_path: Path) -> None:
    fits, exceeds = (json.dumps({**TOOLS_LIST, "padding": "x" * size}).encode() for size in (1000, LARGEST_BODY))

    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    async with served(tmp_path) as server, httpx.AsyncClient(trust_env=False) as http:
        headers = {**MODERN, "Content-Type": "application/json"}
        for body, status in ((fits, 200), (exceeds, 413)):
            content = pieces(body) if chunked else body
            answer = await http.post(f"{server.url}/mcp", content=content, headers=headers)
            assert answer.status_code == status


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_it_works_behind_a_reverse_proxy_under_another_name_and_path(mode: str, tmp_path: Path) -> None:
    settings = {"LOFTY_MCP_PUBLIC_URL": "https://crm.example.com/lofty/mcp", "LOFTY_MCP_HTTP_TOKEN": TOKEN}
    async with (
        served(tmp_path, "--sandbox", **settings) as server,
        proxying(server.url, prefix="/lofty", host="crm.example.com") as origin,
    ):
        async with client(f"{origin}/lofty", TOKEN, mode=mode) as connected:
            found = await connected.call_tool("get_lead", {"lead_id": JANE})
            assert not found.is_error
        async with httpx.AsyncClient(trust_env=False) as http:
            refused = await http.post(f"{origin}/lofty/mcp", json=TOOLS_LIST, headers=MODERN)
            assert refused.status_code == 401


async def test_a_stop_does_not_wait_for_clients_that_only_listen(tmp_path: Path) -> None:
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "listener", "version": "1"}}
    async with served(tmp_path) as server, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        accept = {"Accept": "application/json, text/event-stream"}
        body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
        opened = await http.post(f"{server.url}/mcp", json=body, headers=accept)
        session = {"Mcp-Session-Id": opened.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
        listening = http.stream("GET", f"{server.url}/mcp", headers={"Accept": "text/event-stream", **session})
        async with listening as stream:
            assert stream.status_code == 200
            server.process.terminate()
            with anyio.fail_after(15):
                assert await server.process.wait() == 0
