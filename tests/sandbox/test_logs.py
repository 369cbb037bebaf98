"""Writing down what happened elsewhere."""

from typing import Any

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import GRACE, JANE, error, get

CALL: dict[str, Any] = {
    "leadId": JANE,
    "logType": "logCall",
    "content": "Met her at the bakery, she asked about Ivy Street.",
    "outboundOrInbound": "inbound",
    "leadPhoneNumber": "+13035550101",
    "callingOutcome": "Talked",
}


@pytest.mark.anyio
async def test_a_logged_call_appears_in_logs_and_timeline_after_a_while(
    sandbox: Sandbox, lofty: httpx.AsyncClient
) -> None:
    log = (await lofty.post("/v1.0/logType", json=CALL)).json()["logType"]
    path = f"/v1.0/logType/{log['id']}"
    early = await lofty.get(path)
    sandbox.clock.advance(2)
    rows = (await get(lofty, f"/v2.0/leads/{JANE}/activities", limit=1000))["activities"]
    assert early.status_code == 404
    assert await get(lofty, path) == {"logType": log}
    assert (await get(lofty, "/v1.0/logType", leadId=JANE, logType="logCall"))["logType"] == [log]
    assert (rows[-1]["communicationType"], rows[-1]["direction"], rows[-1]["note"]) == (
        "Logged",
        "Inbound",
        CALL["content"],
    )
    assert log["createTime"] == "2026-11-17 19:00:00"


@pytest.mark.anyio
async def test_an_outcome_that_lofty_does_not_know_becomes_talked(lofty: httpx.AsyncClient) -> None:
    answer = await lofty.post("/v1.0/logType", json=CALL | {"callingOutcome": "Great!"})
    assert answer.json()["logType"]["callingOutcome"] == "Talked"


@pytest.mark.anyio
async def test_a_log_is_cut_without_a_word(lofty: httpx.AsyncClient) -> None:
    answer = await lofty.post("/v1.0/logType", json=CALL | {"content": "y" * 5001})
    assert answer.json()["logType"]["content"] == "y" * 5000


@pytest.mark.anyio
@pytest.mark.parametrize(
    "fields",
    [
        {"logType": "logcall"},
        {"content": ""},
        {"outboundOrInbound": "sideways"},
        {"leadPhoneNumber": ""},
        {"leadPhoneNumber": "1" * 21},
        {"callingOutcome": "x" * 21},
    ],
)
async def test_a_log_that_lofty_would_not_take_is_refused(
    sandbox: Sandbox, lofty: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    assert (await lofty.post("/v1.0/logType", json=CALL | fields)).status_code == 400
    assert sandbox.world.data.logs.get(JANE) is None


@pytest.mark.anyio
async def test_the_direction_is_outbound_unless_said_and_an_email_keeps_its_subject(lofty: httpx.AsyncClient) -> None:
    fields = {"leadId": JANE, "logType": "logEmail", "content": "Sent the map.", "emailSubject": "Map"}
    log = (await lofty.post("/v1.0/logType", json=fields)).json()["logType"]
    assert (log["outboundOrInbound"], log["emailSubject"]) == ("outbound", "Map")


@pytest.mark.anyio
async def test_a_bad_page_is_silently_the_first_and_a_far_one_is_refused(lofty: httpx.AsyncClient) -> None:
    listed = await get(lofty, "/v1.0/logType", leadId=GRACE, logType="logText", limit=0, offset=-3)
    far = await lofty.get("/v1.0/logType", params={"leadId": GRACE, "logType": "logText", "offset": 20000})
    assert len(listed["logType"]) == 1
    assert error(far) == (400, "BaseApplicationException:errorCode=200104,errorMsg=OFFSET_EXCEED_LIMIT")


@pytest.mark.anyio
async def test_logs_are_listed_in_the_order_asked_for(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    first = (await lofty.post("/v1.0/logType", json=CALL)).json()["logType"]["id"]
    sandbox.clock.advance(60)
    second = (await lofty.post("/v1.0/logType", json=CALL)).json()["logType"]["id"]
    sandbox.clock.advance(60)
    query = {"leadId": JANE, "logType": "logCall"}
    ascending = (await get(lofty, "/v1.0/logType", **query))["logType"]
    descending = (await get(lofty, "/v1.0/logType", **query, order="desc"))["logType"]
    rest = (await get(lofty, "/v1.0/logType", **query, currentId=first))["logType"]
    assert [log["id"] for log in ascending] == [first, second]
    assert [log["id"] for log in descending] == [second, first]
    assert [log["id"] for log in rest] == [second]


@pytest.mark.anyio
async def test_a_log_can_be_deleted_once(lofty: httpx.AsyncClient) -> None:
    log_id = (await lofty.post("/v1.0/logType", json=CALL)).json()["logType"]["id"]
    statuses = [(await lofty.delete(f"/v1.0/logType/{log_id}")).status_code for _ in range(2)]
    assert statuses == [200, 404]
