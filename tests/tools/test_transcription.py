"""Having Lofty transcribe a call: asked once, waited for with progress, and given up in words. Waits take no time."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal

import anyio
import httpx
import pytest

from lofty_crm.api.dialect import Dialect
from lofty_sandbox.clock import STARTS_AT
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.calls import get_call_transcript
from lofty_tools.transcription import LONGEST_WAIT_S, create_transcript
from tests.crm.api.virtual_time import VIRTUAL_TIME, VirtualTime
from tests.tools.desk import GRACE, JANE, MODES, Desk, Mode
from tests.tools.reading import reading

pytestmark = pytest.mark.anyio

LEILA, OFFER = "480213577100013", "480213577201301"
PENDING, PROCESSING, FAILED, MISSED, BY_HAND = (
    "480213577201501",
    "480213577201502",
    "480213577201503",
    "480213577201504",
    "480213577401501",
)
ASKED, LOOKED = "/v2.0/ai/call-summary/generate", "/v2.0/ai/call-summary"


@pytest.fixture
def anyio_backend() -> VirtualTime:
    return VIRTUAL_TIME


class Passing(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox, but for those that are answered otherwise."""

    def __init__(self, sandbox: Sandbox, spoil: Callable[[httpx.Request], httpx.Response | None]) -> None:
        self._carrier = httpx.ASGITransport(app=sandbox.app)
        self._spoil = spoil

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._spoil(request) or await self._carrier.handle_async_request(request)


async def tick(sandbox: Sandbox) -> None:
    """Let the sandbox's clock go with the loop's time."""
    while True:
        await anyio.sleep(0.5)
        sandbox.clock.set(STARTS_AT + timedelta(seconds=anyio.current_time()))


@asynccontextmanager
async def desk(
    sandbox: Sandbox,
    *,
    mode: Mode = "auto",
    dialect: Literal["auto"] | Dialect = "auto",
    spoil: Callable[[httpx.Request], httpx.Response | None] = lambda _: None,
) -> AsyncGenerator[Desk]:
    """The tools that read a transcript and have one made."""
    tools = (get_call_transcript, create_transcript)
    carrier = Passing(sandbox, spoil)
    async with (
        reading(sandbox, *tools, mode=mode, transport=carrier, dialect=dialect) as it,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(tick, sandbox)
        yield it
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("mode", MODES)
async def test_a_transcript_is_asked_for_once_and_waited_for_with_progress(mode: Mode) -> None:
    sandbox = Sandbox(frozen=True)
    told: list[float] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (LONGEST_WAIT_S, "Lofty is writing the transcript")
        told.append(progress)

    async with desk(sandbox, mode=mode) as it:
        before, words = await it.call("get_call_transcript", lead_id=LEILA, call_id=OFFER)
        asked = {"lead_id": LEILA, "call_id": OFFER}
        answer = await it.client.call_tool("create_transcript", asked, progress_callback=heard)
        after, _ = await it.call("get_call_transcript", lead_id=LEILA, call_id=OFFER)
    assert (before["state"], "`create_transcript`" in words) == ("none", True)
    assert not answer.is_error, answer.content
    assert answer.structured_content == {
        "call_id": OFFER,
        "state": "ready",
        "what": "The transcript is there: read it with `get_call_transcript`.",
        "sandbox": True,
    }
    assert "roof under the panels" in after["transcript"]
    assert sandbox.count("POST", ASKED) == 1
    assert told == sorted(set(told))
    assert told[-1] < 20 <= anyio.current_time() < LONGEST_WAIT_S


async def test_reading_a_transcript_asks_for_none() -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        for _ in range(3):
            await it.call("get_call_transcript", lead_id=LEILA, call_id=OFFER)
        await it.call("get_call_transcript", lead_id=LEILA, search="roof")
    assert sandbox.count("POST", "/") == 0


async def test_a_wait_ends_says_how_to_come_back_and_is_not_begun_by_a_second_request() -> None:
    sandbox = Sandbox(frozen=True, generate_s=600)
    async with desk(sandbox) as it:
        result, text = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
        first_s = anyio.current_time()
        again, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert (result["state"], again["state"]) == ("pending", "pending")
    assert "with `get_call_transcript` in a few minutes; there is no need to ask again" in text
    assert LONGEST_WAIT_S <= first_s < LONGEST_WAIT_S + 1
    assert sandbox.count("POST", ASKED) == 1


async def test_a_transcript_that_lofty_is_writing_is_only_waited_for() -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        result, _ = await it.call("create_transcript", lead_id=GRACE, call_id=PROCESSING)
    assert result["state"] == "processing"
    assert sandbox.count("POST", ASKED) == 0


async def test_one_that_lofty_has_not_begun_is_asked_for() -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        result, _ = await it.call("create_transcript", lead_id=GRACE, call_id=PENDING)
    assert (result["state"], sandbox.count("POST", ASKED)) == ("ready", 1)


async def test_one_that_failed_is_tried_again_and_said_to_fail_again() -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        _, text = await it.call("create_transcript", lead_id=GRACE, call_id=FAILED)
        asked_once = sandbox.count("POST", ASKED)
        await it.call("create_transcript", lead_id=GRACE, call_id=FAILED)
    assert text == f"[sandbox] Call {FAILED}: Lofty could not transcribe the recording."
    assert (asked_once, sandbox.count("POST", ASKED)) == (1, 2)


async def test_a_failure_of_before_that_lofty_still_shows_does_not_end_the_wait() -> None:
    sandbox = Sandbox(frozen=True)
    looks = 0

    def stale(request: httpx.Request) -> httpx.Response | None:
        nonlocal looks
        looks += request.url.path == LOOKED
        data = {"status": {"code": 0, "msg": "ok"}, "data": {"status": 3}}
        return httpx.Response(200, json=data) if request.url.path == LOOKED and looks <= 3 else None

    async with desk(sandbox, spoil=stale) as it:
        result, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert (result["state"], looks > 3) == ("ready", True)


async def test_silence_is_said_to_be_silence() -> None:
    def silent(request: httpx.Request) -> httpx.Response | None:
        data = {"status": {"code": 0, "msg": "ok"}, "data": {"status": 2, "text": ""}}
        return httpx.Response(200, json=data) if request.url.path == LOOKED else None

    async with desk(Sandbox(frozen=True), spoil=silent) as it:
        result, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert result["what"] == "Lofty transcribed the recording and found no words in it."


@pytest.mark.parametrize(
    ("call_id", "why"), [(MISSED, "Nobody answered this call"), (BY_HAND, "logged by hand")], ids=["missed", "by hand"]
)
async def test_what_was_never_recorded_is_refused_unasked(call_id: str, why: str) -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        said = await it.refused("create_transcript", lead_id=GRACE, call_id=call_id)
    assert why in said
    assert said.endswith("Lofty was not asked.")
    assert sandbox.count("POST", "/") == 0


async def test_a_call_of_another_lead_is_refused_unasked() -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        assert "`list_calls`" in await it.refused("create_transcript", lead_id=JANE, call_id=OFFER)
    assert sandbox.count("*", "/v2.0/ai") == 0


async def test_the_limit_of_lofty_s_ai_is_told_and_the_request_is_not_repeated() -> None:
    sandbox = Sandbox(frozen=True)
    sandbox.fail("POST", ASKED, "status", status=429, headers={"retry-after": "40"})
    async with desk(sandbox) as it:
        said = await it.refused("create_transcript", lead_id=LEILA, call_id=OFFER)
        asked_once = sandbox.count("POST", ASKED)
        await anyio.sleep(60)
        result, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert said == "Lofty's rate limit is reached; nothing was changed. Try again in 40 seconds."
    assert (asked_once, result["state"]) == (1, "ready")


async def test_a_limit_that_ends_soon_is_no_reason_to_ask_by_the_other_id() -> None:
    sandbox = Sandbox(frozen=True)
    sandbox.fail("POST", ASKED, "status", status=429, headers={"retry-after": "2"})
    async with desk(sandbox) as it:
        said = await it.refused("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert said == "Lofty's rate limit is reached; nothing was changed. Try again in 2 seconds."
    assert sandbox.count("POST", ASKED) == 1


async def test_looks_that_meet_the_limit_or_fail_do_not_end_the_wait() -> None:
    sandbox = Sandbox(frozen=True)
    async with desk(sandbox) as it:
        await it.call("get_call_transcript", lead_id=LEILA, call_id=OFFER)
        sandbox.fail("GET", LOOKED, "malformed", body='{"status":{"code":0},"data":null}', times=2)
        sandbox.fail("GET", LOOKED, "status", status=429, headers={"retry-after": "25"}, times=1)
        sandbox.fail("GET", LOOKED, "status", status=500, times=3)
        result, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert result["state"] == "ready"
    assert sandbox.count("POST", ASKED) == 1


async def test_a_lost_answer_is_told_as_such_and_lofty_is_not_asked_twice() -> None:
    sandbox = Sandbox(frozen=True)
    sandbox.fail("POST", ASKED, "error_after", status=500)
    async with desk(sandbox) as it:
        said = await it.refused("create_transcript", lead_id=LEILA, call_id=OFFER)
        result, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert "It is not known whether the change was made" in said
    assert (result["state"], sandbox.count("POST", ASKED)) == ("ready", 1)


async def test_the_other_id_is_used_only_when_lofty_knows_none_by_the_first() -> None:
    sandbox = Sandbox(frozen=True)
    asked: list[Any] = []

    def strict(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != ASKED:
            return None
        asked.append(request.content)
        return httpx.Response(400, json={"code": 20012, "message": "Invalid parameter"}) if len(asked) == 1 else None

    async with desk(sandbox, spoil=strict) as it:
        result, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert result["state"] == "ready"
    assert [OFFER.encode() in body for body in asked] == [False, True]


async def test_when_lofty_knows_it_by_neither_id_nothing_was_changed() -> None:
    sandbox = Sandbox(frozen=True)
    sandbox.fail("POST", ASKED, "status", status=400, code=20012, times=None)
    async with desk(sandbox) as it:
        said = await it.refused("create_transcript", lead_id=LEILA, call_id=OFFER)
        sandbox.clear_faults()
        again, _ = await it.call("create_transcript", lead_id=LEILA, call_id=OFFER)
    assert said == "Lofty refused the request for the recording; nothing was changed."
    assert (again["state"], sandbox.count("POST", ASKED)) == ("ready", 3)


async def test_an_account_of_the_guide_has_no_way_to_ask() -> None:
    sandbox = Sandbox("guide", frozen=True)
    async with desk(sandbox, dialect=Dialect.GUIDE) as it:
        said = await it.refused("create_transcript", lead_id=LEILA, call_id=f"call_{int(OFFER):x}")
    assert "no way to ask" in said
    assert sandbox.unknown == []
