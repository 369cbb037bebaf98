"""What somebody dictated, the ways to hear it, and the names that may occur in it."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError
from lofty_crm.api.models import Lead
from lofty_tools.untrusted import one_line

MOST_HINTS = 60
_LATELY = 40
"""Leads whose names are hints: those that were in touch last."""
_LONGEST_HINT = 40
_PATIENCE_S = 5.0
_NUMBER = re.compile(r"^\d+\S*\s+|,.*$")

Heard = Callable[[float, float], Awaitable[None]]
"""Told how many seconds of the memo have been heard, and how many it has."""


@dataclass(frozen=True)
class Dictated:
    """What was said in a memo."""

    words: str
    seconds: float
    recorded_at: datetime
    """What the recording says of itself, else when its file was last written."""
    engine: str
    rough: bool
    """Whether the engine's words have to be checked one by one."""


class Memos(Protocol):
    """The folder of voice memos that the user allowed."""

    async def words(self, name: str, heard: Heard) -> Dictated:
        """Turn a memo into words.

        Args:
            name: its file name, without a folder.
            heard: told how far it is, from time to time; cancelling between two steps stops the work.

        Raises:
            Refusal: it cannot be opened, decoded or understood.
        """
        ...


def stamp(when: str) -> str:
    """Return the line by which a note says that it was dictated, and when."""
    return f"Dictated on {when}:"


async def hints(lofty: Lofty, lead: Lead | None = None) -> list[str]:
    """Return names and streets that an engine may hear, the likeliest first: the lead's, then those of the latest.

    What cannot be read is left out: a memo is understood without hints too.
    """
    latest: list[Lead] = []
    with suppress(LoftyError), anyio.move_on_after(_PATIENCE_S):
        latest = await lofty.recent_leads(limit=_LATELY)
    said = [hint for each in ([lead] if lead else []) + latest for hint in _of(each)]
    return list(dict.fromkeys(said))[:MOST_HINTS]


def _of(lead: Lead) -> list[str]:
    name = one_line(f"{lead.first_name} {lead.last_name}", limit=_LONGEST_HINT)
    street = one_line(_NUMBER.sub("", (lead.street or "").strip()), limit=_LONGEST_HINT)
    return [each for each in (name, street) if each]
