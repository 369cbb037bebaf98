"""The unified timeline, and the searches across leads."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import DANA, GRACE, JANE, client, get, text


def ms(sandbox: Sandbox, **ago: float) -> int:
    return int((sandbox.clock.now() - timedelta(**ago)).timestamp() * 1000)


@pytest.mark.anyio
async def test_the_timeline_is_the_oldest_ten_unless_asked_otherwise(lofty: httpx.AsyncClient) -> None:
    rows = (await get(lofty, f"/v2.0/leads/{JANE}/activities"))["activities"]
    times = [row["activityTime"] for row in rows]
    assert len(rows) == 10
    assert times == sorted(times)
    assert rows[0]["activityTime"] == "2026-09-12T17:20:41-04:00"
    assert "content" not in rows[0]


@pytest.mark.anyio
async def test_five_thousand_entries_are_read_page_by_page_without_a_gap(lofty: httpx.AsyncClient) -> None:
    ids: list[int] = []
    current = 0
    while rows := (await get(lofty, f"/v2.0/leads/{DANA}/activities", limit=1000, currentId=current))["activities"]:
        ids += [row["id"] for row in rows]
        current = ids[-1]
    assert len(ids) == len(set(ids)) == 5000
    assert all(len(str(one)) == 19 for one in ids)
    assert (await get(lofty, f"/v2.0/leads/{DANA}/activities", limit=3, offset=4998))["activities"][0]["id"] == ids[
        4998
    ]


@pytest.mark.anyio
async def test_times_are_printed_in_the_zone_asked_for(lofty: httpx.AsyncClient) -> None:
    path = f"/v2.0/leads/{JANE}/activities"
    rows = (await get(lofty, path, limit=1, timeZoneCode="America/Denver"))["activities"]
    assert rows[0]["activityTime"] == "2026-09-12T15:20:41-06:00"
    assert (await lofty.get(path, params={"timeZoneCode": "Mars/Olympus"})).status_code == 400


@pytest.mark.anyio
async def test_each_channel_has_its_own_fields(lofty: httpx.AsyncClient) -> None:
    rows = (await get(lofty, f"/v2.0/leads/{GRACE}/activities", limit=100))["activities"]
    logged = {row["channel"]: row for row in rows if row["communicationType"] == "Logged"}
    plain = {row["channel"]: row for row in rows if row["communicationType"] == "Manual"}
    assert logged["Call"]["note"].startswith("She rang my own phone")
    assert logged["Email"]["emailSubject"] == "Driveway: two names"
    assert plain["Call"]["leadPhoneNumber"] == "+15035550115"
    assert plain["Email"]["emailEventType"] in {"Sent", "Opened"}
    assert "note" not in plain["Text"]


@pytest.mark.anyio
async def test_a_sent_text_joins_the_timeline_after_a_while(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    await text(lofty, "On my way")
    path = f"/v2.0/leads/{JANE}/activities"
    before = (await get(lofty, path, limit=1000))["activities"]
    sandbox.clock.advance(2)
    after = (await get(lofty, path, limit=1000))["activities"]
    assert after[:-1] == before
    assert (after[-1]["channel"], after[-1]["communicationType"], after[-1]["direction"]) == (
        "Text",
        "Manual",
        "Outbound",
    )


@pytest.mark.anyio
async def test_some_accounts_have_an_empty_timeline() -> None:
    async with client(Sandbox(frozen=True, empty_timeline=True)) as lofty:
        assert await get(lofty, f"/v2.0/leads/{JANE}/activities") == {"activities": []}
        assert (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"] != []


@pytest.mark.anyio
async def test_the_agent_search_walks_by_cursor_to_an_empty_end(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    window = {"startTime": ms(sandbox, days=3), "endTime": ms(sandbox), "type": "TEXT", "limit": 4}
    pages: list[Any] = [await get(lofty, "/v2.0/communication/agent", **window)]
    while cursor := pages[-1]["nextCursor"]:
        pages.append(await get(lofty, "/v2.0/communication/agent", **window, cursor=cursor))
    rows = [row for one in pages for row in one["data"]]
    assert pages[-1]["data"] == []
    assert len(rows) == len({row["id"] for row in rows}) == pages[0]["totalCount"] > 4
    assert {row["eventType"] for row in rows} == {"Text"}
    newest = next(row for row in rows if row["direction"] == "Inbound" and row["leadId"] == JANE)
    words = await get(lofty, f"/v2.0/communication/text/{newest['id']}")
    assert "three instead of two" in words["textContent"]


@pytest.mark.anyio
async def test_the_search_names_every_kind_of_event(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    window = {"startTime": ms(sandbox, days=90), "endTime": ms(sandbox), "limit": 1000}
    rows = (await get(lofty, "/v2.0/communication/agent", **window))["data"]
    assert {row["eventType"] for row in rows} == {"Call", "Text", "Sent Email", "Opened Email", "Bounced Email"}
    assert {row["communicationType"] for row in rows} == {"MANUAL", "AUTO", "LOGGED"}


@pytest.mark.anyio
async def test_windows_that_are_too_wide_are_refused(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    wide = {"startTime": ms(sandbox, days=91), "endTime": ms(sandbox)}
    assert (await lofty.get("/v2.0/communication/agent", params=wide)).status_code == 400
    assert (await lofty.get("/v2.0/communication/agent")).status_code == 400
    day = {"type": "TEXT", "startTime": ms(sandbox, hours=25), "endTime": ms(sandbox)}
    assert (await lofty.post("/v1.0/agent/communication", json=day)).status_code == 400


@pytest.mark.anyio
async def test_the_older_search_pages_by_offset_and_changes_nothing(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    day = {"type": "TEXT", "startTime": ms(sandbox, hours=24), "endTime": ms(sandbox), "limit": 2}
    answer = await lofty.post("/v1.0/agent/communication", json=day)
    rest = await lofty.post("/v1.0/agent/communication", json=day | {"offset": 2, "limit": 100})
    assert answer.json()["hasMore"]
    assert len(answer.json()["pageData"] + rest.json()["pageData"]) == answer.json()["totalCount"]
    assert not any(seen.executed for seen in sandbox.requests)
