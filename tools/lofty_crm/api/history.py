"""The histories of one lead, single calls, and the search over all of an agent's leads."""

from datetime import datetime, timedelta

from lofty_crm.api import fields as f
from lofty_crm.api import parse
from lofty_crm.api.errors import NoEndpointError, NotFoundError
from lofty_crm.api.fields import Row
from lofty_crm.api.ids import canonical_decimal, opaque_id
from lofty_crm.api.models import Call, CallSummary, Channel, CommunicationPage, CommunicationRow, Email, Text
from lofty_crm.api.payloads import canonical, number
from lofty_crm.api.timeline import MOST_ROWS, PAGE_SIZE, require_lead
from lofty_crm.api.transport import Request, Transport, path_of

LONGEST_SEARCH = timedelta(days=90)
_DAY_MS = 24 * 3600 * 1000
_MOST_STEPS = 12
_KINDS = (("TEXT", Channel.SMS), ("EMAIL", Channel.EMAIL), ("CALL", Channel.CALL))


async def texts(transport: Transport, lead_id: str, *, limit: int, offset: int) -> list[Text]:
    """Return a lead's texts, in Lofty's order, which no source states."""
    rows = await _rows(transport, ("text",), "texts", lead_id, limit=limit, offset=offset)
    return [parse.text(row, lead_id) for row in rows]


async def emails(transport: Transport, lead_id: str, *, limit: int, offset: int) -> list[Email]:
    """Return a lead's email events, in Lofty's order, which no source states."""
    rows = await _rows(transport, ("email",), "emails", lead_id, limit=limit, offset=offset)
    return [parse.email(row, lead_id) for row in rows]


async def calls(transport: Transport, lead_id: str, *, limit: int, offset: int, v2: bool) -> list[Call]:
    """Return a lead's calls from the first or second version of their history."""
    rows = await _rows(transport, ("call", "v2") if v2 else ("call",), "calls", lead_id, limit=limit, offset=offset)
    return [parse.call(row, lead_id) for row in rows]


async def call(transport: Transport, call_id: str) -> Call:
    """Return one call."""
    answer = await transport.read(Request("GET", path_of("v1.0", "calls", opaque_id(call_id)), "call"))
    return parse.call(f.row_of(answer, "calls", "call"))


async def recording_url(transport: Transport, call_id: str) -> str | None:
    """Return a link to a call's recording, valid for one hour; None when there is no recording."""
    answer = await transport.read(Request("GET", path_of("v1.0", "call", "url", opaque_id(call_id)), "call"))
    return parse.secure_url(f.row_of(answer, "calls", "call"), "url")


async def call_summary(transport: Transport, recording_id: str) -> CallSummary | None:
    """Return the AI summary of a recording; None when Lofty has none."""
    params = {"callRecordId": opaque_id(recording_id)}
    try:
        answer = await transport.read(Request("GET", path_of("v2.0", "ai", "call-summary"), "recording", params))
    except NotFoundError:
        return None
    data = f.row_of(answer).get("data")
    return None if data is None else parse.call_summary(f.row_of(data))


async def generate_call_summary(transport: Transport, recording_id: str, *, lead_id: str) -> None:
    """Ask Lofty's AI to summarise a recording; the result comes later."""
    body = canonical({"callRecordId": number(recording_id), "leadId": number(lead_id)})
    await transport.write(Request("POST", path_of("v2.0", "ai", "call-summary", "generate"), "recording", body=body))


async def search(
    transport: Transport, *, since: datetime, until: datetime, limit: int, cursor: str | None
) -> CommunicationPage:
    """Return a page of the communications of all of an agent's leads."""
    since = max(since, until - LONGEST_SEARCH)
    limit = max(1, min(limit, MOST_ROWS))
    if cursor is None or cursor.startswith("c:"):
        try:
            return await _by_cursor(transport, since, until, limit=limit, cursor=cursor)
        except NoEndpointError:
            if cursor is not None:
                raise
    return await _by_day(transport, since, until, limit=limit, cursor=cursor)


async def _rows(
    transport: Transport, kind: tuple[str, ...], key: str, lead_id: str, *, limit: int, offset: int
) -> list[Row]:
    lead_id = canonical_decimal(lead_id)
    size = max(1, min(limit, MOST_ROWS))
    page_size = min(size, PAGE_SIZE)
    numbered = {"page": offset // page_size + 1, "pageSize": page_size}
    params = {"leadId": lead_id, "offset": offset, "limit": size} | numbered
    answer = await transport.read(Request("GET", path_of("v1.0", "communication", *kind), "lead", params))
    rows = f.rows_of(answer, key)
    require_lead(lead_id, [found for row in rows if (found := f.ident(row, "leadId"))])
    return rows[:size]


async def _by_cursor(
    transport: Transport, since: datetime, until: datetime, *, limit: int, cursor: str | None
) -> CommunicationPage:
    params = {
        "type": "ALL",
        "startTime": _ms(since),
        "endTime": _ms(until),
        "limit": limit,
        "cursor": cursor.removeprefix("c:") if cursor else None,
    }
    path = path_of("v2.0", "communication", "agent")
    answer = await transport.read(Request("GET", path, "communication", params))
    rows = f.rows_of(answer, "data")
    # Lofty names a next page even on the last one, and only then says that there is no more
    more = rows and f.row_of(answer).get("hasMore") is not False
    following = f.ident(f.row_of(answer), "nextCursor") if more else None
    return CommunicationPage(rows=_parsed(rows, None), next_cursor=f"c:{following}" if following else None)


async def _by_day(
    transport: Transport, since: datetime, until: datetime, *, limit: int, cursor: str | None
) -> CommunicationPage:
    """Walk back through windows of a day, the most that this search allows, and through the channels of each."""
    since_ms = _ms(since)
    end_ms, kind, offset = _position(cursor) if cursor else (_ms(until), 0, 0)
    found: list[CommunicationRow] = []
    for _ in range(_MOST_STEPS):
        if end_ms < since_ms or len(found) >= limit:
            break
        start_ms = max(since_ms, end_ms - _DAY_MS)
        name, channel = _KINDS[kind]
        fields = {"type": name, "startTime": start_ms, "endTime": end_ms, "offset": offset}
        body = canonical(fields | {"limit": limit - len(found), "teamView": False})
        path = path_of("v1.0", "agent", "communication")
        answer = await transport.read(Request("POST", path, "communication", body=body))
        rows = f.rows_of(answer, "pageData", "data")
        found += _parsed(rows, channel)
        offset += len(rows)
        if rows and f.flag(f.row_of(answer), "hasMore"):
            continue
        kind, offset = (kind + 1) % len(_KINDS), 0
        if kind == 0:
            end_ms = start_ms - 1
    following = f"w:{end_ms}:{kind}:{offset}" if end_ms >= since_ms else None
    return CommunicationPage(rows=tuple(found), next_cursor=following)


def _parsed(rows: list[Row], channel: Channel | None) -> tuple[CommunicationRow, ...]:
    return tuple(parsed for row in rows if (parsed := parse.communication(row, channel)))


def _position(cursor: str) -> tuple[int, int, int]:
    parts = cursor.removeprefix("w:").split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 16 for part in parts) or int(parts[1]) > 2:
        raise ValueError("the cursor is not one that this search gave")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
