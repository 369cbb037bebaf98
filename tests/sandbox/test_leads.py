"""Looking leads up."""

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import JANE, client, error, get


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"key": "jane"}, ["Jane"]),
        ({"key": "jon smith"}, ["Jon", "Jon"]),
        ({"key": "+1 (303) 555-0101"}, ["Jane"]),
        ({"email": "the.garcias@example.com"}, ["Elena"]),
        ({"phone": "4805550155"}, ["Elena"]),
        ({"key": "jane", "preciseSearchFlag": "true"}, []),
        ({"anyTags": "Waterfront,Relocating"}, ["Sam", "Aiko", "Marcus"]),
        ({"allTags": "Denver,Townhome"}, ["Hugo"]),
        ({"stage": "new"}, ["Ben"]),
    ],
)
async def test_leads_are_found_by_what_one_knows_of_them(
    lofty: httpx.AsyncClient, query: dict[str, str], names: list[str]
) -> None:
    found = await get(lofty, "/v1.0/leads", **query)
    assert [lead["firstName"] for lead in found["leads"]] == names
    assert found["_metadata"]["total"] == len(names)


@pytest.mark.anyio
async def test_a_parameter_that_lofty_does_not_know_filters_nothing(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    found = await get(lofty, "/v1.0/leads", keyword="jane", page=3)
    assert len(found["leads"]) == len(sandbox.world.data.leads)


@pytest.mark.anyio
async def test_pages_by_offset_and_by_scroll_id_are_the_same(lofty: httpx.AsyncClient) -> None:
    first = await get(lofty, "/v1.0/leads", limit=5)
    scrolled = await get(lofty, "/v1.0/leads", limit=5, scrollId=first["_metadata"]["scrollId"])
    skipped = await get(lofty, "/v1.0/leads", limit=5, offset=5)
    assert scrolled["leads"] == skipped["leads"]
    assert first["leads"][-1]["leadId"] > skipped["leads"][0]["leadId"]


@pytest.mark.anyio
async def test_a_page_of_more_than_a_hundred_leads_is_refused(lofty: httpx.AsyncClient) -> None:
    answer = await lofty.get("/v1.0/leads", params={"limit": 101})
    words = "BaseApplicationException:errorCode=20042,errorMsg=Limit must be between 1 and 100"
    assert error(answer) == (400, words)


@pytest.mark.anyio
@pytest.mark.parametrize(("sort", "first"), [("LastCall", "Grace"), ("LastContact", "Grace"), ("CreateTime", "Ben")])
async def test_leads_are_sorted_as_asked(lofty: httpx.AsyncClient, sort: str, first: str) -> None:
    found = await get(lofty, "/v1.0/leads", sort=sort)
    assert found["leads"][0]["firstName"] == first


@pytest.mark.anyio
async def test_one_lead_comes_wrapped_with_numbers_for_ids_and_gmt_for_times(lofty: httpx.AsyncClient) -> None:
    lead = (await get(lofty, f"/v1.0/leads/{JANE}"))["lead"]
    assert lead["leadId"] == JANE
    assert lead["createTime"] == "2026-09-12T17:42:10GMT"
    assert lead["lastTouch"] == "2026-11-17T17:58:21GMT"
    assert lead["phones"] == ["3035550101"]
    assert [tag["tagName"] for tag in lead["tags"]] == ["Denver", "First-time buyer", "Pre-approved"]
    assert "trashed" not in lead


@pytest.mark.anyio
async def test_a_trashed_lead_is_gone_unless_the_trash_is_asked_for(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.edit_lead(JANE, trashed=True)
    gone = await lofty.get(f"/v1.0/leads/{JANE}")
    assert error(gone) == (404, "BaseApplicationException:errorCode=20006,errorMsg=Lead not exist")
    assert (await get(lofty, f"/v1.0/leads/{JANE}", withTrash="true"))["lead"]["leadId"] == JANE
    assert (await get(lofty, "/v1.0/leads", key="jane hollis"))["leads"] == []


@pytest.mark.anyio
async def test_the_agent_can_change_a_lead_in_the_crm(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.edit_lead(JANE, phones=["7205550188", "3035550101"], cannot_text=True, stage="Nurture")
    lead = (await get(lofty, f"/v1.0/leads/{JANE}"))["lead"]
    assert (lead["phones"], lead["phoneStatuses"]) == (["7205550188", "3035550101"], [2, 3])
    assert (lead["cannotText"], lead["stage"]) == (True, "Nurture")
    with pytest.raises(KeyError):
        sandbox.edit_lead(JANE, shoe_size=9)


@pytest.mark.anyio
async def test_what_one_sandbox_changes_another_does_not_see(sandbox: Sandbox) -> None:
    sandbox.edit_lead(JANE, firstName="Janet")
    sandbox.inbound_text(JANE, "Hello?")
    other = Sandbox(frozen=True)
    async with client(other) as lofty:
        lead = (await get(lofty, f"/v1.0/leads/{JANE}"))["lead"]
        texts = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"]
    assert lead["firstName"] == "Jane"
    assert "Hello?" not in [row["textContent"] for row in texts]


@pytest.mark.anyio
async def test_paging_can_be_told_as_the_specification_has_it() -> None:
    async with client(Sandbox(frozen=True, metadata_key="get_metadata")) as lofty:
        found = await get(lofty, "/v1.0/leads", limit=1)
    assert found["get_metadata"]["limit"] == 1
    assert "_metadata" not in found


@pytest.mark.anyio
async def test_site_activity_is_a_bare_array_newest_first(lofty: httpx.AsyncClient) -> None:
    path = f"/v1.0/leads/{JANE}/activities"
    rows = await get(lofty, path)
    assert [row["type"] for row in rows] == ["Browse", "Browse", "Favorite", "Search"]
    created = rows[0]["created"] + 1000
    seen = {"type": "Browse", "text": "Viewed 12 Elm St", "link": "", "picture": "", "created": created}
    answer = await lofty.post(f"/v1.0/leads/{JANE}/activity", json=seen)
    assert answer.json() == {"leadId": JANE}
    assert (await get(lofty, path))[0]["text"] == "Viewed 12 Elm St"
    assert await get(lofty, path, curPage=1) == []


@pytest.mark.anyio
async def test_the_reference_refuses_an_outside_call_in_the_guides_form(lofty: httpx.AsyncClient) -> None:
    call = {"type": "call", "direction": "outbound", "duration": 60, "timestamp": "2026-11-17T12:00:00Z", "notes": "x"}
    answer = await lofty.post(f"/v1.0/leads/{JANE}/activity", json=call)
    assert answer.status_code == 400
