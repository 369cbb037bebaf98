"""One timeline out of several histories that overlap: each communication once, with all that is known of it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from lofty_crm.api.models import Direction, Origin

EntryChannel = Literal["sms", "email", "call", "note", "site"]
EmailEvent = Literal["sent", "opened", "bounced"]
_SAME_MOMENT = 5_000_000
"""Microseconds: histories stamp one communication a few seconds apart."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One communication, note or visit, in the words of the histories that know it."""

    source: str
    """The history that it comes from: `texts`, `timeline` ..."""
    channel: EntryChannel
    id: str
    at: datetime | None
    direction: Direction | None = None
    origin: Origin | None = None
    event: EmailEvent = "sent"
    subject: str | None = None
    text: str | None = None
    text_by: Literal["lofty"] | None = None
    """Set where Lofty's AI wrote the text."""
    outcome: str | None = None
    duration_s: int | None = None
    recorded: bool | None = None
    author: str | None = None
    pinned: bool | None = None
    opened: tuple[datetime | None, ...] = ()
    """When an email was seen to be opened."""
    bounced: bool = False

    @cached_property
    def rank(self) -> tuple[int, str, str]:
        """Where it stands: greater is newer. Entries of unknown time are the oldest."""
        return rank_of(self.at), self.channel, self.id


_FIELDS = tuple(each.name for each in fields(Entry))


def rank_of(at: datetime | None) -> int:
    """Return a moment as microseconds since 1970; -1 when it is unknown."""
    return -1 if at is None else round(at.timestamp() * 1_000_000)


def merge(groups: Iterable[Sequence[Entry]]) -> list[Entry]:
    """Return every communication once, newest first.

    Args:
        groups: one sequence a source, the richest source first. Rows of one source are never the same communication.
    """
    merged: list[Entry] = []
    known_by: list[set[str]] = []
    by_id: dict[tuple[str, str, str], int] = {}
    by_time: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for group in groups:
        named = {_identity(entry): entry for entry in group}
        # Rows known by id go first, so that a row close in time does not take another's place.
        for identity, entry in sorted(named.items(), key=lambda item: item[0] not in by_id):
            place = by_id.get(identity)
            if place is None:
                near = (place for step in (-1, 0, 1) for place in by_time.get(_bucket(entry, step), ()))
                fits = (place for place in near if entry.source not in known_by[place] and _fits(merged[place], entry))
                place = min(fits, key=lambda place: abs(merged[place].rank[0] - entry.rank[0]), default=None)
            if place is None:
                place = len(merged)
                merged.append(entry)
                known_by.append({entry.source})
                by_time[_bucket(entry)].append(place)
            elif entry.source not in known_by[place]:
                merged[place] = _combined(merged[place], entry)
                known_by[place].add(entry.source)
            by_id[identity] = place
    return sorted(_with_email_events(merged), key=lambda entry: entry.rank, reverse=True)


def _identity(entry: Entry) -> tuple[str, str, str]:
    return entry.channel, entry.event, entry.id


def _bucket(entry: Entry, step: int = 0) -> tuple[str, str, int]:
    at = entry.rank[0]
    return entry.channel, entry.event, at // _SAME_MOMENT + step if at >= 0 else -2


def _fits(known: Entry, entry: Entry) -> bool:
    return (
        entry.at is not None
        and abs(known.rank[0] - entry.rank[0]) <= _SAME_MOMENT
        and (known.direction == entry.direction or None in {known.direction, entry.direction})
        and _agree(known.text, entry.text)
        and _agree(known.subject, entry.subject)
    )


def _agree(one: str | None, other: str | None) -> bool:
    return not one or not other or _folded(one) == _folded(other)


def _combined(known: Entry, entry: Entry) -> Entry:
    missing = {
        name: value
        for name in _FIELDS
        if getattr(known, name) in {None, ""} and (value := getattr(entry, name)) is not None
    }
    if entry.origin == "logged" != known.origin:
        missing["origin"] = "logged"
    return replace(known, **missing) if missing else known


def _with_email_events(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Fold openings and bounces into the email that they are about, where that one is known."""
    sent: dict[str, Entry] = {}
    by_subject: defaultdict[str, list[Entry]] = defaultdict(list)
    events: list[Entry] = []
    for entry in sorted(entries, key=lambda entry: entry.rank):
        if entry.channel != "email":
            yield entry
        elif entry.event != "sent":
            events.append(entry)
        else:
            sent[entry.id] = entry
            if entry.direction != "inbound" and entry.subject:
                by_subject[_folded(entry.subject)].append(entry)
    for event in events:
        about = sent.get(event.id) or _latest_before(event, by_subject.get(_folded(event.subject or ""), []))
        if about is None:
            yield event
        elif event.event == "opened":
            sent[about.id] = replace(sent[about.id], opened=(*sent[about.id].opened, event.at))
        else:
            sent[about.id] = replace(sent[about.id], bounced=True)
    yield from sent.values()


def _latest_before(event: Entry, sent: Sequence[Entry]) -> Entry | None:
    place = bisect_right(sent, event.rank[0], key=lambda entry: entry.rank[0])
    return sent[place - 1] if place else None


def _folded(text: str) -> str:
    return " ".join(text.split())
