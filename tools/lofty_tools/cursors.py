"""Where a page of a timeline ended: a moment and an id, so that what arrives later moves nothing."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from lofty_tools.failures import Refusal

_ROWS = TypeAdapter(tuple[str, int, str, str, dict[str, int]])


@dataclass(frozen=True)
class Place:
    """The last entry of a page."""

    rank: tuple[int, str, str]
    skip: dict[str, int] = field(default_factory=dict[str, int])
    """By history, how many of its rows were newer: where reading may begin."""

    def cursor(self, lead_id: str) -> str:
        """Return the place as an opaque word, good for this lead alone."""
        plain = json.dumps([_mark(lead_id), *self.rank, self.skip], separators=(",", ":"))
        return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def place(cursor: str, lead_id: str) -> Place | None:
    """Return the place that a cursor stands for; None for an empty one, the beginning.

    Raises:
        Refusal: the cursor was not given for this lead's timeline.
    """
    if not cursor:
        return None
    try:
        plain = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark, at, channel, entry_id, skip = _ROWS.validate_json(plain, strict=True)
    except ValueError:
        mark, at, channel, entry_id, skip = "", -1, "", "", {}
    if mark != _mark(lead_id) or at < -1 or any(rows < 0 for rows in skip.values()):
        raise Refusal("That cursor is not from this lead's timeline. Leave `cursor` out to begin at the newest entry.")
    return Place((at, channel, entry_id), skip)


def _mark(lead_id: str) -> str:
    return hashlib.sha256(f"timeline {lead_id}".encode()).hexdigest()[:8]
