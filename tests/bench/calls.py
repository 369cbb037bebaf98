"""Our own time in a tool call: everything but Lofty's answer, which is instant here."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client
from mcp.types import TextContent

from tests.bench.desk import ERAS, MODES, Mode, Stopwatch, bare_reads, bare_server, our_server
from tests.bench.lofty import LEAD, InstantLofty, TickingClock
from tests.bench.measure import Row, compared, interleaved

READS: dict[str, dict[str, Any]] = {
    "find_leads": {"query": "Jane"},
    "get_lead": {"lead_id": LEAD},
    "get_timeline": {"lead_id": LEAD},
    "list_notes": {"lead_id": LEAD},
    "list_calls": {"lead_id": LEAD},
    "list_messages": {"state": "all"},
}
BESIDE = "bare SDK tool, same reads or same text"
READ_MS = 3.0
"""The most that a read may take of our own time."""


@dataclass(frozen=True)
class Reading:
    """One read tool: its arguments, what it asks of Lofty, and how long its text is."""

    name: str
    arguments: dict[str, Any]
    paths: list[str]
    length: int


async def learn(client: Client, lofty: InstantLofty, name: str, arguments: dict[str, Any]) -> Reading:
    """Call a tool once and see what it does."""
    with lofty.recorded() as paths:
        result = await client.call_tool(name, arguments)
        assert not result.is_error, result.content
        text = "".join(part.text for part in result.content if isinstance(part, TextContent))
        return Reading(name, arguments, list(paths), len(text))


async def timed(
    call: Callable[[], Awaitable[Any]], times: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the median of so many calls, in milliseconds by the clock that is given."""
    took: list[float] = []
    for _ in range(times):
        begun = clock()
        await call()
        took.append((clock() - begun) * 1000)
    return median(took)


async def rows(*, quick: bool) -> list[Row]:
    """Measure reads in memory, in both eras, in processor time: a busy machine changes it least."""
    found: list[Row] = []
    for mode in MODES:
        found += await _reads(mode, quick=quick)
    return found


async def within(stopwatch: Stopwatch, call: Callable[[], Awaitable[Any]], times: int) -> float:
    """Return the median time within the server of so many calls, in milliseconds."""
    stopwatch.took_ms.clear()
    for _ in range(times):
        await call()
    return median(stopwatch.took_ms)


async def _reads(mode: Mode, *, quick: bool) -> list[Row]:
    lofty = InstantLofty()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        servers = our_server(lofty, TickingClock(), folder), bare_server(lofty)
        watches = Stopwatch(), Stopwatch()
        for server, watch in zip(servers, watches, strict=True):
            server.middleware.insert(0, watch)
        ours, bare = [await stack.enter_async_context(Client(server, mode=mode)) for server in servers]
        plain = bare_reads(lofty)
        readings = [await learn(ours, lofty, name, arguments) for name, arguments in READS.items()]
        times = 15 if quick else 50
        cases: dict[str, Callable[[], Awaitable[float]]] = {}
        for each in readings:
            same = asked_of_bare(each)
            call = partial(ours.call_tool, each.name, each.arguments)
            cases[each.name] = partial(within, watches[0], call, times)
            cases[f"{each.name}, bare"] = partial(within, watches[1], partial(bare.call_tool, *same), times)
            cases[f"{each.name}, whole"] = partial(timed, call, times, time.process_time)
            cases[f"{each.name}, httpx"] = partial(timed, partial(plain, each.paths), times, time.process_time)
        took = await interleaved(cases, rounds=3 if quick else 7)
    found: list[Row] = []
    for each in readings:
        what = f"`{each.name}`, {_reads_of(each)}, {ERAS[mode]}"
        whole, alone_ = took[f"{each.name}, whole"], took[each.name]
        found.append(compared(what, "ms", alone_, took[f"{each.name}, bare"], against=BESIDE, at_most=READ_MS))
        if mode == "auto":
            found.append(compared("- with the client's own time", "ms", whole, alone_, against="within the server"))
        if mode == "auto" and each.paths:
            plain_reads = took[f"{each.name}, httpx"]
            found.append(compared("- beside bare httpx", "ms", alone_, plain_reads, against="the same reads, parsed"))
    return found


def asked_of_bare(reading: Reading) -> tuple[str, dict[str, Any]]:
    """Return the tool and the arguments with which the bare server does what our tool does."""
    if reading.paths:
        return "fetch", {"paths": reading.paths, "length": reading.length}
    return "echo", {"text": "x" * reading.length}


def _reads_of(reading: Reading) -> str:
    number = len(reading.paths)
    return f"{number or 'no'} read{'' if number == 1 else 's'} of Lofty"
