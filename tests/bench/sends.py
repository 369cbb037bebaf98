"""From a yes in the chat to the POST, beside the least that can be done: the same reads, one commit, a POST."""

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
    """Measure sends in both eras."""
    return [await _sends(mode, rounds=12 if quick else 60) for mode in MODES]


async def _sends(mode: Mode, *, rounds: int) -> Row:
    with TemporaryDirectory() as name, _least(Path(name)) as least:
        lofty, clock, person = InstantLofty(), TickingClock(), Person()
        server = our_server(lofty, clock, Path(name))
        async with Client(server, mode=mode, elicitation_callback=person.answer) as client:

            async def ours() -> float:
                return await send(client, clock, person, lofty)

            async def floor() -> float:
                return await least(lofty)

            took = await interleaved({"ours": ours, "least": floor}, rounds=rounds, warm_up=3)
    return compared(
        f"Approval to POST, {ERAS[mode]}",
        "ms",
        took["ours"],
        took["least"],
        against="bare httpx and sqlite3: same reads, one durable commit, POST",
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
        db.execute("CREATE TABLE claims (id INTEGER PRIMARY KEY, body TEXT)")

        async def least(lofty: InstantLofty) -> float:
            begun = time.perf_counter()
            paths = [path for path in lofty.known if path.split("?")[0] in AGAIN]
            await bare_reads(lofty)(paths[:2])
            db.execute("INSERT INTO claims (body) VALUES ('claimed')")
            async with httpx.AsyncClient(transport=lofty) as http:
                await http.post(
                    f"{LOFTY_URL}/v1.0/message/sms/send",
                    headers={"Authorization": CREDENTIAL.header()},
                    json={"leadId": int(LEAD), "content": "x", "phoneNumber": "3035550142", "phoneCode": "1"},
                )
            return (lofty.posted_at - begun) * 1000

        yield least
