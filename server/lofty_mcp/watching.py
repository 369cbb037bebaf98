"""Looking for what has changed, for clients that listen: messages in the outbox, and the inbox in Lofty."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError, NoEndpointError
from lofty_crm.api.models import CommunicationRow
from lofty_crm.clock import Clock
from lofty_crm.outbox.message import OutboxError
from lofty_crm.outbox.outbox import Outbox
from lofty_crm.outbox.states import ENDED
from lofty_mcp.audience import Audience
from lofty_tools.resources import INBOX, is_message, is_timeline, message_of, timeline_of

MESSAGES_EVERY_S = 1.0
HEADROOM = 0.5
"""Which part of the budget of requests has to be unused for a look at the inbox."""
LONGEST_S = 900.0
"""How long the next look waits at most while Lofty cannot be read, unless looks are further apart anyway."""
OVERLAP = timedelta(minutes=5)
"""Read again at each look: Lofty may show a message some time after its own time of it."""
_ROWS = 1_000
_MOST_PAGES = 5

_log = logging.getLogger(__name__)


class MessagesWatch:
    """Tells of messages that were moved in the outbox, by whatever process of this machine."""

    def __init__(self, audience: Audience, outbox: Outbox) -> None:
        self._audience = audience
        self._outbox = outbox
        self._known: dict[str, str] = {}
        self._ended: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled, while anybody listens."""
        while True:
            await self._audience.gathered(is_message)
            await self.look()
            await anyio.sleep(MESSAGES_EVERY_S)

    async def look(self) -> None:
        """Read the messages that somebody listens to, and tell of those that are not what they were."""
        wanted = self._audience.wanted(is_message)
        self._known = {uri: mark for uri, mark in self._known.items() if uri in wanted}
        self._ended &= wanted
        for uri in sorted(wanted - self._ended):
            if await self._moved(uri):
                await self._audience.tell(uri)

    async def note(self, uris: Collection[str]) -> None:
        """Note what messages are now, for a client that is about to listen to them."""
        for uri in filter(is_message, uris):
            if uri not in self._known:
                await self._moved(uri)

    async def _moved(self, uri: str) -> bool:
        try:
            message = await self._outbox.get(message_of(uri))
        except OutboxError:
            return False
        mark = f"{message.state} {message.updated_at.isoformat()}"
        before = self._known.get(uri, mark)
        self._known[uri] = mark
        if message.state in ENDED:
            self._ended.add(uri)
        return mark != before


class InboxWatch:
    """Tells of new messages in Lofty, with one search a look, and only while Lofty has time for it."""

    def __init__(self, audience: Audience, lofty: Lofty, clock: Clock) -> None:
        self._audience = audience
        self._lofty = lofty
        self._clock = clock
        self._every_s = audience.look_every_s
        self.pause_s = self._every_s
        """How long to wait until the next look."""
        self._possible = True
        self._since: datetime | None = None
        self._seen: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look until cancelled, while anybody listens; give up where Lofty has no search over all leads."""
        while self._possible:
            if not self._audience.wanted(_concerns):
                # what comes while nobody listens is no news to who comes later, and reads it anyway
                self._since = None
                await self._audience.gathered(_concerns)
            await self.look()
            await anyio.sleep(self.pause_s)

    async def look(self) -> None:
        """Read what has come since the last look, and tell of it; the first look only notes what is there."""
        now = self._clock.now()
        if self._lofty.spare < HEADROOM:
            self.pause_s = self._every_s
            return
        try:
            rows, whole = await self._rows((self._since or now) - OVERLAP, now)
        except NoEndpointError:
            self._possible = False
            _log.warning("inbox_not_watched", extra={"outcome": "no_search"})
            return
        except LoftyError as error:
            self.pause_s = min(2 * self.pause_s, max(LONGEST_S, self._every_s))
            _log.warning("inbox_not_read", extra={"outcome": type(error).__name__, "wait_s": self.pause_s})
            return
        self.pause_s = self._every_s
        seen = {_mark(row): row for row in rows}
        news = [row for mark, row in seen.items() if mark not in self._seen]
        first = self._since is None
        self._since, self._seen = now, frozenset(seen)
        if first or (whole and not news):
            return
        _log.info("inbox_changed", extra={"count": len(news)})
        changed = {INBOX, *(timeline_of(row.lead_id) for row in news)}
        for uri in sorted(self._audience.wanted(lambda uri: _concerns(uri) and (uri in changed or not whole))):
            await self._audience.tell(uri)

    async def _rows(self, since: datetime, until: datetime) -> tuple[list[CommunicationRow], bool]:
        """Return what was said, and whether that is all of it."""
        rows: list[CommunicationRow] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await self._lofty.search_communications(since=since, until=until, limit=_ROWS, cursor=cursor)
            # that an email was opened is news to nobody who waits
            rows += [row for row in page.rows if row.event in {"sent", None}]
            cursor = page.next_cursor
            if cursor is None:
                return rows, True
        return rows, False


def _concerns(uri: str) -> bool:
    return uri == INBOX or is_timeline(uri)


def _mark(row: CommunicationRow) -> str:
    return f"{row.channel} {row.direction} {row.id}"
