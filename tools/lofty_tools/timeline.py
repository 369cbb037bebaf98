"""The timeline of one lead: every history that Lofty keeps of it, as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import anyio
from mcp.server.mcpserver import Context
from pydantic import Field

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import NoEndpointError, NotFoundError
from lofty_crm.api.models import Lead
from lofty_tools.arguments import Cursor, LeadId, Limit, OptionalMoment
from lofty_tools.cursors import Place, place
from lofty_tools.deps import deps
from lofty_tools.entries import Frame, Timeline, page
from lofty_tools.failures import Refusal
from lofty_tools.merging import Entry, EntryChannel, merge, rank_of
from lofty_tools.rendering import clock_time
from lofty_tools.sources import COMBINED, ENOUGH_ACTIVITIES, Histories, Source
from lofty_tools.together import Read
from lofty_tools.tool import Effect, tool

_BY_DEFAULT: frozenset[EntryChannel] = frozenset({"sms", "email", "call", "note"})
_EVENTS_PER_EMAIL = 4
"""An email's history has a row for each time that it was opened."""
_MARGIN = 6
_ALL = 1_000

Channels = Annotated[tuple[EntryChannel, ...], Field(description="Empty: all but site.")]


@tool(title="Read a timeline", effect=Effect.READ)
async def get_timeline(
    lead_id: LeadId,
    ctx: Context[Any, Any],
    channels: Channels = (),
    since: OptionalMoment = None,
    until: OptionalMoment = None,
    limit: Limit = 20,
    cursor: Cursor = "",
) -> Timeline:
    """Read the texts, emails, calls and notes of one lead, newest first.

    Gives no bodies of emails, no transcripts.
    """
    given = deps(ctx)
    if since and until and until <= since:
        raise Refusal("`until` is not after `since`; give a later `until`, or leave one of them out.")
    window = Window(
        channels=frozenset(channels) or _BY_DEFAULT,
        since=rank_of(since) if since else -1,
        until=rank_of(until) if until else None,
        limit=limit,
        after=place(cursor, lead_id),
    )
    reading = Reading(given.lofty, lead_id, window)
    entries, more = await reading.page()
    last = window.following(entries[-1], reading.sources).cursor(lead_id) if more else None
    frame = Frame(reading.lead or Lead(id=lead_id, first_name="the lead"), given.clock.now(), given.zone)
    return page(
        entries,
        frame,
        filtered=_filtered(channels, since, until, frame),
        searched=[source.name for source in reading.sources if not source.error],
        not_read=reading.not_read,
        next_cursor=last,
    )


def _filtered(channels: Sequence[EntryChannel], since: datetime | None, until: datetime | None, frame: Frame) -> str:
    """Say what the page was narrowed to, such as ` since Tue Nov 17, 1:02 PM MST, of sms alone`."""
    said = [
        f" {word} {clock_time(at, now=frame.now, zone=frame.zone, other=frame.agent_zone)}"
        for word, at in (("since", since), ("until", until))
        if at
    ]
    return "".join(said) + (f", of {', '.join(dict.fromkeys(channels))} alone" if channels else "")


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is asked for; moments are microseconds since 1970."""

    channels: frozenset[EntryChannel]
    since: int
    until: int | None
    limit: int
    after: Place | None

    def holds(self, entry: Entry) -> bool:
        """Whether an entry belongs to this page or to a later one."""
        at = entry.rank[0]
        return (
            entry.channel in self.channels
            and at >= self.since
            and (self.until is None or at < self.until)
            and (self.after is None or entry.rank < self.after.rank)
        )

    def following(self, last: Entry, sources: Sequence[Source]) -> Place:
        """Return where the next page begins."""
        skip = {source.name: source.newer_than(last.rank[0]) for source in sources if source.name in _SKIPPABLE}
        return Place(last.rank, {name: rows for name, rows in skip.items() if rows})


_SKIPPABLE = frozenset({"texts", "emails", "calls"})


class Reading:
    """One reading of a lead's histories: side by side, and each as far as the page needs."""

    def __init__(self, lofty: Lofty, lead_id: str, window: Window) -> None:
        self._record = Read(partial(lofty.lead, lead_id))
        self._window = window
        self._skip = window.after.skip if window.after else {}
        self._histories = Histories(lofty, lead_id)
        self.sources = list(self._histories.about(window.channels, self._skip))

    @property
    def lead(self) -> Lead | None:
        """The lead's record; None when it could not be read."""
        return self._record.value

    @property
    def not_read(self) -> list[str]:
        """What the page lacks, in words."""
        said = [
            f"{source.name[0].upper()}{source.name[1:]} could not be read: {source.error}"
            for source in self.sources
            if source.error and not source.absent
        ]
        said += [f"Not all {source.name} were read: there are too many." for source in self.sources if source.cut_short]
        if self._record.error and not isinstance(self._record.error, NoEndpointError):
            said.append(f"The lead's record could not be read, so times are in your zone: {self._record.error}")
        return said

    async def page(self) -> tuple[list[Entry], bool]:
        """Return the entries of the page, newest first, and whether there are more.

        Raises:
            NotFoundError: there is no such lead.
            LoftyError: nothing at all could be read.
        """
        await self._begin()
        while True:
            found = [entry for entry in merge(source.rows for source in self.sources) if self._window.holds(entry)]
            floor = max(source.floor for source in self.sources)
            sure = [entry for entry in found if entry.rank[0] > floor]
            behind = self._behind(found)
            if not behind or len(sure) >= self._window.limit:
                older = any(source.open and source.floor >= self._window.since for source in self.sources)
                return (sure if behind else found)[: self._window.limit], older or len(found) > self._window.limit
            async with anyio.create_task_group() as group:
                for source in behind:
                    group.start_soon(source.read, _ALL)

    def _behind(self, found: Sequence[Entry]) -> list[Source]:
        """Return the histories that may hold entries newer than the last of the page."""
        limit = self._window.limit
        bottom = found[limit - 1].rank[0] if len(found) >= limit else self._window.since
        return [source for source in self.sources if source.open and source.floor >= bottom]

    async def _begin(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._record.run)
            for source in self.sources:
                group.start_soon(partial(source.read, self._first(source), newer_than=self._top))
        if isinstance(self._record.error, NotFoundError):
            raise self._record.error
        failed = [source.error for source in self.sources if source.error]
        if len(failed) == len(self.sources):
            raise self._record.error or next(
                (error for error in failed if not isinstance(error, NoEndpointError)), failed[0]
            )
        await self._read_the_rest_of_the_combined()

    @property
    def _top(self) -> int:
        return self._window.after.rank[0] if self._window.after else -1

    def _first(self, source: Source) -> int:
        if source.name != "emails":
            return self._window.limit + _MARGIN
        return self._skip.get("emails", 0) + _EVENTS_PER_EMAIL * self._window.limit + _MARGIN

    async def _read_the_rest_of_the_combined(self) -> None:
        """Read on where an account has no history by channel, and so nothing else that goes back far enough."""
        for index, source in enumerate(self.sources):
            if (
                source.name == COMBINED
                and len(source.rows) >= ENOUGH_ACTIVITIES
                and any(s.absent for s in self.sources)
            ):
                self.sources[index] = self._histories.all_activities()
                await self.sources[index].read(_ALL)
