"""The histories that a timeline is made of, each read newest first and only as far as a page needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import LoftyError, NoEndpointError
from lofty_crm.api.models import Activity, Call, Channel, Email, ManualLog, Note, SiteActivity, Text
from lofty_tools.merging import Entry, EntryChannel, rank_of

Fetch = Callable[[int, int], Awaitable[list[Entry]]]
"""Rows from an offset on, at most so many."""

_MOST = 1000
"""The most rows that Lofty's histories give at once."""
_MOST_READS = 25
_VISITS_PER_PAGE = 100
_OVERLAP = 5
"""Rows read again, in case some above them have been deleted since."""
ENOUGH_ACTIVITIES = 100
"""Lofty's combined timeline begins with the oldest row: its first rows complete the histories of most leads, and for
those with more the histories by channel hold the same."""

COMBINED = "combined timeline"


class Source:
    """One history of one lead."""

    def __init__(self, name: str, fetch: Fetch, *, offset: int = 0, chunk: int = 0, whole: bool = False) -> None:
        """Name the history and say how it is read.

        Args:
            name: how a failure to read it is worded, such as `texts`.
            fetch: reads rows.
            offset: where to begin.
            chunk: the fixed size of its pages, where it has one.
            whole: True when what one read gives is all that will be asked for.
        """
        self.name = name
        self.rows: list[Entry] = []
        self.error: LoftyError | None = None
        self._fetch = fetch
        self._begun = self._next = offset
        self._chunk = chunk
        self._ended = False
        self._whole = whole
        self._newest_first = True
        self._reads = 0

    @property
    def absent(self) -> bool:
        """Whether this account has no such history at all."""
        return isinstance(self.error, NoEndpointError)

    @property
    def open(self) -> bool:
        """Whether there may be older rows that can still be read."""
        return not (self._ended or self.error or self.cut_short)

    @property
    def cut_short(self) -> bool:
        """Whether reading was given up because there is too much of it."""
        return self._reads >= _MOST_READS and not self._ended

    @property
    def floor(self) -> int:
        """Down to which moment (microseconds since 1970) all rows are here; -1 when there is no more to come."""
        return self.rows[-1].rank[0] if self.open and self.rows else -1

    def newer_than(self, at: int) -> int:
        """Return how many rows from the top are known to be newer than a moment: the next reading may pass them."""
        return self._begun + sum(row.rank[0] > at for row in self.rows) if self._newest_first else 0

    async def read(self, limit: int, *, newer_than: int = -1) -> None:
        """Read on, at most `limit` rows; a failure is kept in `error`.

        Args:
            limit: capped at what Lofty gives at once.
            newer_than: when reading begins at an offset, the moment that its first row must not be older than, lest
                rows have been passed over; reading begins anew from the top if it is.
        """
        await self._read(limit)
        if self._begun and not self.error and (not self.rows or self.rows[0].rank[0] < newer_than):
            self._begun, self._next, self.rows, self._ended = 0, 0, [], False
            await self._read(_MOST)
        if self.open and self.rows and self.rows[0].rank[0] < self.rows[-1].rank[0]:
            await self._read_to_end()

    async def _read_to_end(self) -> None:
        """Read all the rest: the oldest rows come first, which Lofty promises neither way."""
        while self.open:
            await self._read(_MOST)
        self.rows.sort(key=lambda entry: entry.rank, reverse=True)
        self._newest_first = False

    async def _read(self, limit: int) -> None:
        asked = self._chunk or min(limit, _MOST)
        self._reads += 1
        try:
            rows = await self._fetch(self._next, asked)
        except LoftyError as error:
            self.error = error
            return
        self.rows.extend(rows)
        self._next += len(rows)
        self._ended = self._whole or len(rows) < asked


@dataclass(frozen=True)
class Histories:
    """All the histories of one lead."""

    lofty: Lofty
    lead_id: str

    def about(self, channels: frozenset[EntryChannel], skip: dict[str, int]) -> tuple[Source, ...]:
        """Return the histories that tell of these channels, the richest first.

        Args:
            channels: what is asked for.
            skip: by history, how many rows from the top are known to be newer than what is asked for.
        """
        found: list[Source] = []
        if self.lofty.config.dialect is Dialect.GUIDE:
            return self._of_the_guide(channels)
        if "sms" in channels:
            texts = Source("texts", self._texts, offset=_overlapping(skip.get("texts", 0)))
            found += [texts, self._logged("texts", Channel.SMS)]
        if "email" in channels:
            # Read from the top: what was opened since stands above what was sent.
            found += [Source("emails", self._emails), self._logged("emails", Channel.EMAIL)]
        if "call" in channels:
            calls = Source("calls", self._calls, offset=_overlapping(skip.get("calls", 0)))
            found += [calls, self._logged("calls", Channel.CALL)]
        if found:
            found.append(Source(COMBINED, partial(self._activities, ENOUGH_ACTIVITIES), whole=True))
        if "note" in channels:
            found.append(Source("notes", self._notes, whole=True))
        if "site" in channels:
            found.append(Source("site activity", self._visits, chunk=_VISITS_PER_PAGE))
        return tuple(found)

    def _of_the_guide(self, channels: frozenset[EntryChannel]) -> tuple[Source, ...]:
        found: list[Source] = []
        if "call" in channels:
            found.append(Source("calls", self._calls))
        if channels & {"sms", "email", "call"}:
            found.append(self.all_activities())
        if "note" in channels or not found:
            found.append(Source("notes", self._notes, whole=True))
        return tuple(found)

    def all_activities(self) -> Source:
        """Return Lofty's combined timeline to its end: what there is where no channel has a history of its own."""
        return Source(COMBINED, partial(self._activities, _MOST * _MOST_READS), whole=True)

    def _logged(self, name: str, channel: Channel) -> Source:
        return Source(f"logged {name}", partial(self._logs, channel), whole=True)

    async def _texts(self, offset: int, limit: int) -> list[Entry]:
        return [from_text(row) for row in await self.lofty.texts(self.lead_id, offset=offset, limit=limit)]

    async def _emails(self, offset: int, limit: int) -> list[Entry]:
        return [from_email(row) for row in await self.lofty.emails(self.lead_id, offset=offset, limit=limit)]

    async def _calls(self, offset: int, limit: int) -> list[Entry]:
        return [from_call(row) for row in await self.lofty.calls(self.lead_id, offset=offset, limit=limit)]

    async def _logs(self, channel: Channel, _offset: int, _limit: int) -> list[Entry]:
        return [from_log(row) for row in await self.lofty.manual_logs(self.lead_id, channel, limit=_MOST)]

    async def _activities(self, most: int, _offset: int, _limit: int) -> list[Entry]:
        return [from_activity(row) for row in await self.lofty.activities(self.lead_id, limit=most)]

    async def _notes(self, _offset: int, _limit: int) -> list[Entry]:
        return [from_note(row) for row in await self.lofty.notes(self.lead_id)]

    async def _visits(self, offset: int, _limit: int) -> list[Entry]:
        page = offset // _VISITS_PER_PAGE
        return [from_visit(row) for row in await self.lofty.site_activity(self.lead_id, page=page)]


def _overlapping(skip: int) -> int:
    return max(0, skip - _OVERLAP)


def from_text(row: Text) -> Entry:
    """Return a row of the text history as an entry."""
    return Entry(
        source="texts",
        channel="sms",
        id=row.id,
        at=row.at,
        direction=row.direction,
        origin=row.origin,
        text=row.body,
        outcome=row.outcome,
    )


def from_email(row: Email) -> Entry:
    """Return a row of the email history as an entry."""
    return Entry(
        source="emails",
        channel="email",
        id=row.id,
        at=row.at,
        direction=row.direction,
        origin=row.origin,
        event="sent" if row.event == "other" else row.event,
        subject=row.subject,
    )


def from_call(row: Call) -> Entry:
    """Return a row of the call history as an entry."""
    return Entry(
        source="calls",
        channel="call",
        id=row.id,
        at=row.at,
        direction=row.direction,
        text=row.note,
        outcome=row.outcome or row.status,
        duration_s=row.duration_s,
        recorded=row.recorded,
    )


def from_note(row: Note) -> Entry:
    """Return a note as an entry, at the time that it was written."""
    return Entry(
        source="notes",
        channel="note",
        id=row.id,
        at=row.created_at,
        origin="auto" if row.system else "manual",
        text=row.content,
        author=row.author,
        pinned=row.pinned,
    )


def from_log(row: ManualLog) -> Entry:
    """Return a contact that was logged by hand as an entry."""
    return Entry(
        source=f"logged {row.channel}",
        channel=row.channel.value,
        id=row.id,
        at=row.at,
        direction=row.direction,
        origin="logged",
        subject=row.subject,
        text=row.content,
        outcome=row.outcome,
    )


def from_activity(row: Activity) -> Entry:
    """Return a row of Lofty's combined timeline as an entry."""
    return Entry(
        source=COMBINED,
        channel=row.channel.value,
        id=row.id,
        at=row.at,
        direction=row.direction,
        origin=row.origin,
        event=row.email_event or "sent" if row.channel is Channel.EMAIL else "sent",
        subject=row.subject,
        text=row.text,
        text_by="lofty" if row.text and row.channel is Channel.CALL and row.origin != "logged" else None,
        outcome=row.outcome,
        duration_s=row.duration_s,
    )


def from_visit(row: SiteActivity) -> Entry:
    """Return what a lead did on the agent's website as an entry; Lofty gives it no id."""
    return Entry(
        source="site activity",
        channel="site",
        id=f"{rank_of(row.at)}:{row.kind}",
        at=row.at,
        direction="inbound",
        subject=row.kind,
        text=row.text,
    )
