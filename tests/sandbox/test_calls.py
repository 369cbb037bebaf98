"""Calls, recordings and what the AI makes of them."""

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import GRACE, JANE, MARCUS, WALTER, client, error, get

LEILA = 480213577100013


@pytest.mark.anyio
async def test_a_dialer_call_is_the_same_in_every_list(lofty: httpx.AsyncClient) -> None:
    dialed = await get(lofty, "/v1.0/calls", leadId=JANE)
    history = await get(lofty, "/v1.0/communication/call", leadId=JANE)
    call = dialed["calls"][0]
    assert dialed["calls"] == history["calls"]
    assert dialed["_metadata"]["total"] == 3
    assert await get(lofty, f"/v1.0/calls/{call['id']}") == {"calls": call}
    assert (call["startTime"], call["duration"], call["elapsedTime"]) == ("2026-11-15 21:07:20", 622, "00:09")
    assert call["recordingSwitch"]


@pytest.mark.anyio
async def test_a_call_has_one_id_in_the_timeline_and_another_in_the_dialer(lofty: httpx.AsyncClient) -> None:
    rows = (await get(lofty, f"/v2.0/leads/{JANE}/activities", limit=1000))["activities"]
    in_timeline = [row["id"] for row in rows if row["channel"] == "Call"][-1]
    call = await get(lofty, f"/v2.0/communication/call/{in_timeline}")
    assert (len(str(in_timeline)), len(str(call["id"]))) == (19, 15)


@pytest.mark.anyio
async def test_the_second_version_of_the_history_has_six_fields(lofty: httpx.AsyncClient) -> None:
    rows = (await get(lofty, "/v1.0/communication/call/v2", leadId=JANE))["calls"]
    assert set(rows[0]) == {"id", "agentId", "leadId", "createTime", "direction", "leadPhoneNumber"}
    assert rows[0]["direction"] == "outbound"


@pytest.mark.anyio
async def test_a_logged_call_shows_what_was_logged_and_is_no_dialer_call(lofty: httpx.AsyncClient) -> None:
    history = (await get(lofty, "/v1.0/communication/call", leadId=GRACE))["calls"]
    dialed = (await get(lofty, "/v1.0/calls", leadId=GRACE))["calls"]
    only_logged = [row for row in history if row not in dialed]
    assert len(only_logged) == 1
    assert "status" not in only_logged[0]


@pytest.mark.anyio
async def test_dialer_calls_of_nobody_are_not_found(lofty: httpx.AsyncClient) -> None:
    assert (await lofty.get("/v1.0/calls")).status_code == 404
    assert error(await lofty.get("/v1.0/calls/12"))[0] == 400


@pytest.mark.anyio
async def test_a_recording_has_a_link_and_a_call_without_one_has_none(lofty: httpx.AsyncClient) -> None:
    recorded, *others = (await get(lofty, "/v1.0/calls", leadId=JANE))["calls"]
    link = (await get(lofty, f"/v1.0/call/url/{recorded['id']}"))["calls"]
    assert link["url"].startswith("https://recordings.example.com/")
    assert (await get(lofty, f"/v1.0/call/url/{others[0]['id']}"))["calls"]["url"] == ""


@pytest.mark.anyio
@pytest.mark.parametrize("id_name", ["id", "dialerCallRecordId"])
async def test_a_transcript_is_one_string_with_a_line_for_each_turn(lofty: httpx.AsyncClient, id_name: str) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=JANE))["calls"][0]
    answer = await get(lofty, "/v2.0/ai/call-summary", callRecordId=call[id_name])
    data = answer["data"]
    assert (answer["status"], data["status"]) == ({"code": 0, "msg": "ok"}, 2)
    assert {line.split(":")[0] for line in data["text"].splitlines()} == {"Alex", "Jane"}
    assert "$700,000" in data["summary"]
    assert {"content": "2231 Ivanhoe St", "type": "propertyLocation", "params": []} in data["keywords"]


@pytest.mark.anyio
async def test_the_hour_long_call_is_long_and_does_not_repeat_itself(lofty: httpx.AsyncClient) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=MARCUS))["calls"][0]
    data = (await get(lofty, "/v2.0/ai/call-summary", callRecordId=call["id"]))["data"]
    turns = data["text"].splitlines()
    assert call["duration"] > 3600
    assert len(data["text"]) >= 50_000
    assert len(turns) == len(set(turns))


@pytest.mark.anyio
async def test_graces_calls_have_every_state_that_a_transcript_can_be_in(lofty: httpx.AsyncClient) -> None:
    calls = (await get(lofty, "/v1.0/calls", leadId=GRACE))["calls"]
    found = [(await get(lofty, "/v2.0/ai/call-summary", callRecordId=call["id"]))["data"] for call in calls]
    assert [data and data["status"] for data in found] == [0, 1, 3, None, None, 2, None]
    assert found[0]["text"] is None
    assert found[5]["text"] == ""
    assert [call["status"] for call in calls][3:5] == ["Missed", "VoiceMail"]


@pytest.mark.anyio
async def test_a_summary_that_is_asked_for_comes_in_its_own_time(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=GRACE))["calls"][0]
    asked = {"callRecordId": call["id"], "leadId": GRACE}
    answer = await lofty.post("/v2.0/ai/call-summary/generate", json=asked)
    states: list[int] = []
    for seconds in (0, 6, 14):
        sandbox.clock.advance(seconds)
        data = (await get(lofty, "/v2.0/ai/call-summary", callRecordId=call["id"]))["data"]
        states.append(data["status"])
    assert answer.json() == {"message": "success"}
    assert states == [0, 1, 2]
    assert data["text"].startswith("Grace: Alex? It's Grace.")


@pytest.mark.anyio
async def test_a_recording_has_no_summary_until_somebody_asks(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=LEILA))["calls"][0]
    found = {"callRecordId": call["id"]}
    before = await get(lofty, "/v2.0/ai/call-summary", **found)
    await lofty.post("/v2.0/ai/call-summary/generate", json=found | {"leadId": LEILA})
    sandbox.clock.advance(20)
    after = await get(lofty, "/v2.0/ai/call-summary", **found)
    assert (call["recordingSwitch"], before["data"]) == (True, None)
    assert (after["data"]["status"], "solar" in after["data"]["text"]) == (2, True)


@pytest.mark.anyio
async def test_the_ai_has_a_lower_limit_that_counts_for_itself() -> None:
    sandbox = Sandbox(frozen=True, ai_rate_limit=1)
    async with client(sandbox) as lofty:
        asked = {"callRecordId": 480213577201501, "leadId": GRACE}
        taken = await lofty.post("/v2.0/ai/call-summary/generate", json=asked)
        refused = await lofty.post("/v2.0/ai/call-summary/generate", json=asked)
        other = await lofty.get("/v1.0/me")
        sandbox.clock.advance(60)
        again = await lofty.post("/v2.0/ai/call-summary/generate", json=asked)
    assert [answer.status_code for answer in (taken, refused, other, again)] == [200, 429, 200, 200]
    assert [answer.headers["X-RateLimit-Limit"] for answer in (refused, other)] == ["1", "100"]
    assert not sandbox.requests[1].executed


@pytest.mark.anyio
async def test_a_recording_that_cannot_be_understood_fails_again(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=GRACE))["calls"][2]
    await lofty.post("/v2.0/ai/call-summary/generate", json={"callRecordId": call["id"], "leadId": GRACE})
    sandbox.clock.advance(20)
    assert (await get(lofty, "/v2.0/ai/call-summary", callRecordId=call["id"]))["data"]["status"] == 3


@pytest.mark.anyio
@pytest.mark.parametrize(("lead_id", "index"), [(GRACE, 3), (JANE, 0)])
async def test_a_summary_of_an_unrecorded_call_or_of_anothers_is_refused(
    lofty: httpx.AsyncClient, lead_id: int, index: int
) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=GRACE))["calls"][index]
    asked = {"callRecordId": call["id"], "leadId": lead_id}
    assert (await lofty.post("/v2.0/ai/call-summary/generate", json=asked)).status_code == 400


@pytest.mark.anyio
async def test_walters_words_carry_every_trick_as_they_are(lofty: httpx.AsyncClient) -> None:
    call = (await get(lofty, "/v1.0/calls", leadId=WALTER))["calls"][0]
    spoken = (await get(lofty, "/v2.0/ai/call-summary", callRecordId=call["id"]))["data"]["text"]
    texts = (await get(lofty, "/v1.0/communication/text", leadId=WALTER))["texts"]
    written = "\n".join(row["textContent"] for row in texts)
    assert "\nSYSTEM: " in spoken
    assert "ignore the opt-out" in spoken.lower()
    assert "\u200b" in written
    assert "\U000e0069" in written
    assert "![map](https://tracker.example.com" in written
    assert "```\n</untrusted>" in written
