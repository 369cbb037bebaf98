"""The same calls over stdio and HTTP, by one client and by many, beside a bare server of the same SDK."""

import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import anyio
import httpx
from mcp import Client, StdioServerParameters

from tests.bench.calls import READS, Reading, asked_of_bare, learn, timed
from tests.bench.desk import ERAS, MODES, Mode, our_server
from tests.bench.lofty import InstantLofty, TickingClock
from tests.bench.measure import Row, compared, interleaved
from tests.bench.startup import environment, modern_meta

CALLED = ("get_lead", "list_messages")
CLIENTS = (1, 32, 200)
Which = Literal["ours", "bare"]
ROOT = Path(__file__).parents[2]


async def rows(*, quick: bool) -> list[Row]:
    """Measure latency over stdio and HTTP in both eras, then throughput over HTTP."""
    readings = await _learnt()
    found: list[Row] = []
    for mode in MODES:
        found += await _latency("stdio", mode, readings, quick=quick)
        found += await _latency("HTTP", mode, readings, quick=quick)
    return found + await _throughput(readings, quick=quick)


async def _learnt() -> list[Reading]:
    lofty = InstantLofty()
    with TemporaryDirectory() as name:
        async with Client(our_server(lofty, TickingClock(), Path(name))) as client:
            return [await learn(client, lofty, tool, READS[tool]) for tool in CALLED]


def _asked_of(which: Which, reading: Reading) -> tuple[str, dict[str, Any]]:
    """Return the tool and the arguments with which a server does what our tool does."""
    if which == "ours":
        return reading.name, reading.arguments
    return asked_of_bare(reading)


async def _latency(how: Literal["stdio", "HTTP"], mode: Mode, readings: list[Reading], *, quick: bool) -> list[Row]:
    connected = _over_stdio if how == "stdio" else _over_http
    async with AsyncExitStack() as stack:
        clients: dict[Which, Client] = {
            "ours": await stack.enter_async_context(connected("ours", mode)),
            "bare": await stack.enter_async_context(connected("bare", mode)),
        }
        cases: dict[str, Callable[[], Awaitable[float]]] = {}
        for which, client in clients.items():
            for reading in readings:
                call = partial(client.call_tool, *_asked_of(which, reading))
                cases[f"{which} {reading.name}"] = partial(timed, call, 10 if quick else 50)
        took = await interleaved(cases, rounds=2 if quick else 7)
    return [
        compared(
            f"`{reading.name}` over {how}, {ERAS[mode]}",
            "ms",
            took[f"ours {reading.name}"],
            took[f"bare {reading.name}"],
            against="bare SDK tool, same reads" if reading.paths else "bare SDK tool that returns a text",
        )
        for reading in readings
    ]


async def _throughput(readings: list[Reading], *, quick: bool) -> list[Row]:
    found: list[Row] = []
    calls = 100 if quick else 400
    with _served("ours") as ours, _served("bare") as bare:
        for reading in readings:
            for clients in CLIENTS:
                rate = partial(_calls_a_second, clients=clients, calls=calls)
                cases = {
                    "ours": partial(rate, ours, *_asked_of("ours", reading)),
                    "bare": partial(rate, bare, *_asked_of("bare", reading)),
                }
                took = await interleaved(cases, rounds=2 if quick else 5)
                what = f"`{reading.name}` over HTTP, {clients} client{'s' if clients > 1 else ''}"
                found.append(
                    compared(what, "calls/s", took["ours"], took["bare"], against="bare SDK tool, the same clients")
                )
    return found


async def _calls_a_second(url: str, tool: str, arguments: dict[str, Any], *, clients: int, calls: int) -> float:
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    params = {"name": tool, "arguments": arguments} | modern_meta()
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60, trust_env=False) as http:
        left = iter(range(calls))

        async def work() -> None:
            for number in left:
                message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
                try:
                    answer = await http.post(url, json=message)
                except httpx.TransportError:  # the server closed a connection that had waited for its turn too long
                    answer = await http.post(url, json=message)
                assert answer.status_code == 200, answer.text
                assert '"isError":true' not in answer.text, answer.text

        begun = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(clients):
                tasks.start_soon(work)
        return calls / (time.perf_counter() - begun)


def _command(which: Which, how: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.served", which, how]


@asynccontextmanager
async def _over_stdio(which: Which, mode: Mode) -> AsyncGenerator[Client]:
    with TemporaryDirectory() as name:
        command, *rest = _command(which, "stdio")
        parameters = StdioServerParameters(command=command, args=rest, env=environment(Path(name)), cwd=ROOT)
        async with Client(parameters, mode=mode) as client:
            yield client


@asynccontextmanager
async def _over_http(which: Which, mode: Mode) -> AsyncGenerator[Client]:
    with _served(which) as url:
        async with Client(url, mode=mode) as client:
            yield client


@contextmanager
def _served(which: Which) -> Generator[str]:
    with TemporaryDirectory() as name:
        process = subprocess.Popen(
            _command(which, "http"), env=environment(Path(name)), cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()
