"""From a yes in the chat to the POST, beside the least that can be done: the same reads, two commits, a POST."""

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from lofty_crm.api.config import LOFTY_URL
from tests.bench.desk import CREDENTIAL, ERAS, MODES, Mode, bare_reads, our_server
from tests.bench.lofty import LEAD, InstantLofty, TickingClock
from tests.bench.measure import Row, compared, interleaved

SEND_MS = 10.0
"""The most that may pass from an approval to the POST."""
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of one's own is made in it
"""Where files are kept in memory, on systems that have such a place: what remains is our own time."""
AGAIN = ("/v1.0/communication/text", f"/v1.0/leads/{LEAD}")
"""What is read again between the approval and the POST."""


class Person:
    """Says yes to whatever is asked, and knows when."""

    def __init__(self) -> None:
        self.said_at = 0.0

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Approve."""
        del context, params
        self.said_at = time.perf_counter()
        return ElicitResult(action="accept", content={"confirm": True})


async def rows(*, quick: bool) -> list[Row]:
    """Measure sends in both eras, on the machine's disk and without one."""
    rounds = 8 if quick else 40
    found = [await _sends(mode, None, "", rounds=rounds) for mode in MODES]
    if os.path.isdir(MEMORY):  # noqa: PTH112, ASYNC240 -- asked once, of no disk
        found += [await _sends(mode, MEMORY, ", the outbox in memory", rounds=rounds) for mode in MODES]
    return found


async def _sends(mode: Mode, where: Path | None, said: str, *, rounds: int) -> Row:
    with TemporaryDirectory(dir=where) as name, _least(Path(name)) as least:
        lofty, clock, person = InstantLofty(), TickingClock(), Person()
        server = our_server(lofty, clock, Path(name))
        async with Client(server, mode=mode, elicitation_callback=person.answer) as client:

            async def ours() -> float:
                return await send(client, clock, person, lofty)

            async def floor() -> float:
                return await least(lofty)

            took = await interleaved({"ours": ours, "least": floor}, rounds=rounds, warm_up=3)
    return compared(
        f"Yes in the chat to POST, {ERAS[mode]}{said}",
        "ms",
        took["ours"],
        took["least"],
        against="bare httpx and sqlite3: same reads, two durable commits, POST",
        at_most=SEND_MS,
    )


async def send(client: Client, clock: TickingClock, person: Person, lofty: InstantLofty) -> float:
    """Send one text, a week after the last; return the milliseconds from the yes to the POST."""
    clock.next_week()
    body = f"Shall we walk through the house on lot {int(clock.now().timestamp()) // 86_400}?"
    result = await client.call_tool("send_sms", {"lead_id": LEAD, "body": body})
    found: Any = result.structured_content
    assert not result.is_error, result.content
    assert found["state"] == "sent", found
    return (lofty.posted_at - person.said_at) * 1000


@contextmanager
def _least(folder: Path) -> Generator[Callable[[InstantLofty], Any]]:
    with closing(sqlite3.connect(folder / "least.sqlite3", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE steps (id INTEGER PRIMARY KEY, step TEXT)")

        async def least(lofty: InstantLofty) -> float:
            begun = time.perf_counter()
            paths = [path for path in lofty.known if path.split("?")[0] in AGAIN]
            await bare_reads(lofty)(paths[:2])
            for step in ("approved", "claimed"):
                db.execute("INSERT INTO steps (step) VALUES (?)", (step,))
            async with httpx.AsyncClient(transport=lofty) as http:
                await http.post(
                    f"{LOFTY_URL}/v1.0/message/sms/send",
                    headers={"Authorization": CREDENTIAL.header()},
                    json={"leadId": int(LEAD), "content": "x", "phoneNumber": "3035550142", "phoneCode": "1"},
                )
            return (lofty.posted_at - begun) * 1000

        yield least
