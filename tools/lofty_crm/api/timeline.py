"""What happened with one lead: the v2 timeline and what the lead did on the website."""

from datetime import UTC, datetime
from typing import Any

from lofty_crm.api import fields as f
from lofty_crm.api import parse
from lofty_crm.api.ids import canonical_decimal, opaque_id
from lofty_crm.api.models import Activity, SiteActivity
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
    lead_id = canonical_decimal(lead_id)
    after = None if after is None else opaque_id(after)
    size = max(1, min(limit, MOST_ROWS))

    async def read(current: str | None, page: int) -> Any:
        params = {"currentId": current, "limit": size, "page": page, "pageSize": PAGE_SIZE, "timeZoneCode": time_zone}
        return await transport.read(Request("GET", path_of("v2.0", "leads", lead_id, "activities"), "lead", params))

    answer = await read(after, 1)
    numbered = f.whole(f.row_of(answer), "total")
    found: dict[str, Activity | None] = {}
    last, page = after, 1
    while True:
        rows = f.rows_of(answer, "activities")
        fresh = {row_id: row for row in rows if (row_id := f.need(f.ident(row, "id", "activityId"))) not in found}
        found |= {row_id: parse.activity(row, lead_id) for row_id, row in fresh.items()}
        done = len(found) >= limit or len(rows) < size if numbered is None else len(found) >= numbered
        if not fresh or done or page == _MOST_PAGES:
            break
        last, page = list(fresh)[-1], page + 1
        answer = await read(last, page)
    entries = [entry for entry in found.values() if entry]
    require_lead(lead_id, [entry.lead_id for entry in entries])
    if numbered is not None:
        entries.sort(key=lambda entry: entry.at or _NEVER)
        entries = entries[next((at + 1 for at, entry in enumerate(entries) if entry.id == after), 0) :]
    return entries[:limit]


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
