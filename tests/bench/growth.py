"""What stays the same however much there is: memory over many calls, long timelines, a full outbox."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client
from sqlalchemy import create_engine, insert

from lofty_crm.api.config import ApiConfig
from lofty_crm.outbox.tables import messages
from lofty_sandbox.clock import STARTS_AT
from tests.bench.calls import learn, timed
from tests.bench.desk import CREDENTIAL, bare_reads, our_server
from tests.bench.lofty import LEAD, InstantLofty, TickingClock, with_entries
from tests.bench.measure import Row, compared, interleaved
from tests.bench.sends import Person, send
from tests.bench.startup import environment

ROOT = Path(__file__).parents[2]


async def rows(*, quick: bool) -> list[Row]:
    """Measure growth."""
    timelines = await _timelines((10, 1_000) if quick else (10, 1_000, 100_000), quick=quick)
    outbox = await _outbox(2_000 if quick else 100_000, quick=quick)
    return [_memory(1_000 if quick else 100_000), *timelines, *outbox]


def _memory(calls: int) -> Row:
    """Compare the resident memory after all calls with that after a tenth of them."""
    grown: dict[str, list[float]] = {}
    with TemporaryDirectory() as name:
        running = {
            which: subprocess.Popen(
                [sys.executable, "-m", "tests.bench.served", which, "loop", str(calls)],
                env=environment(Path(name)),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for which in ("ours", "bare")
        }
        for which, process in running.items():
            told, _ = process.communicate()
            grown[which] = [int(kib) / 1024 for kib in told.split()]
    early, late = grown["ours"]
    _, bare = grown["bare"]
    what = f"Memory after {calls:,} calls (after {calls // 10:,}: {early:.1f} MiB)"
    return compared(what, "MiB", [late], [bare], against="bare SDK server, as many calls")


async def _timelines(lengths: tuple[int, ...], *, quick: bool) -> list[Row]:
    found: list[Row] = []
    for length in lengths:
        lofty = InstantLofty(with_entries(length))
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            client = await stack.enter_async_context(Client(our_server(lofty, TickingClock(), folder)))
            first = await learn(client, lofty, "get_timeline", {"lead_id": LEAD})
            pages = {"first page": first}
            if length > 20:
                pages["tenth page"] = await learn(client, lofty, "get_timeline", await _tenth(client))
            times = 5 if quick else 25
            cases: dict[str, Callable[[], Awaitable[float]]] = {}
            for page, reading in pages.items():
                cases[page] = partial(timed, partial(client.call_tool, reading.name, reading.arguments), times)
                cases[f"{page}, httpx"] = partial(timed, partial(bare_reads(lofty), reading.paths), times)
            took = await interleaved(cases, rounds=3 if quick else 9)
        for page, reading in pages.items():
            what = f"Timeline of {length:,} entries, {page} ({len(reading.paths)} reads)"
            found.append(
                compared(what, "ms", took[page], took[f"{page}, httpx"], against="bare httpx, same reads, parsed")
            )
    return found


async def _tenth(client: Client) -> dict[str, Any]:
    arguments: dict[str, Any] = {"lead_id": LEAD}
    for _ in range(9):
        result = await client.call_tool("get_timeline", arguments)
        page: Any = result.structured_content
        arguments = {"lead_id": LEAD, "cursor": page["next_cursor"]}
    return arguments


async def _outbox(number: int, *, quick: bool) -> list[Row]:
    lofty, clock, person = InstantLofty(), TickingClock(), Person()
    async with AsyncExitStack() as stack:
        clients: list[Client] = []
        for filled in (0, number):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            server = our_server(lofty, clock, folder)
            client = await stack.enter_async_context(Client(server, elicitation_callback=person.answer))
            await send(client, clock, person, lofty)
            _fill(folder, filled)
            clients.append(client)
        empty, full = clients

        async def sent(client: Client) -> float:
            return await send(client, clock, person, lofty)

        async def listed(client: Client) -> float:
            return await timed(partial(client.call_tool, "list_messages", {"state": "all"}), 10)

        cases = {
            "send, empty": partial(sent, empty),
            "send, full": partial(sent, full),
            "list, empty": partial(listed, empty),
            "list, full": partial(listed, full),
        }
        took = await interleaved(cases, rounds=7 if quick else 25, warm_up=2)
    assert median(took["list, full"]) > 0
    beside = "the same with an empty outbox"
    return [
        compared(
            f"Yes in the chat to POST, {number:,} messages in the outbox",
            "ms",
            took["send, full"],
            took["send, empty"],
            against=beside,
        ),
        compared(
            f"`list_messages`, {number:,} messages in the outbox",
            "ms",
            took["list, full"],
            took["list, empty"],
            against=beside,
        ),
    ]


def _fill(folder: Path, number: int) -> None:
    """Put messages to other leads into the outbox, all sent in the year before."""
    if not number:
        return
    account = ApiConfig(credential=CREDENTIAL).account
    engine = create_engine(f"sqlite:///{next(folder.glob('outbox*.sqlite3'))}")
    step = timedelta(days=365) / number
    with engine.begin() as connection:
        connection.execute(
            insert(messages),
            [_sent(account, n, STARTS_AT - timedelta(days=1) - step * (number - n)) for n in range(number)],
        )
    engine.dispose()


def _sent(account: str, n: int, at: Any) -> dict[str, Any]:
    return {
        "id": f"m-{n:08}",
        "account": account,
        "kind": "sms",
        "lead_id": str(480213577200000 + n),
        "lead_name": "Pat Example",
        "destination_id": "phone-1",
        "destination": "+13035550100",
        "body": f"About house {n}: shall we go on Friday?",
        "subject": "",
        "payload": b"{}",
        "digest": f"{n:064}",
        "generation": 1,
        "state": "sent",
        "question": "",
        "findings": "[]",
        "created_at": at,
        "updated_at": at,
        "expires_at": at,
        "claimed_at": at,
        "approved_at": at,
        "approved_by": "chat",
    }
