"""Lists of a lead's things, newest first, in pages that hold still when something new arrives."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from lofty_tools.cursors import Place, place
from lofty_tools.failures import Refusal
from lofty_tools.merging import rank_of


class _Identified(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def lead_id(self) -> str: ...


T = TypeVar("T", bound=_Identified)


def page(
    rows: Iterable[T],
    *,
    kind: str,
    at: Callable[[T], datetime | None],
    lead_id: str,
    cursor: str,
    limit: int,
    weight: Callable[[T], int] | None = None,
    budget: int = 0,
) -> tuple[list[T], str | None]:
    """Return a page and the cursor of the next one, None on the last.

    Args:
        rows: all that there are, in any order.
        kind: what they are, so that a cursor of other things is not taken.
        at: when a row came to be.
        lead_id: whose they are.
        cursor: where the page before ended; empty for the first.
        limit: the most rows.
        weight: how much room a row takes; where given, a page ends early, after its first row at the earliest, ...
        budget: ... rather than take more room than this.

    Raises:
        Refusal: the cursor is not one of this list.
    """

    def rank(row: T) -> tuple[int, str, str]:
        return rank_of(at(row)), kind, row.id

    before = place(cursor, lead_id)
    if before and before.rank[1] != kind:
        raise Refusal("That cursor is from another list. Leave `cursor` out to begin at the newest entry.")
    older = sorted((row for row in rows if not before or rank(row) < before.rank), key=rank, reverse=True)
    shown: list[T] = []
    room = budget
    for row in older[:limit]:
        room -= weight(row) if weight else 0
        if shown and room < 0:
            break
        shown.append(row)
    more = len(shown) < len(older)
    return shown, Place(rank(shown[-1])).cursor(lead_id) if more else None
