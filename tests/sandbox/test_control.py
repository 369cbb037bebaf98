"""Steering the sandbox over HTTP, and its clock."""

from datetime import UTC, datetime
from typing import Any

import anyio
import httpx
import pytest

from lofty_sandbox.clock import Clock
from lofty_sandbox.sandbox import Sandbox

from .calling import JANE, client, get, text


@pytest.mark.anyio
async def test_the_state_tells_what_happened_with_ids_as_strings(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    await text(lofty, "Hi")
    await lofty.get("/nowhere")
    state = await get(lofty, "/_sandbox/state")
    assert state["dialect"] == "reference"
    assert state["now"] == "2026-11-17T19:00:00+00:00"
    assert state["counts"] == {"POST /v1.0/message/sms/send": 1, "GET /nowhere": 1}
    assert state["unknown"] == ["GET /nowhere"]
    assert state["leads"][str(JANE)] == "Jane Hollis"
    assert state["sent"] == [
        {
            "channel": "sms",
            "lead_id": str(JANE),
            "to": "+13035550101",
            "subject": None,
            "content": "Hi",
            "message_id": sandbox.sent[0].message_id,
        }
    ]


@pytest.mark.anyio
async def test_control_needs_no_credential_and_leaves_no_trace(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox.app), base_url="http://sandbox") as bare:
        assert (await bare.get("/_sandbox/state")).status_code == 200
    assert sandbox.requests == []


@pytest.mark.anyio
async def test_faults_can_be_set_and_cleared_over_http(lofty: httpx.AsyncClient) -> None:
    fault = {"method": "GET", "path_prefix": "/v1.0/me", "fault": "status", "status": 502, "times": None}
    await lofty.post("/_sandbox/faults", json=fault)
    broken = await lofty.get("/v1.0/me")
    await lofty.delete("/_sandbox/faults")
    assert (broken.status_code, (await lofty.get("/v1.0/me")).status_code) == (502, 200)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"method": "GET", "path_prefix": "/", "fault": "earthquake"}),
        ("faults", {"method": "GET", "path_prefix": "/"}),
        ("faults", {"fault": "delay", "method": "GET", "path_prefix": "/", "minutes": 3}),
        ("clock", {"now": "teatime"}),
        ("clock", {"now": "2026-11-17T14:00:00"}),
        ("clock", {}),
        ("inbound", {"lead_id": 1, "text": "Hi"}),
        ("inbound", {"lead_id": "jane", "text": "Hi"}),
        ("inbound", {"lead_id": JANE}),
        ("leads/1", {"stage": "Hot"}),
        (f"leads/{JANE}", {"shoeSize": 9}),
        ("clock", [1]),
    ],
)
async def test_a_control_that_makes_no_sense_is_refused(lofty: httpx.AsyncClient, path: str, body: Any) -> None:
    answer = await lofty.post(f"/_sandbox/{path}", json=body)
    assert (answer.status_code, set(answer.json())) == (400, {"error"})


@pytest.mark.anyio
async def test_the_clock_is_set_moved_and_stopped_over_http() -> None:
    sandbox = Sandbox()
    async with client(sandbox) as lofty:
        await lofty.post("/_sandbox/clock", json={"freeze": True})
        await lofty.post("/_sandbox/clock", json={"now": "2026-12-01T08:00:00-05:00"})
        state = (await lofty.post("/_sandbox/clock", json={"advance_s": 90})).json()
    assert state["now"] == "2026-12-01T13:01:30+00:00"


@pytest.mark.anyio
async def test_a_lead_writes_and_an_agent_edits_over_http(lofty: httpx.AsyncClient) -> None:
    written = (await lofty.post("/_sandbox/inbound", json={"lead_id": str(JANE), "text": "STOP"})).json()
    await lofty.post(f"/_sandbox/leads/{JANE}", json={"cannotText": True})
    newest = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"][0]
    assert (str(newest["id"]), newest["textContent"]) == (written["id"], "STOP")
    assert (await get(lofty, f"/v1.0/leads/{JANE}"))["lead"]["cannotText"]


@pytest.mark.anyio
async def test_held_requests_are_released_over_http(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail("GET", "/v1.0/me", "delay", seconds=3600)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lofty.get, "/v1.0/me")
            await sandbox.arrived("GET", "/v1.0/me")
            await lofty.post("/_sandbox/release", json={})
    assert sandbox.requests[0].status == 200


def test_a_frozen_clock_starts_on_a_tuesday_afternoon_and_moves_only_when_told() -> None:
    clock = Clock(frozen=True)
    assert clock.now() == datetime(2026, 11, 17, 19, tzinfo=UTC)
    clock.advance(0.5)
    assert clock.now() == datetime(2026, 11, 17, 19, 0, 0, 500_000, tzinfo=UTC)


def test_a_ticking_clock_never_goes_back_and_goes_on_from_where_it_is_set() -> None:
    clock = Clock()
    first, second = clock.now(), clock.now()
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    third = clock.now()
    clock.freeze()
    assert datetime(2026, 11, 17, 19, tzinfo=UTC) <= first < second
    assert third >= datetime(2027, 1, 1, tzinfo=UTC)
    assert clock.now() == clock.now()


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        Clock(frozen=True).set(datetime(2027, 1, 1))  # noqa: DTZ001 -- that is the point
