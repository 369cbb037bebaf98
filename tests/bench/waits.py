"""How long a timeline makes a person wait when each of Lofty's answers takes a tenth of a second."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client

from tests.bench.calls import learn, timed
from tests.bench.desk import bare_reads, our_server
from tests.bench.lofty import LEAD, InstantLofty, TickingClock
from tests.bench.measure import Row, compared, interleaved

READ_S = 0.1
TIMES_THE_SLOWEST = 1.3


async def rows(*, quick: bool) -> list[Row]:
    """Measure `get_timeline` against the slowest of its reads."""
    lofty = InstantLofty()
    slowest: list[float] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        client = await stack.enter_async_context(Client(our_server(lofty, TickingClock(), folder)))
        reading = await learn(client, lofty, "get_timeline", {"lead_id": LEAD})
        lofty.delay_s = READ_S

        async def once() -> float:
            with lofty.recorded():
                took = await timed(partial(client.call_tool, reading.name, reading.arguments), 1)
                slowest.append(max(lofty.read_s) * 1000)
            return took

        plain: Callable[[], Any] = partial(bare_reads(lofty), reading.paths)
        cases = {"ours": once, "httpx": partial(timed, plain, 1)}
        took = await interleaved(cases, rounds=5 if quick else 15)
    what = f"`get_timeline`, its {len(reading.paths)} reads at {READ_S * 1000:.0f} ms each"
    return [
        compared(what, "ms", took["ours"], slowest[1:], against="slowest of its reads", times=TIMES_THE_SLOWEST),
        compared("- beside bare httpx", "ms", took["ours"], took["httpx"], against="the same reads at once"),
    ]
