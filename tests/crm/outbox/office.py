"""An outbox on the sandbox, and a person beside it."""

import sqlite3
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.api.dialect import Dialect
from lofty_crm.clock import Clock
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import Approver, Kind, Message
from lofty_crm.outbox.outbox import Outbox
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox

JANE = "480213577100001"
PRIYA = "480213577100003"
TOM = "480213577100004"
ELENA = "480213577100005"
JON = "480213577100006"
WALTER = "480213577100008"
AIKO = "480213577100010"
RUTH = "480213577100011"
SAM = "480213577100012"
BEN = "480213577100014"
CARL = "480213577100016"
HUGO = "480213577100018"

SMS = "/v1.0/message/sms/send"
EMAIL = "/v1.0/message/email/send"
LOFTY = "https://api.lofty.com"
WORDS = "Three works. See you Thursday at the oak gate!"


def busy_sandbox(**quirks: Any) -> Sandbox:
    """A sandbox that stands still and never refuses for the number of requests."""
    return Sandbox(frozen=True, rate_limit=100_000, **quirks)


class InProcess(httpx.ASGITransport):
    """The way to a sandbox in this process; what it cuts shows as a socket would show it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(app=sandbox.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except ConnectionResetError:
            raise httpx.ReadError("the connection was reset", request=request) from None


@dataclass
class Office:
    """One process: its outbox on the sandbox."""

    sandbox: Sandbox
    outbox: Outbox
    lofty: Lofty
    folder: Path

    async def text(self, body: str = WORDS, lead_id: str = JANE, to: str = "") -> Message:
        """Draft a text."""
        return await self.outbox.draft(Kind.SMS, lead_id=lead_id, body=body, to=to)

    async def email(self, body: str = WORDS, lead_id: str = JANE, subject: str = "Thursday") -> Message:
        """Draft an email."""
        return await self.outbox.draft(Kind.EMAIL, lead_id=lead_id, body=body, subject=subject)

    async def yes(self, message: Message, reason: str = "") -> Message:
        """A person at the terminal says yes."""
        return await self.outbox.approve(message, by=Approver.TERMINAL, reason=reason)

    async def state(self, message: Message) -> State:
        """What has become of a message."""
        return (await self.outbox.get(message.id)).state

    async def events(self, message: Message) -> list[str]:
        """The steps that the audit has of a message."""
        for record in await self.outbox.audit_export():
            if record["message_id"] == message.id:
                steps: Any = record["steps"]
                return [step["event"] for step in steps]
        return []

    @property
    def posts(self) -> int:
        """How many sends reached Lofty, whatever it did with them."""
        return self.sandbox.count("POST", "/v1.0/message/")


def copied(folder: Path, message: Message, **other: str) -> None:
    """Put one more message into the file, like `message` but for some columns: `id` and `digest` at least."""
    with closing(sqlite3.connect(folder / JOURNAL, isolation_level=None)) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(messages)").fetchall()]
        (row,) = database.execute("SELECT * FROM messages WHERE id = ?", (message.id,)).fetchall()
        values = [other.get(name, value) for name, value in zip(names, row, strict=True)]
        database.execute(f"INSERT INTO messages VALUES ({', '.join('?' * len(names))})", values)  # noqa: S608


async def recorded(desk: Office, words: str) -> str:
    """Have Jane say this on a call; gives the recording, whose summary nobody has read yet."""
    call = next(call for call in await desk.lofty.calls(JANE) if call.recorded)
    data = desk.sandbox.world.data
    row = next(each for each in data.calls[int(JANE)] if str(each.call_id) == call.id)
    summary = desk.sandbox.world.summary(row)
    assert summary
    data.summaries[row.call_id] = replace(summary, text=f"Alex: Hi!\nJane: {words}")
    return call.recording_id or ""


@cache
def trusted() -> ssl.SSLContext:
    """The list of authorities, which takes longer to load than all else that a client does."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def office(
    sandbox: Sandbox,
    folder: Path,
    *,
    url: str = "",
    key: str = "sandbox-api-key",
    deadline_s: float = 30.0,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
    say_sandbox: bool = False,
    dialect: Dialect | None = None,
    **config: Any,
) -> AsyncGenerator[Office]:
    """Open an outbox in `folder`, over a real socket if there is a `url`; close it in the end."""
    transport = transport if url or transport else InProcess(sandbox)
    credential = Credential.api_key(key) if key == "sandbox-api-key" else Credential.access_token(key)
    api = ApiConfig(credential=credential, deadline_s=deadline_s, base_url=url or LOFTY, dialect=dialect or "auto")
    sends = httpx.Limits(max_keepalive_connections=0)
    async with (
        httpx.AsyncClient(transport=transport, verify=trusted()) as http,
        httpx.AsyncClient(transport=transport, limits=sends, verify=trusted()) as send_http,
    ):
        lofty = Lofty(http, api, clock=clock or sandbox.clock, send_http=send_http)
        outbox = Outbox(lofty, clock or sandbox.clock, OutboxConfig(folder=folder, sandbox=say_sandbox, **config))
        try:
            yield Office(sandbox, outbox, lofty, folder)
        finally:
            await outbox.close()
