"""A Lofty that answers at once: the sandbox, asked each question once and repeated from then on."""

import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

import anyio
import httpx

from lofty_sandbox.clock import STARTS_AT
from lofty_sandbox.records import Call, Email, Text
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.world import timeline_id

LEAD = "480213577100001"
KEPT = 1_000
"""How many reads are noted, lest the bench's own notes be measured as memory."""
LIMITS = {"x-ratelimit-limit": "100000", "x-ratelimit-remaining": "99999", "x-ratelimit-reset": "60"}
"""An account that nothing holds back: what is measured is this server, not its waiting."""


class TickingClock:
    """Moves on with every look at it, so that budgets of a minute neither fill up nor need waiting."""

    def __init__(self) -> None:
        self._now = STARTS_AT

    def now(self) -> datetime:
        """Return the time."""
        self._now += timedelta(seconds=0.2)
        return self._now

    def next_week(self) -> None:
        """Move on by seven days, to two o'clock: after all caps on sends, and outside quiet hours."""
        weeks = (self._now - STARTS_AT) // timedelta(days=7) + 1
        self._now = STARTS_AT + timedelta(days=7 * weeks)


class InstantLofty(httpx.AsyncBaseTransport):
    """Answers each GET as the sandbox did the first time, and each send with a message id."""

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self.sandbox = sandbox or Sandbox(frozen=True, rate_limit=None)
        self.delay_s = 0.0
        self.read_s: deque[float] = deque(maxlen=KEPT)
        """How long each read took, since `recorded` began."""
        self.paths: deque[str] = deque(maxlen=KEPT)
        """What was read, since `recorded` began."""
        self.posted_at = 0.0
        """When the last send arrived, by `time.perf_counter`."""
        self._behind = httpx.ASGITransport(app=self.sandbox.app)
        self.known: dict[str, bytes] = {}
        """Every path that was ever read, with its answer."""
        self._ids = itertools.count(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.raw_path.decode()
        if request.method == "POST" and path.endswith("/send"):
            return self._sent(request)
        begun = time.perf_counter()
        if request.method != "GET":
            return await self._behind.handle_async_request(request)
        if path not in self.known:
            answer = await self._behind.handle_async_request(request)
            self.known[path] = await answer.aread()
            assert answer.status_code == 200, (path, self.known[path])
        if self.delay_s:
            await anyio.sleep(self.delay_s)
        self.paths.append(path)
        self.read_s.append(time.perf_counter() - begun)
        return httpx.Response(200, headers=LIMITS, content=self.known[path])

    @contextmanager
    def recorded(self) -> Generator[deque[str]]:
        """Forget what was read so far, and note what is read now."""
        self.paths.clear()
        self.read_s.clear()
        yield self.paths

    def _sent(self, request: httpx.Request) -> httpx.Response:
        self.posted_at = time.perf_counter()
        fields = json.loads(request.content)
        receipt = {key: fields[key] for key in ("phoneNumber", "phoneCode", "toEmail", "subject") if key in fields}
        return httpx.Response(200, headers=LIMITS, json={"messageId": f"{next(self._ids)}"} | receipt)


def with_entries(number: int) -> Sandbox:
    """Return a sandbox whose first lead has so many timeline entries: texts, emails and calls in turn."""
    sandbox = Sandbox(frozen=True, rate_limit=None)
    data, lead_id = sandbox.world.data, int(LEAD)
    for rows in (data.texts, data.emails, data.calls, data.logs):
        rows.pop(lead_id, None)
    data.notes = {note_id: note for note_id, note in data.notes.items() if note.lead_id != lead_id}
    texts = data.texts[lead_id] = []
    emails = data.emails[lead_id] = []
    calls = data.calls[lead_id] = []
    add: tuple[Callable[[int, datetime], None], ...] = (
        lambda n, at: texts.append(_text(n, at)),
        lambda n, at: emails.append(_email(n, at)),
        lambda n, at: calls.append(_call(n, at)),
    )
    for n in range(number):
        add[n % 3](n, STARTS_AT - timedelta(minutes=10 * (number - n)))
    return sandbox


def _text(n: int, at: datetime) -> Text:
    return Text(
        timeline_id=timeline_id(at, n),
        lead_id=int(LEAD),
        at=at,
        visible_at=at,
        direction="Inbound" if n % 2 else "Outbound",
        kind="Manual",
        content=f"About house {n}: the yard is bigger than it looks, and the roof is from 2019. Shall we go on Friday?",
    )


def _email(n: int, at: datetime) -> Email:
    return Email(
        timeline_id=timeline_id(at, n),
        lead_id=int(LEAD),
        at=at,
        visible_at=at,
        direction="Outbound",
        kind="Manual",
        subject=f"Papers for house {n}",
    )


def _call(n: int, at: datetime) -> Call:
    return Call(
        timeline_id=timeline_id(at, n),
        lead_id=int(LEAD),
        at=at,
        visible_at=at,
        direction="Outbound",
        kind="Manual",
        call_id=480213577200000 + n,
        dialer_id=480213577800000 + n,
        phone="3035550142",
        outcome="Talked",
        status="Completed",
        duration_s=60 + n % 600,
        ring_s=5,
        recorded=False,
        note=f"Went through house {n} with her; she will sleep on it.",
    )


def sandbox_path(path: str) -> str:
    """Return a path without the ids in it, to count requests by."""
    return re.sub(r"/\d+", "/{id}", path.split("?", maxsplit=1)[0])
