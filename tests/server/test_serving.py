"""How the server starts, is reached and ends, as a client's process manager sees it."""

import json
import re
import signal
import socket
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from mcp import Client, StdioServerParameters

from tests.server.command import COMMAND, environment, run

pytestmark = pytest.mark.anyio

JANE = "480213577100001"
TEXT_TO_JANE = {"lead_id": JANE, "body": "Three works. See you Thursday!"}
SEND_PATH = "/v1.0/message/sms/send"
CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
        "name": "send_sms",
        "arguments": TEXT_TO_JANE,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}
CALL_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "send_sms",
}
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "by-hand", "version": "1"},
}


class Pipe:
    """A client that writes and reads the protocol's lines itself, so that it can hold still at any point."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self.process = process
        self._stdin = process.stdin
        self._lines = BufferedByteReceiveStream(process.stdout)

    async def tell(self, method: str, params: dict[str, Any] | None = None, *, number: int | None = None) -> None:
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params or {}}
        if number is not None:
            message["id"] = number
        await self._stdin.send(json.dumps(message).encode() + b"\n")

    async def answer(self, number: int) -> dict[str, Any]:
        while True:
            line: dict[str, Any] = json.loads(await self._lines.receive_until(b"\n", 1_000_000))
            if line.get("id") == number:
                return line

    async def hang_up(self) -> None:
        await self._stdin.aclose()

    async def greet(self) -> None:
        await self.tell("initialize", HELLO, number=0)
        await self.answer(0)
        await self.tell("notifications/initialized")


@asynccontextmanager
async def piped(home: Path, *arguments: str, **variables: str) -> AsyncGenerator[Pipe]:
    env = environment(home, LOFTY_MCP_STATE_DIR=str(home), **variables)
    with anyio.fail_after(60):
        async with await anyio.open_process([*COMMAND, *arguments], env=env) as process:
            try:
                yield Pipe(process)
            finally:
                if process.returncode is None:
                    process.kill()


@asynccontextmanager
async def over_http(home: Path, *arguments: str, **variables: str) -> AsyncGenerator[tuple[Process, str]]:
    env = environment(home, LOFTY_MCP_STATE_DIR=str(home), **variables)
    command = [*COMMAND, "serve", "--transport", "http", "--port", "0", *arguments]
    with anyio.fail_after(60):
        async with await anyio.open_process(command, env=env) as process:
            assert process.stderr
            lines = BufferedByteReceiveStream(process.stderr)
            url = None
            while url is None:
                line = await lines.receive_until(b"\n", 10_000)
                url = re.search(rb"http://127\.0\.0\.1:\d+", line)
            try:
                yield process, url[0].decode()
            finally:
                if process.returncode is None:
                    process.kill()


async def until_held(home: Path) -> httpx.AsyncClient:
    """Return the sandbox's controls once a send has arrived there and is held."""
    running = json.loads(next((home / "sandbox").glob("run-*/running.json")).read_text(encoding="utf-8"))
    controls = httpx.AsyncClient(base_url=running["base_url"], trust_env=False)
    while f"POST {SEND_PATH}" not in (await controls.get("/_sandbox/state")).json()["counts"]:
        await anyio.lowlevel.checkpoint()
    return controls


async def until_closed(url: str) -> None:
    """Return once nobody new is let in."""
    with suppress(httpx.TransportError):
        while True:
            async with httpx.AsyncClient(trust_env=False) as http:
                await http.get(f"{url}/healthz")


async def hold_sends(home: Path) -> None:
    running = json.loads(next((home / "sandbox").glob("run-*/running.json")).read_text(encoding="utf-8"))
    async with httpx.AsyncClient(trust_env=False) as http:
        fault = {"method": "POST", "path_prefix": SEND_PATH, "fault": "hold"}
        (await http.post(f"{running['base_url']}/_sandbox/faults", json=fault)).raise_for_status()


def keep_journal(home: Path) -> None:
    """Give the sandbox's journal a second name, which outlives the sandbox's folder."""
    (home / "kept").hardlink_to(next((home / "sandbox").glob("run-*/**/outbox.sqlite3")))


def states(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "kept")) as connection:
        return [state for (state,) in connection.execute("select state from messages")]


@pytest.mark.parametrize("arguments", [(), ("serve",), ("serve", "--transport", "http"), ("outbox",), ("doctor",)])
async def test_a_wrong_setting_stops_every_start_with_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, *arguments, variables={"LOFTY_MCP_APPROVAL": "none"})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "lofty-mcp: LOFTY_MCP_APPROVAL must be ask, console or host\n"


async def test_the_server_ends_well_when_its_client_hangs_up(tmp_path: Path) -> None:
    async with piped(tmp_path) as client:
        await client.greet()
        await client.hang_up()
        assert await client.process.wait() == 0


async def test_a_client_that_hangs_up_at_once_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_though_its_client_says_nothing(number: signal.Signals, tmp_path: Path) -> None:
    async with piped(tmp_path) as client:
        await client.greet()
        client.process.send_signal(number)
        assert await client.process.wait() == 0


@pytest.mark.parametrize("end", ["hang up", "SIGTERM"])
async def test_what_is_being_sent_is_finished_and_recorded_before_the_end(end: str, tmp_path: Path) -> None:
    async with piped(tmp_path, "serve", "--sandbox", LOFTY_MCP_APPROVAL="host") as client:
        await client.greet()
        await hold_sends(tmp_path)
        await client.tell("tools/call", {"name": "send_sms", "arguments": TEXT_TO_JANE}, number=1)
        controls = await until_held(tmp_path)
        keep_journal(tmp_path)
        if end == "SIGTERM":
            client.process.terminate()
        else:
            await client.hang_up()
        (await controls.post("/_sandbox/release")).raise_for_status()
        await controls.aclose()
        assert await client.process.wait() == 0
    assert states(tmp_path) == ["sent"]


async def test_http_too_finishes_what_is_being_sent_and_answers_who_asked_for_it(tmp_path: Path) -> None:
    answered: list[str] = []
    async with over_http(tmp_path, "--sandbox", LOFTY_MCP_APPROVAL="host") as (process, url):
        await hold_sends(tmp_path)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client, anyio.create_task_group() as tasks:

            async def send() -> None:
                answered.append((await client.post(f"{url}/mcp", json=CALL, headers=CALL_HEADERS)).text)

            tasks.start_soon(send)
            controls = await until_held(tmp_path)
            keep_journal(tmp_path)
            process.terminate()
            await until_closed(url)
            (await controls.post("/_sandbox/release")).raise_for_status()
            await controls.aclose()
            assert await process.wait() == 0
    assert states(tmp_path) == ["sent"]
    assert len(answered) == 1
    assert '"state":"sent"' in answered[0].replace(" ", "")


async def test_without_a_credential_tools_are_listed_and_a_call_says_how_to_connect(tmp_path: Path) -> None:
    server = StdioServerParameters(command=COMMAND[0], args=list(COMMAND[1:]), env=environment(tmp_path))
    async with Client(server) as client:
        assert (await client.list_tools()).tools
        answer = await client.call_tool("get_lead", {"lead_id": JANE})
    assert answer.is_error
    assert "lofty-mcp login" in str(answer.content)


async def test_a_state_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, variables={"LOFTY_MCP_STATE_DIR": str(tmp_path / "file" / "state")})
    assert done.returncode == 1
    assert done.stderr.startswith("lofty-mcp: the state folder ")
    assert done.stderr.count("\n") == 1


async def test_an_operator_who_trusts_the_host_is_reminded_at_every_start(tmp_path: Path) -> None:
    done = run(tmp_path, variables={"LOFTY_MCP_APPROVAL": "host"})
    assert done.returncode == 0
    assert "LOFTY_MCP_APPROVAL=host" in done.stderr


async def test_the_sandbox_is_loud_about_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--sandbox")
    assert done.returncode == 0
    assert "SANDBOX" in done.stderr


async def test_a_broken_keyring_does_not_stop_the_start(tmp_path: Path) -> None:
    done = run(tmp_path, variables={"PYTHON_KEYRING_BACKEND": "no.such.Backend"})
    assert done.returncode == 0
    assert "starting without a credential" in done.stderr


async def test_http_answers_probes_and_an_mcp_client(tmp_path: Path) -> None:
    async with over_http(tmp_path) as (_, url), httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{url}/healthz")).json() == {"status": "ok"}
        assert (await http.get(f"{url}/readyz")).status_code == 200
        async with Client(f"{url}/mcp") as client:
            assert (await client.list_tools()).tools


async def test_http_is_not_ready_when_it_could_not_keep_an_outbox(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with over_http(state) as (_, url), httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{url}/readyz")).status_code == 200
        state.rename(tmp_path / "gone")
        assert (await http.get(f"{url}/readyz")).status_code == 503
        assert (await http.get(f"{url}/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "attacker.example.com"}, 421),
        ({"Host": "attacker.example.com:{port}"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "https://attacker.example.com"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_http_refuses_another_host_and_another_origin(
    headers: dict[str, str], status: int, tmp_path: Path
) -> None:
    """D89"""
    async with over_http(tmp_path) as (_, url), httpx.AsyncClient(trust_env=False) as http:
        sent = {name: value.format(port=url.rpartition(":")[2]) for name, value in headers.items()}
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        accept = {"Accept": "application/json, text/event-stream"}
        answer = await http.post(f"{url}/mcp", json=ping, headers={**accept, **sent})
        assert answer.status_code == status


async def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "serve", "--transport", "http", "--port", port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"lofty-mcp: cannot listen on 127.0.0.1 port {port}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_http_ends_well_on_a_signal_even_with_a_client_connected(number: signal.Signals, tmp_path: Path) -> None:
    async with over_http(tmp_path) as (process, url), Client(f"{url}/mcp", mode="legacy") as client:
        await client.list_tools()
        process.send_signal(number)
        assert await process.wait() == 0
