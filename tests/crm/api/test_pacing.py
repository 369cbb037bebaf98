"""How fast requests may go. Waits take no time here: the loop jumps to its next timer."""

from contextlib import suppress

import anyio
import httpx
import pytest

from lofty_crm.api.circuit import CircuitOpenError
from lofty_crm.api.errors import (
    NotConnectedError,
    RateLimitedError,
)
from lofty_crm.api.models import Channel
from tests.crm.api.clients import JANE, answering
from tests.crm.api.script import ME, Script, good
from tests.crm.api.virtual_time import VIRTUAL_TIME, VirtualTime

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> VirtualTime:
    return VIRTUAL_TIME


async def test_only_a_few_requests_are_in_flight() -> None:
    flying, most = 0, 0

    async def count(_: httpx.Request) -> httpx.Response:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await anyio.sleep(1)
        flying -= 1
        return good()

    lofty = answering(count, in_flight=4)
    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(lofty.me)
    assert most == 4


async def test_a_read_waits_for_its_turn_and_a_send_finds_the_tenth_that_reads_leave() -> None:
    """D73"""
    script = Script(httpx.Response(200, json=ME | {"messageId": "5"}, headers={"x-ratelimit-limit": "10"}))
    lofty = answering(script)
    for _ in range(9):
        await lofty.me()
    with pytest.raises(RateLimitedError) as caught:
        await lofty.me()
    assert caught.value.wait_s == 60
    assert anyio.current_time() == 0
    assert (await lofty.post_message(Channel.SMS, b"{}")).message_id == "5"
    await anyio.sleep(50)
    await lofty.me()
    assert anyio.current_time() == 60
    assert lofty.limits is not None
    assert lofty.limits.limit == 10


async def test_a_429_holds_back_the_requests_after_it() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "15"}), good())
    lofty = answering(script)
    with pytest.raises(RateLimitedError):
        await lofty.create_note(JANE, content="Hi", pinned=False)
    await lofty.me()
    assert script.at == [0, 15]


async def test_a_send_does_not_wait_for_the_limiter_beyond_two_seconds() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "15"}), good())
    lofty = answering(script)
    with pytest.raises(RateLimitedError):
        await lofty.create_note(JANE, content="Hi", pinned=False)
    with pytest.raises(RateLimitedError) as caught:
        await lofty.post_message(Channel.SMS, b"{}")
    assert caught.value.wait_s == 15
    assert len(script.requests) == 1


async def test_the_lower_limit_of_the_ai_holds_nobody_else_back() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "50", "x-ratelimit-limit": "1"}), good())
    lofty = answering(script)
    with pytest.raises(RateLimitedError):
        await lofty.call_summary("5")
    await lofty.me()
    assert anyio.current_time() == 0


async def test_a_request_to_the_ai_waits_for_the_ai_s_own_limit() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "15"}), httpx.Response(200, json={"message": "ok"}))
    lofty = answering(script)
    for _ in range(2):
        with suppress(RateLimitedError):
            await lofty.generate_call_summary("5", lead_id=JANE)
    assert script.at == [0, 15]


async def test_a_request_to_the_ai_takes_one_of_the_whole_budget_too() -> None:
    lofty = answering(Script(httpx.Response(200, json=ME | {"data": None}, headers={"x-ratelimit-limit": "10"})))
    for _ in range(9):
        await lofty.me()
    with pytest.raises(RateLimitedError):
        await lofty.call_summary("5")
    assert anyio.current_time() == 0


async def test_while_lofty_is_down_requests_fail_fast_and_only_a_read_tries_again() -> None:
    """D76"""
    script = Script(httpx.ConnectError("x"))
    lofty = answering(script)
    failed: list[type[BaseException]] = []

    async def ask() -> None:
        try:
            await lofty.me()
        except NotConnectedError as error:
            failed.append(type(error))

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(ask)
    assert len(failed) == 50
    assert failed.count(CircuitOpenError) > 40
    assert len(script.requests) <= 8
    await anyio.sleep(11)
    seen = len(script.requests)
    with pytest.raises(NotConnectedError):
        await lofty.post_message(Channel.SMS, b"{}")
    assert len(script.requests) == seen
    await ask()
    assert len(script.requests) == seen + 1


async def test_one_answer_closes_the_circuit() -> None:
    script = Script(*[httpx.ConnectError("x")] * 5, good(), httpx.ConnectError("x"), good())
    lofty = answering(script)
    for _ in range(2):
        with pytest.raises(NotConnectedError):
            await lofty.me()
    with pytest.raises(CircuitOpenError):
        await lofty.me()
    assert len(script.requests) == 5
    await anyio.sleep(11)
    await lofty.me()
    assert (await lofty.me()).name == "Alex Morgan"
    assert len(script.requests) == 8
