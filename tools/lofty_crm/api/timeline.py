"""What happened with one lead: the v2 timeline and what the lead did on the website."""

from typing import Any

from lofty_crm.api import fields as f
from lofty_crm.api import parse
from lofty_crm.api.fields import Row
from lofty_crm.api.ids import canonical_decimal, opaque_id
from lofty_crm.api.models import Activity, SiteActivity
from lofty_crm.api.transport import Request, Transport, path_of

MOST_ROWS = 1000
"""The largest page of the timeline and the histories (Lofty's specification)."""


async def activities(
    transport: Transport, lead_id: str, *, limit: int, after: str | None, time_zone: str | None
) -> list[Activity]:
    """Return timeline entries, oldest first.

    The reference pages by the last id read, the guide by number; the first answer shows which it is.
    """
    lead_id = canonical_decimal(lead_id)
    after = None if after is None else opaque_id(after)
    size = max(1, min(limit, MOST_ROWS))

    async def read(current: str | None, page: int) -> Any:
        params = {"currentId": current, "limit": size, "page": page, "pageSize": size, "timeZoneCode": time_zone}
        return await transport.read(Request("GET", path_of("v2.0", "leads", lead_id, "activities"), "lead", params))

    answer = await read(after, 1)
    by_number = "total" in f.row_of(answer)
    raw: dict[str, Row] = {}
    page = 1
    while True:
        rows = f.rows_of(answer, "activities")
        fresh = {f.need(f.ident(row, "id", "activityId")): row for row in rows}
        fresh = {row_id: row for row_id, row in fresh.items() if row_id not in raw}
        raw |= fresh
        enough = len(rows) < size or (len(raw) >= limit and not (by_number and after))
        if not fresh or enough:
            break
        page += 1
        answer = await read(list(raw)[-1], page)
    if by_number and after in raw:
        passed = list(raw).index(after) + 1
        raw = dict(list(raw.items())[passed:])
    entries = [entry for row in raw.values() if (entry := parse.activity(row, lead_id))]
    require_lead(lead_id, [entry.lead_id for entry in entries])
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
