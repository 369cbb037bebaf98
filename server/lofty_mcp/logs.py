"""Logging to stderr, by an allow-list: what is not known to be harmless is not written.

The standard library does it: structlog, with the rich that it pulls in, would take longer to import than anything
else of ours.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO, cast

OURS = ("lofty_mcp", "lofty_tools", "lofty_crm", "lofty_prompts", "lofty_sandbox")

KEYS = (
    "tool",
    "message_id",
    "lead_id",
    "state",
    "outcome",
    "status",
    "code",
    "duration_ms",
    "wait_s",
    "attempt",
    "source",
    "dialect",
    "account",
    "count",
    "method",
    "route",
)
"""What `extra=` may carry into a line; anything else is dropped."""

_EVENT = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_LONGEST_NUMBER = 19


def configure(
    *,
    level: Literal["debug", "info", "warning", "error"],
    style: Literal["console", "json"],
    stream: TextIO | None = None,
) -> None:
    """Send every log line of the process to stderr, filtered.

    It must run before `MCPServer()`, which otherwise installs handlers of its own. The SDK and the HTTP libraries log
    tool arguments, error texts and URLs; of theirs only the place and the kind of an error is kept.

    Args:
        level: how much of our own lines to write; of others' only warnings are.
        style: what a line looks like.
        stream: where lines go, stderr by default.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(AllowListFormatter(style))
    # others may listen to more of our lines than are written here
    least = logging.getLevelNamesMapping()[level.upper()]
    handler.addFilter(lambda record: not _is_ours(record) or record.levelno >= least)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(True)
    sys.excepthook = _crashed


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(OURS[0]).critical("crashed", exc_info=(kind, error, trace))


class AllowListFormatter(logging.Formatter):
    """Writes an event's name and the keys known to hold ids, kinds and numbers; never a message's text."""

    def __init__(self, style: Literal["console", "json"]) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        fields = _fields(record)
        if self._json:
            return json.dumps(fields)
        head = f"{fields.pop('time')} {fields.pop('level'):7} {fields.pop('event')}"
        return " ".join([head, *(f"{key}={value}" for key, value in fields.items())])


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    ours = _is_ours(record)
    named = ours and isinstance(record.msg, str) and _EVENT.fullmatch(record.msg)
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": record.msg if named else "withheld",
    }
    if not named:
        fields["source"] = f"{record.name}:{record.lineno}"
    for key in KEYS if ours else ():
        value = getattr(record, key, None)
        if value is not None and harmless(value):
            fields[key] = value
    if record.exc_info and record.exc_info[1] is not None:
        error = _first(record.exc_info[1])
        fields["error"] = type(error).__name__
        fields["at"] = _last_frame_of_ours(error)
    return fields


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def harmless(value: object) -> bool:
    """Tell whether a value is an id, a kind or a number, which may be written anywhere."""
    if isinstance(value, bool | float):
        return True
    if isinstance(value, int):
        return len(str(abs(value))) <= _LONGEST_NUMBER
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _last_frame_of_ours(error: BaseException) -> str:
    """Return where an error came from: file and line, without the text of the error, which may hold anything."""
    places = [
        f"{name}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (name := str(frame.f_globals.get("__name__", ""))).partition(".")[0] in OURS
    ]
    return places[-1] if places else "elsewhere"
