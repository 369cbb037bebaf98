"""When a text may go out.

The house rule is 8:00 to 20:00 at the lead's place. The federal window and the states' (`windows.toml`, with a source
for each) narrow it further, and every place where the lead may be has a say. Nothing here is legal advice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

from lofty_crm.api.models import Channel
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight
from lofty_crm.policy.zones import Place, nationwide, places

OPENS = time(8)
CLOSES = time(20)
_SEARCHED_DAYS = 8

Hours = tuple[time, time]
"""From the first, inclusive, to the second, exclusive, by the clock of a place."""


@dataclass(frozen=True)
class Window:
    """The hours that one law leaves open."""

    region: str
    """A state's postal code, or US."""
    days: tuple[Hours | None, ...]
    """Monday first; None where the whole day is closed."""
    texts: Literal["yes", "unsure"]
    """Whether the law's own words include texts."""
    source: str
    checked: str
    """What the row was written from."""


@cache
def windows() -> tuple[Window, ...]:
    """Read the windows that the law sets."""
    import tomllib  # noqa: PLC0415 -- read once, and not before a text is judged

    rows = tomllib.loads(resources.files("lofty_crm.policy").joinpath("windows.toml").read_text(encoding="utf-8"))[
        "window"
    ]
    return tuple(Window(row["region"], _days(row), row["texts"], row["source"], row["checked"]) for row in rows)


def hours(place: Place, weekday: int) -> Hours | None:
    """Return the open hours at a place on a day of the week (Monday is 0): the house's, narrowed by every law."""
    opens, closes = OPENS, CLOSES
    for window in windows():
        if window.region in {"US", place.region}:
            day = window.days[weekday]
            if day is None:
                return None
            opens, closes = max(opens, day[0]), min(closes, day[1])
    return (opens, closes)


def is_open(where: Iterable[Place], at: datetime) -> bool:
    """Whether a text may go out at a moment: it is within hours at every place."""
    return all(_is_open(place, at) for place in where)


def next_allowed(where: Sequence[Place], at: datetime) -> datetime | None:
    """Return the first moment from `at` on when a text may go out, in UTC; None if there is none within a week."""
    openings = (_opening(place, at, days) for days in range(_SEARCHED_DAYS) for place in where)
    for moment in sorted({at.astimezone(UTC), *(opening for opening in openings if opening and opening > at)}):
        if is_open(where, moment):
            return moment
    return None


def where_to_look(facts: Facts) -> tuple[Place, ...]:
    """Return the places whose hours count: where the lead's address and numbers may be, else the fifty states."""
    destination = facts.destination
    number = destination.value if destination and destination.channel is Channel.SMS else None
    known = dict.fromkeys((*places(facts.lead), *places(None, number)))
    return tuple(known) or nationwide()


def quiet_hours(facts: Facts) -> Iterable[Finding]:
    """Hold a text outside the open hours at any place where the lead may be.

    Sources: 47 CFR 64.1200(c)(1) and the states' laws in `windows.toml` (as of November 2026); the house's
    own 8 to 20 is narrower than most.
    """
    where = where_to_look(facts)
    if facts.channel is not Channel.SMS or is_open(where, facts.now):
        return
    closed = next(place for place in where if not _is_open(place, facts.now))
    place = (
        "somewhere in the fifty states, as the lead's place is unknown" if closed.by == "nothing" else _words(closed)
    )
    following = next_allowed(where, facts.now)
    yield Finding(
        "quiet_hours",
        Weight.HELD,
        f"It is {_clock(facts.now, closed)} {place}, outside the hours for texts there.",
        f"The next allowed time is {_clock(following, closed)}." if following else "No hour of the week suits.",
    )


def _words(place: Place) -> str:
    return f"where the lead's {place.by} is" + (f" ({place.region})" if place.region else "")


def _clock(moment: datetime, place: Place) -> str:
    local = moment.astimezone(place.zone)
    return f"{local:%a %b} {local.day}, {local.hour % 12 or 12}:{local:%M %p %Z}"


def _is_open(place: Place, at: datetime) -> bool:
    local = at.astimezone(place.zone)
    day = hours(place, local.weekday())
    return day is not None and day[0] <= local.time() < day[1]


def _opening(place: Place, at: datetime, days: int) -> datetime | None:
    date = at.astimezone(place.zone).date() + timedelta(days=days)
    day = hours(place, date.weekday())
    return datetime.combine(date, day[0], place.zone).astimezone(UTC) if day else None


def _days(row: dict[str, Any]) -> tuple[Hours | None, ...]:
    weekdays = row["weekdays"]
    days = [weekdays] * 5 + [row.get("saturday", weekdays), row.get("sunday", weekdays)]
    return tuple((day[0], day[1]) if day else None for day in days)
