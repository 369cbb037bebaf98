"""The agent, the team and what the agent has to do."""

from typing import Any

import httpx
import pytest

from .calling import HUGO, JANE, get

TASK: dict[str, Any] = {
    "type": "Call",
    "content": "Ask about the sewer",
    "leadId": JANE,
    "assignedRole": "Agent",
    "endAt": "2026-11-20T09:00:00-07:00",
    "timeZoneCode": "America/Denver",
}


@pytest.mark.anyio
async def test_the_keys_owner_has_a_short_id_and_the_team_is_listed(lofty: httpx.AsyncClient) -> None:
    me = await get(lofty, "/v1.0/me")
    members = await get(lofty, "/v1.0/members")
    assert (me["id"], me["memberUserId"], me["email"]) == (213577, 480213577000001, "alex.morgan@example.com")
    assert (me["virtualNumber"], me["timeZoneId"]) == ("+12125550100", "America/New_York")
    assert members["members"][0] == me
    assert members["_metadata"]["total"] == len(members["members"]) == 3


@pytest.mark.anyio
async def test_one_lead_is_worked_by_the_ai_assistant(lofty: httpx.AsyncClient) -> None:
    assert (await get(lofty, "/v2.0/sales-agents/by-lead", leadId=HUGO))["assistantName"] == "Robin"
    assert (await lofty.get("/v2.0/sales-agents/by-lead", params={"leadId": JANE})).status_code == 404
    assert await get(lofty, "/v2.0/sales-agent/lead/mute-status", leadId=HUGO) == {"data": {"mute": "false"}}
    assert (await get(lofty, f"/v2.0/sales-agents/working-lead/{HUGO}"))["leadId"] == HUGO
    assert await get(lofty, f"/v2.0/sales-agents/working-lead/{JANE}") is False


@pytest.mark.anyio
async def test_the_ai_assistant_can_be_muted_for_a_lead(lofty: httpx.AsyncClient) -> None:
    assert (await lofty.put(f"/v2.0/sales-agents/working-lead/{HUGO}/mute")).status_code == 200
    assert await get(lofty, "/v2.0/sales-agent/lead/mute-status", leadId=HUGO) == {"data": {"mute": "true"}}


@pytest.mark.anyio
async def test_a_task_is_created_and_listed_with_gmt_times(lofty: httpx.AsyncClient) -> None:
    task_id = (await lofty.post("/v2.0/tasks", json=TASK)).json()["taskId"]
    task = (await get(lofty, f"/v2.0/tasks/{task_id}"))["task"]
    assert task in (await get(lofty, "/v2.0/tasks", leadId=JANE))["tasks"]
    assert (task["endAt"], task["type"], task["leadName"]) == ("2026-11-20T16:00:00GMT", "Call", "Jane Hollis")
    assert not task["overdueFlag"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "fields",
    [
        {"endAt": "2026-11-20T09:00:00"},
        {"endAt": None},
        {"type": "Party"},
        {"assignedRole": "Nobody"},
        {"content": ""},
        {"timeZoneCode": "Mars/Olympus"},
        {"leadId": str(JANE)},
    ],
)
async def test_a_task_that_lofty_would_not_take_is_refused(lofty: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    before = await get(lofty, "/v2.0/tasks", leadId=JANE)
    assert (await lofty.post("/v2.0/tasks", json=TASK | fields)).status_code == 400
    assert await get(lofty, "/v2.0/tasks", leadId=JANE) == before


@pytest.mark.anyio
async def test_a_task_that_is_not_there_is_not_found(lofty: httpx.AsyncClient) -> None:
    assert (await lofty.get("/v2.0/tasks/12")).json() == {"message": "TASK_NOT_EXIST"}
