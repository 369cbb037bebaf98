"""Times, lengths and counts as a person says them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CODES = {"DNCNumber": "number not to be called", "DNCContact": "do not contact"}
_WORD_BEGINS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_UNITS = ((365, 365.0, "year"), (57, 30.4, "month"), (14, 7.0, "week"), (0, 1.0, "day"))
"""From how many days on, the days of one, and its name: eight weeks say more than one month or two."""


def moment(at: datetime | None, *, now: datetime, zone: ZoneInfo, other: ZoneInfo | None = None) -> str:
    """Say when something is, such as `Tue Nov 17, 1:02 PM MST (2 h ago)`.

    The time is given in `zone` and, where its clocks show another time, in `other` too. None is an unknown time.
    """
    if at is None:
        return "time unknown"
    return (
        f"{clock_time(at, now=now, zone=zone, other=other)} ({ago(now - at, days=midnights(at, now=now, zone=zone))})"
    )


def clock_time(at: datetime, *, now: datetime, zone: ZoneInfo, other: ZoneInfo | None = None) -> str:
    """Say when something is without how long ago, such as `Tue Nov 17, 1:02 PM MST`."""
    here = at.astimezone(zone)
    said = f"{_date(here, now=now.astimezone(zone))}, {_hour(here)}"
    if other is None:
        return said
    there = at.astimezone(other)
    if there.utcoffset() == here.utcoffset():
        return said
    day = "" if there.date() == here.date() else f"{_DAYS[there.weekday()]} "
    return f"{said} = {day}{_hour(there)}"


def ago(past: timedelta, *, days: int | None = None) -> str:
    """Say how long ago, or, for a negative span, in how long; `days` as for `span_of`."""
    span = span_of(past, days=days)
    if not span:
        return "just now"
    return f"{span} ago" if past > timedelta() else f"in {span}"


def span_of(span: timedelta, *, days: int | None = None) -> str:
    """Say a span of time in one unit, such as `2 h` or `3 weeks`; empty below a minute.

    Args:
        span: how long it is.
        days: how many midnights lie within, by which people count days; where it is None, its whole days.
    """
    length = abs(span)
    if length < _DAY:
        hours, minutes = length // _HOUR, length // _MINUTE
        return f"{hours} h" if hours else f"{minutes} min" if minutes else ""
    number = length.days if days is None else max(1, days)
    _, size, name = next(unit for unit in _UNITS if number >= unit[0])
    return count(int(number / size + (0.5 if name == "month" else 0)), name)


def midnights(at: datetime, *, now: datetime, zone: ZoneInfo) -> int:
    """Return how many midnights of a place lie between two moments."""
    return abs((now.astimezone(zone).date() - at.astimezone(zone).date()).days)


def duration(seconds: int) -> str:
    """Say how long something took, such as `10 min 5 s`."""
    minutes, second = divmod(max(0, seconds), 60)
    hours, minute = divmod(minutes, 60)
    units = ((hours, "h"), (minute, "min")) if hours else ((minute, "min"), (second, "s"))
    parts = [f"{n} {unit}" for n, unit in units if n]
    return " ".join(parts) or "0 s"


def shown_of(shown: int, more: int | None, thing: str) -> str:
    """Say how many of them are shown, such as `2 leads` or, where there are more, `2 of 18 leads`."""
    return f"{shown:,} of {count(shown + more, thing)}" if more else count(shown, thing)


def date(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Say on which day something is, such as `Tue Nov 17`; the year where it is another than this."""
    return _date(at.astimezone(zone), now=now.astimezone(zone))


def plain(code: str) -> str:
    """Say a word of Lofty's, such as `NoAnswer`, as people write it."""
    return _CODES.get(code) or _WORD_BEGINS.sub(" ", code).lower()


def count(number: int, thing: str) -> str:
    """Say how many, such as `1 lead` or `5,000 leads`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _date(at: datetime, *, now: datetime) -> str:
    year = "" if at.year == now.year else f" {at.year}"
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day}{year}"


def _hour(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'} {at.tzname()}"
