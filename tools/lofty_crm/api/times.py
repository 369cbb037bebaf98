"""Lofty's times: one lenient parser for every format, and the waits that its headers ask for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WAIT_S = 60.0
_GMT_SUFFIX = re.compile(r"\s*(?:GMT|UTC)$", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,19}(?:\.\d+)?")
_WORDED = ("%b %d, %Y", "%B %d, %Y", "%b %d, %Y %H:%M:%S", "%b %d, %Y %I:%M %p")


def parse_time(value: object) -> datetime | None:
    """Read a time in any of Lofty's formats, as aware UTC; None when there is none or it cannot be read.

    Formats, from Lofty's specification and live users: epoch milliseconds (seconds too), naive text in UTC,
    a literal `GMT` suffix, ISO 8601 with an offset, a fraction or `Z`, and `Jun 5, 2001`.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_epoch(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return _from_epoch(float(text))
    return _from_text(_GMT_SUFFIX.sub("", text))


def _from_epoch(number: float) -> datetime | None:
    # -1 and 0 are Lofty's "unset"; in milliseconds, 1e11 is 1973, before any CRM
    if not 0 < number < 1e15:
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_text(text: str) -> datetime | None:
    try:
        return _as_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    for form in _WORDED:
        try:
            return _as_utc(datetime.strptime(text, form))  # noqa: DTZ007 - _as_utc adds the zone
        except ValueError:
            continue
    return None


def _as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds, 0 to 60, of `Retry-After`, as seconds or an HTTP date; None when it says no such thing."""
    text = headers.get("retry-after", "").strip()
    wait = _number(text)
    if wait is not None and wait < 0:
        return None
    wait = _until_date(text, now) if wait is None else wait
    return None if wait is None else _clamped(wait)


def retry_wait_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds, 0 to 60, that a rate-limit answer asks to wait; None when it does not say."""
    wait = retry_after_s(headers, now)
    return reset_s(headers, now) if wait is None else wait


def reset_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds, 0 to 60, until the rate limit starts afresh; None when `X-RateLimit-Reset` is no number.

    Lofty's documents say epoch seconds and show 21000: below 1e9 it is a delay, above 1e12 epoch milliseconds.
    """
    reset = _number(headers.get("x-ratelimit-reset", ""))
    if reset is None:
        return None
    if reset < 1e9:
        return _clamped(reset)
    return _clamped((reset / 1000 if reset > 1e12 else reset) - now.timestamp())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if number != number else number  # noqa: PLR0124 - only NaN differs from itself


def _until_date(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return (_as_utc(moment) - now).total_seconds()


def _clamped(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_WAIT_S)
