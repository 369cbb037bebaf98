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

from tests.bench.desk import ERAS, MODES, Mode, bare_reads, bare_server, our_server
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


async def timed(call: Callable[[], Awaitable[Any]], times: int) -> float:
    """Return the median of so many calls, in milliseconds."""
    took: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        await call()
        took.append((time.perf_counter() - begun) * 1000)
    return median(took)


async def rows(*, quick: bool) -> list[Row]:
    """Measure reads in memory, in both eras."""
    found: list[Row] = []
    for mode in MODES:
        found += await _reads(mode, quick=quick)
    return found


async def _reads(mode: Mode, *, quick: bool) -> list[Row]:
    lofty = InstantLofty()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = our_server(lofty, TickingClock(), folder)
        ours = await stack.enter_async_context(Client(server, mode=mode))
        bare = await stack.enter_async_context(Client(bare_server(lofty), mode=mode))
        plain = bare_reads(lofty)
        readings = [await learn(ours, lofty, name, arguments) for name, arguments in READS.items()]
        times = 30 if quick else 150
        cases: dict[str, Callable[[], Awaitable[float]]] = {
            "echo": partial(timed, partial(bare.call_tool, "echo", {"text": "x"}), times)
        }
        for each in readings:
            same = {"paths": each.paths, "length": each.length}
            cases[each.name] = partial(timed, partial(ours.call_tool, each.name, each.arguments), times)
            cases[f"{each.name}, bare"] = partial(timed, partial(bare.call_tool, "fetch", same), times)
            cases[f"{each.name}, httpx"] = partial(timed, partial(plain, each.paths), times)
        took = await interleaved(cases, rounds=5 if quick else 11)
    era = ERAS[mode]
    found: list[Row] = []
    for each in readings:
        asks = f"{len(each.paths)} reads" if len(each.paths) != 1 else "1 read"
        what = f"`{each.name}` in memory ({asks} of Lofty), {era}"
        beside = took[f"{each.name}, bare"]
        found.append(
            compared(what, "ms", took[each.name], beside, against="bare SDK tool, same reads", at_most=READ_MS)
        )
        if mode == "auto" and each.paths:
            found.append(
                compared(
                    "the same", "ms", took[each.name], took[f"{each.name}, httpx"], against="bare httpx, same reads"
                )
            )
    return found
