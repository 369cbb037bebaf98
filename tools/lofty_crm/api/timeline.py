"""What happened with one lead: the v2 timeline and what the lead did on the website."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from lofty_crm.api import fields as f
from lofty_crm.api import parse
from lofty_crm.api.fields import Row
from lofty_crm.api.ids import canonical_decimal, opaque_id
from lofty_crm.api.models import Activity, SiteActivity, Text
from lofty_crm.api.transport import Request, Transport, path_of

MOST_ROWS = 1000
"""The largest page of the timeline and the histories (Lofty's specification)."""
PAGE_SIZE = 100
"""What is asked of the guide, which shows 20 and names no most."""
_MOST_PAGES = 50
_NEVER = datetime.min.replace(tzinfo=UTC)


async def activities(
    transport: Transport, lead_id: str, *, limit: int, after: str | None, time_zone: str | None
) -> list[Activity]:
    """Return timeline entries, oldest first.

    The reference pages by the last id read. The guide numbers its pages and counts all rows, by which its answer is
    told; nobody says in which order, so that all pages are read, at most 50.
    """
    after = None if after is None else opaque_id(after)
    found, numbered = await _read(transport, lead_id, limit=limit, after=after, time_zone=time_zone)
    entries = [entry for row in found.values() if (entry := parse.activity(row, lead_id))]
    require_lead(lead_id, [entry.lead_id for entry in entries])
    if numbered is not None:
        entries.sort(key=lambda entry: entry.at or _NEVER)
        entries = entries[next((at + 1 for at, entry in enumerate(entries) if entry.id == after), 0) :]
    return entries[:limit]


async def texts(transport: Transport, lead_id: str) -> list[Text]:
    """Return all texts of the timeline, for accounts without a history of texts.

    What came in by a channel that this client does not know counts as a text: an opt-out may stand there.

    Raises:
        BrokenAnswerError: the timeline is longer than what is read of it.
    """
    found, _ = await _read(transport, lead_id, limit=None, after=None, time_zone=None)
    entries = [entry for row in found.values() if (entry := parse.timeline_text(row, lead_id))]
    require_lead(lead_id, [entry.lead_id for entry in entries])
    return entries


async def _read(
    transport: Transport, lead_id: str, *, limit: int | None, after: str | None, time_zone: str | None
) -> tuple[dict[str, Row], int | None]:
    """Return rows by their id, and how many there are if the answer says so.

    Without a limit neither that number nor a short page is believed: it reads until a page brings nothing new.
    """
    lead_id = canonical_decimal(lead_id)
    size = MOST_ROWS if limit is None else max(1, min(limit, MOST_ROWS))
    found: dict[str, Row] = {}
    last, numbered = after, None
    for page in range(1, _MOST_PAGES + 1):
        params = {"currentId": last, "limit": size, "page": page, "pageSize": PAGE_SIZE, "timeZoneCode": time_zone}
        path = path_of("v2.0", "leads", lead_id, "activities")
        answer = await transport.read(Request("GET", path, "lead", params))
        numbered = f.whole(f.row_of(answer), "total") if page == 1 else numbered
        rows = f.rows_of(answer, "activities")
        fresh = {row_id: row for row in rows if (row_id := f.need(f.ident(row, "id", "activityId"))) not in found}
        found |= fresh
        if not fresh:
            return found, numbered
        if limit is not None and _is_done(found, rows, limit=limit, size=size, numbered=numbered):
            return found, numbered
        last = list(fresh)[-1]
    if limit is None:
        raise f.broken()
    return found, numbered


def _is_done(found: Mapping[str, Row], rows: Sequence[Row], *, limit: int, size: int, numbered: int | None) -> bool:
    return len(found) >= limit or len(rows) < size if numbered is None else len(found) >= numbered


async def site_activity(transport: Transport, lead_id: str, *, page: int) -> list[SiteActivity]:
    """Return a page of 100 of what a lead did on the website, newest first; the first page is 0."""
    path = path_of("v1.0", "leads", canonical_decimal(lead_id), "activities")
    answer = await transport.read(Request("GET", path, "lead", {"curPage": page}))
    return [parse.site_activity(row) for row in f.rows_of(answer, "activities")]


def require_lead(lead_id: str, found: list[str]) -> None:
    """Make sure that an answer concerns the lead that was asked for: Lofty drops filters that it does not know.

    Raises:
        BrokenAnswerError: when it does not.
    """
    if any(other != lead_id for other in found):
        raise f.broken()
