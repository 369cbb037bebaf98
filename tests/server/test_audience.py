"""Listening over the real transports, and how it ends."""

import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from lofty_mcp.app import build_server
from lofty_mcp.audience import MOST, Audience
from lofty_mcp.environment import load
from lofty_mcp.live import open_deps
from tests.promises.front import MODES, Mode
from tests.server.command import COMMAND, environment
from tests.server.listening import PATIENCE_S, Ear
from tests.server.over_http import served

pytestmark = pytest.mark.anyio

JANE = "480213577100001"


@asynccontextmanager
async def stdio(folder: Path, mode: Mode, ear: Ear) -> AsyncGenerator[Client]:
    env = environment(folder, LOFTY_MCP_STATE_DIR=str(folder))
    server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "serve", "--sandbox"], env=env)
    async with Client(server, mode=mode, message_handler=ear) as client:
        yield client


@asynccontextmanager
async def http(url: str, mode: Mode, ear: Ear) -> AsyncGenerator[Client]:
    async with (
        httpx2.AsyncClient(trust_env=False, verify=False, timeout=None) as carrier,
        Client(streamable_http_client(f"{url}/mcp", http_client=carrier), mode=mode, message_handler=ear) as client,
    ):
        yield client


async def drafted(client: Client) -> str:
    """Draft a text; return its id."""
    result = await client.call_tool("send_sms", {"lead_id": JANE, "body": "Three works."})
    content: Any = result.structured_content
    return content["message_id"]


async def hears_of_an_end(client: Client, ear: Ear) -> bool:
    """Withdraw a message; return whether that was told to who listens to it."""
    message_id = await drafted(client)
    uri = f"lofty://messages/{message_id}"
    async with ear.listening(client, uri) as heard:
        await client.call_tool("cancel_message", {"message_id": message_id})
        return await heard() == uri


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_listens_over_stdio(tmp_path: Path, mode: Mode) -> None:
    ear = Ear()
    async with stdio(tmp_path, mode, ear) as client:
        capability = client.server_capabilities.resources
        assert capability is not None
        assert capability.subscribe is True
        assert await hears_of_an_end(client, ear)
    ear.close()


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_listens_over_http(tmp_path: Path, mode: Mode) -> None:
    ear = Ear()
    async with served(tmp_path, "--sandbox") as at, http(at.url, mode, ear) as client:
        assert await hears_of_an_end(client, ear)
    ear.close()


async def test_a_client_that_listens_does_not_keep_a_server_from_stopping(tmp_path: Path) -> None:
    ear = Ear()
    with anyio.fail_after(PATIENCE_S):
        async with (
            served(tmp_path, "--sandbox") as at,
            http(at.url, "auto", ear) as client,
            ear.listening(client, "lofty://inbox"),
        ):
            at.process.send_signal(signal.SIGTERM)
            assert await at.process.wait() == 0
    ear.close()


async def test_a_client_of_the_older_protocol_listens_to_so_many_and_can_stop(tmp_path: Path) -> None:
    audience = Audience()
    sandbox = load({"LOFTY_MCP_STATE_DIR": str(tmp_path), "LOFTY_MCP_SANDBOX": "1"})
    server = build_server(partial(open_deps, sandbox, None), toolsets=["inbox"], audience=audience)
    uris = [f"lofty://leads/{number}" for number in range(MOST + 1)]
    async with Client(server, mode="legacy") as client:
        for uri in [*uris[:MOST], uris[0]]:
            await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] -- the older way is what is tried
        with pytest.raises(MCPError, match="At most 1,000"):
            await client.subscribe_resource(uris[MOST])  # pyright: ignore[reportDeprecated] -- the same
        for uri in (uris[0], uris[0], uris[MOST]):
            await client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated] -- the same
        assert audience.wanted(lambda _: True) == frozenset(uris[1:MOST])
    assert audience.wanted(lambda _: True) == frozenset()


async def test_a_stream_of_the_newer_protocol_is_for_so_many(tmp_path: Path) -> None:
    audience = Audience()
    sandbox = load({"LOFTY_MCP_STATE_DIR": str(tmp_path), "LOFTY_MCP_SANDBOX": "1"})
    server = build_server(partial(open_deps, sandbox, None), toolsets=["inbox"], audience=audience)
    uris = [f"lofty://leads/{number}" for number in range(MOST + 1)]
    async with Client(server) as client:
        with pytest.raises(MCPError, match="At most 1,000"):
            async with client.listen(resource_subscriptions=uris):
                pytest.fail("it was let in")
        async with client.listen(resource_subscriptions=[*uris[:MOST], uris[0]]) as stream:
            assert audience.wanted(lambda _: True) == frozenset(uris[:MOST])
            audience.close()
            assert [event async for event in stream] == []


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_that_goes_does_not_listen_any_more(tmp_path: Path, mode: Mode) -> None:
    audience = Audience()
    sandbox = load({"LOFTY_MCP_STATE_DIR": str(tmp_path), "LOFTY_MCP_SANDBOX": "1"})
    server = build_server(partial(open_deps, sandbox, None), toolsets=["inbox"], audience=audience)
    ear = Ear()
    async with Client(server, mode=mode, message_handler=ear) as client, AsyncExitStack() as stack:
        await stack.enter_async_context(ear.listening(client, "lofty://inbox"))
        assert audience.wanted(lambda _: True) == {"lofty://inbox"}
        if mode == "legacy":
            stack.pop_all()
    assert audience.wanted(lambda _: True) == frozenset()
    ear.close()
