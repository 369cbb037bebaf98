"""Reading single fields of Lofty's JSON, under any of the names and forms that they come in."""

import re
from collections.abc import Mapping
from typing import Any, Literal, cast

from lofty_crm.api.errors import BrokenAnswerError
from lofty_crm.api.ids import MAX_INT64
from lofty_crm.api.models import Channel, Direction, Origin

Row = Mapping[str, object]
EmailEvent = Literal["sent", "opened", "bounced"]
_DECIMAL = re.compile(r"[0-9]{1,19}")
_DIRECTIONS: dict[str, Direction] = {
    "inbound": "inbound",
    "incoming": "inbound",
    "outbound": "outbound",
    "outgoing": "outbound",
}
_ORIGINS: dict[str, Origin] = {"auto": "auto", "manual": "manual", "logged": "logged"}
_CHANNELS = (
    ("call", Channel.CALL),
    ("text", Channel.SMS),
    ("sms", Channel.SMS),
    ("email", Channel.EMAIL),
)
_EVENTS: tuple[tuple[str, EmailEvent], ...] = (("open", "opened"), ("bounce", "bounced"), ("sent", "sent"))


def broken() -> BrokenAnswerError:
    """Return the error for an answer that does not fit the model."""
    return BrokenAnswerError("Lofty's answer does not have the expected shape.")


def row_of(answer: Any, *keys: str) -> Row:
    """Return the object that an answer is, or wraps under one of the keys.

    Raises:
        BrokenAnswerError: when there is none.
    """
    if isinstance(answer, dict):
        fields = cast("Row", answer)
        for key in keys:
            if isinstance(inner := fields.get(key), dict):
                return cast("Row", inner)
        return fields
    raise broken()


def rows_of(answer: Any, *keys: str) -> list[Row]:
    """Return the list of objects that an answer is, or holds under one of the keys.

    Raises:
        BrokenAnswerError: when there is none.
    """
    found = cast("list[object] | None", answer) if isinstance(answer, list) else None
    if isinstance(answer, dict):
        fields = cast("Row", answer)
        found = next((cast("list[object]", v) for key in keys if isinstance(v := fields.get(key), list)), None)
    if found is None or not all(isinstance(row, dict) for row in found):
        raise broken()
    return cast("list[Row]", found)


def items(row: Row, name: str) -> list[object]:
    """Return a list; empty when there is none."""
    value = row.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []


def objects(row: Row, name: str) -> list[Row]:
    """Return the objects of a list; empty when there is none."""
    return [cast("Row", item) for item in items(row, name) if isinstance(item, dict)]


def text(row: Row, *names: str) -> str | None:
    """Return the first of these fields that holds text, empty text last; lone surrogates become U+FFFD."""
    values = [value for name in names if isinstance(value := row.get(name), str)]
    if not values:
        return None
    value = next((value for value in values if value), "")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def filled(row: Row, *names: str) -> str | None:
    """Return the text of a field, or None for nothing, blanks and Lofty's `N/A`."""
    value = (text(row, *names) or "").strip()
    return value if value and value.upper() != "N/A" else None


def whole(row: Row, *names: str) -> int | None:
    """Return a whole number; None for nothing and for -1, Lofty's "unset"."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_INT64:
            return int(value)
    return None


def seconds(row: Row, *names: str) -> int | None:
    """Return a duration in seconds, given as a number or as `[hh:]mm:ss`."""
    if (number := whole(row, *names)) is not None:
        return number
    parts = (filled(row, *names) or "").split(":")
    if not 2 <= len(parts) <= 3 or not all(_DECIMAL.fullmatch(part) for part in parts):
        return None
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return total


def flag(row: Row, name: str) -> bool:
    """Return a boolean; any other value but nothing, 0 and "false" counts as true, the careful reading of a ban."""
    value = row.get(name)
    return bool(value) and str(value).strip().lower() not in {"false", "0", "no"}


def ident(row: Row, *names: str) -> str | None:
    """Return an id, exact to its last digit; None when there is none, or the number is not positive."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip() not in {"", "0", "-1"}:
            return text(row, name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_INT64:
            return str(value)
    return None


def need(value: str | None) -> str:
    """Return a value that an answer must have.

    Raises:
        BrokenAnswerError: when it has not.
    """
    if value is None:
        raise broken()
    return value


def direction(row: Row, *names: str, default: Direction | None = None) -> Direction:
    """Return which way a communication went; Lofty writes it in lower and upper case.

    Raises:
        BrokenAnswerError: when it does not say and there is no default.
    """
    found: Direction | None = _DIRECTIONS.get((filled(row, *names) or "").lower()) or default
    if found is None:
        raise broken()
    return found


def origin(row: Row, *names: str) -> Origin | None:
    """Return how a communication came to be. A word that is not known counts as automatic: it proves nothing."""
    value = filled(row, *names)
    return _ORIGINS.get(value.lower(), "auto") if value else None


def channel(row: Row, *names: str) -> Channel | None:
    """Return the channel; None for one that this client does not know. Every source has words of its own."""
    value = (filled(row, *names) or "").lower()
    if "email" in value:
        return Channel.EMAIL
    return next((known for word, known in _CHANNELS if word in value), None)


def email_event(row: Row, *names: str) -> EmailEvent | None:
    """Return what happened to an email: Sent, Opened, Bounced, or the same followed by `Email`."""
    value = (filled(row, *names) or "").lower()
    return next((event for word, event in _EVENTS if value.startswith(word)), None)
