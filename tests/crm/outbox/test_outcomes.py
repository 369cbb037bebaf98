"""Every row of the outcome table, over a real socket: what was seen, and what is said of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.crm.outbox.office import EMAIL, JANE, SMS, InProcess, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

APPROVED, FAILED, UNKNOWN, SENT, MISMATCH = State.APPROVED, State.FAILED, State.UNKNOWN, State.SENT, State.MISMATCH


@asynccontextmanager
async def wired(folder: Path, *, deadline_s: float = 30.0) -> AsyncGenerator[Office]:
    sandbox = busy_sandbox()
    async with serve(sandbox) as url, office(sandbox, folder, url=url, deadline_s=deadline_s) as opened:
        yield opened


OUTCOMES: list[tuple[str, str, dict[str, Any], State, int]] = [
    ("a rate limit", "status", {"status": 429}, APPROVED, 0),
    ("a rate limit in a 400", "status", {"status": 400, "body": '{"message":"Too Many Requests"}'}, APPROVED, 0),
    ("a bad request", "status", {"status": 400, "code": 20012}, FAILED, 0),
    ("a refused credential", "status", {"status": 401}, FAILED, 0),
    ("a missing scope", "status", {"status": 403, "body": '{"code":200100,"message":"no"}'}, FAILED, 0),
    ("an unknown lead", "status", {"status": 404, "code": 20006}, FAILED, 0),
    ("a redirect", "redirect", {}, FAILED, 0),
    ("a permanent redirect", "redirect", {"status": 308}, FAILED, 0),
    ("a business code in a 200", "business_code", {"code": 200100}, FAILED, 0),
    ("a 500", "error_after", {"status": 500}, UNKNOWN, 1),
    ("a 502", "error_after", {"status": 502}, UNKNOWN, 1),
    ("a 503", "error_after", {"status": 503}, UNKNOWN, 1),
    ("a 504", "error_after", {"status": 504}, UNKNOWN, 1),
    ("a reset before acting", "reset_before", {}, UNKNOWN, 0),
    ("a reset after acting", "reset_after", {}, UNKNOWN, 1),
    ("a cut answer", "cut", {}, UNKNOWN, 1),
    ("half of the JSON", "malformed", {}, UNKNOWN, 1),
    ("a page of HTML", "html", {}, UNKNOWN, 1),
    ("an answer without an id", "empty_object", {}, UNKNOWN, 1),
    ("a wrong destination", "wrong_destination", {}, MISMATCH, 1),
]


@pytest.mark.parametrize(
    ("fault", "options", "state", "sent"), [row[1:] for row in OUTCOMES], ids=[r[0] for r in OUTCOMES]
)
async def test_an_answer_leads_to_the_state_that_it_proves(
    tmp_path: Path, fault: Any, options: dict[str, Any], state: State, sent: int
) -> None:
    """D22 D55 D56 D57 D75"""
    async with wired(tmp_path) as desk:
        desk.sandbox.fail("POST", SMS, fault, **options)
        end = await desk.yes(await desk.text())
        assert (end.state, desk.posts, len(desk.sandbox.sent)) == (state, 1, sent)
        assert (end.evidence is not None) == (state is SENT)
        if state is not APPROVED:
            await desk.outbox.tick()
        assert desk.posts == 1


async def test_an_answer_with_id_and_destination_is_evidence(tmp_path: Path) -> None:
    async with wired(tmp_path) as desk:
        end = await desk.yes(await desk.text())
        assert (end.state, end.evidence, end.lofty_destination) == (SENT, f"answer:{end.id}", "+13035550101")
        assert end.lofty_message_id == desk.sandbox.sent[0].message_id


async def test_an_email_takes_the_same_way(tmp_path: Path) -> None:
    async with wired(tmp_path) as desk:
        desk.sandbox.fail("POST", EMAIL, "wrong_destination")
        assert (await desk.yes(await desk.email())).state is MISMATCH
        assert (await desk.yes(await desk.email("Another."))).state is SENT


async def test_an_answer_that_names_no_destination_is_not_called_sent(tmp_path: Path) -> None:
    """I11"""
    async with wired(tmp_path) as desk:
        desk.sandbox.fail("POST", SMS, "error_after", status=200, body='{"messageId":"480213577605190"}')
        end = await desk.yes(await desk.text())
        assert (end.state, end.evidence, end.lofty_message_id) == (UNKNOWN, None, "480213577605190")


@pytest.mark.parametrize(("fault", "seconds"), [("drip", 0.2), ("hang_after", 0)])
async def test_an_answer_that_never_ends_meets_the_deadline(tmp_path: Path, fault: Any, seconds: float) -> None:
    """D74"""
    async with wired(tmp_path, deadline_s=0.6) as desk:
        desk.sandbox.fail("POST", SMS, fault, seconds=seconds)
        assert (await desk.yes(await desk.text())).state is UNKNOWN
        assert (desk.posts, len(desk.sandbox.sent)) == (1, 1)


class Unconnected(InProcess):
    """Carries reads; no connection comes about for sends."""

    def __init__(self, sandbox: Sandbox, failure: type[httpx.TransportError]) -> None:
        super().__init__(sandbox)
        self.failure = failure
        self.tries = 0
        self.mended = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and not self.mended:
            self.tries += 1
            raise self.failure("no connection", request=request)
        return await super().handle_async_request(request)


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_what_never_left_is_tried_again_and_goes_out_once(
    tmp_path: Path, failure: type[httpx.TransportError]
) -> None:
    """D71"""
    sandbox = busy_sandbox()
    way = Unconnected(sandbox, failure)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.yes(await desk.text())
        assert (message.state, desk.posts) == (APPROVED, 0)
        way.mended = True
        sandbox.clock.advance(6)
        await desk.outbox.tick()
        assert (await desk.state(message), len(sandbox.sent)) == (SENT, 1)


async def test_what_never_left_is_given_up_after_three_tries(tmp_path: Path) -> None:
    """D71"""
    sandbox = busy_sandbox()
    way = Unconnected(sandbox, httpx.ConnectError)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.yes(await desk.text())
        for _ in range(4):
            sandbox.clock.advance(6)
            await desk.outbox.tick()
        assert (await desk.state(message), way.tries, desk.posts) == (FAILED, 3, 0)


async def test_a_rate_limit_is_waited_for_and_given_up_after_three_tries(tmp_path: Path) -> None:
    """D70"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429, times=None)
        message = await desk.yes(await desk.text())
        for tries in (1, 2):
            assert (message.state, message.attempts, desk.posts) == (APPROVED, tries, tries)
            await desk.outbox.tick()
            assert desk.posts == tries
            sandbox.clock.advance(61)
            await desk.outbox.tick()
            message = await desk.outbox.get(message.id)
        assert (message.state, desk.posts, sandbox.sent) == (FAILED, 3, [])


async def test_after_a_rate_limit_the_lead_is_looked_at_again(tmp_path: Path) -> None:
    """D70"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429)
        message = await desk.yes(await desk.text())
        sandbox.inbound_text(int(JANE), "STOP")
        sandbox.clock.advance(61)
        await desk.outbox.tick()
        assert (await desk.state(message), sandbox.sent) == (State.BLOCKED, [])


async def test_an_approval_does_not_outlive_its_window(tmp_path: Path) -> None:
    """D13"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429)
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(301)
        await desk.outbox.tick()
        assert (await desk.state(message), desk.posts) == (State.PENDING, 1)
        assert "too old" in (await desk.outbox.get(message.id)).reason
        assert (await desk.yes(await desk.outbox.get(message.id))).state is SENT


async def test_a_clock_that_is_set_back_does_not_prolong_an_approval(tmp_path: Path) -> None:
    """D105"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429)
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(-3600)
        await desk.outbox.tick()
        sandbox.clock.advance(3600 + 400)
        await desk.outbox.tick()
        assert (await desk.state(message), sandbox.sent) == (State.PENDING, [])
