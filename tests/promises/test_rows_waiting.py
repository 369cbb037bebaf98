"""Tries and outages. Waits take no time here: the loop jumps to its next timer."""

from collections import Counter

import anyio
import httpx
import pytest

from lofty_crm.api.errors import LoftyFailedError, NotConnectedError, RateLimitedError, ServerError
from lofty_crm.api.models import Channel
from tests.crm.api.clients import answering
from tests.crm.api.script import Script, good
from tests.crm.api.virtual_time import VIRTUAL_TIME, VirtualTime

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> VirtualTime:
    return VIRTUAL_TIME


async def test_a_failing_read_is_tried_three_times_at_distances_of_chance() -> None:
    """D68"""
    distances: list[float] = []
    for _ in range(20):
        script = Script(httpx.Response(503), httpx.Response(503), good())
        began = anyio.current_time()
        assert (await answering(script).me()).name == "Alex Morgan"
        assert len(script.requests) == 3
        assert anyio.current_time() - began <= 20
        distances += [later - earlier for earlier, later in zip(script.at, script.at[1:], strict=False)]
    assert len(set(distances)) > 30
    assert min(distances) < max(distances) / 4
    script = Script(httpx.Response(503))
    with pytest.raises(ServerError):
        await answering(script).me()
    assert len(script.requests) == 3


@pytest.mark.parametrize("wait", ["-1", "abc", "9e9", ""])
async def test_an_absurd_wait_neither_hammers_nor_sleeps_for_ever(wait: str) -> None:
    """D69"""
    headers = {"retry-after": wait} if wait else {}
    script = Script(httpx.Response(429, headers=headers))
    with pytest.raises(RateLimitedError) as refusal:
        await answering(script).me()
    assert len(script.requests) <= 3
    assert anyio.current_time() <= 20
    assert 0 <= refusal.value.wait_s <= 60


async def test_an_outage_of_ten_minutes_is_met_with_quick_errors_and_a_look_now_and_then() -> None:
    """D76"""
    down = True
    asked: Counter[str] = Counter()

    def lofty(request: httpx.Request) -> httpx.Response:
        asked[request.method] += 1
        if down:
            raise httpx.ConnectError("down")
        return good()

    crm = answering(lofty)
    longest = 0.0

    async def read() -> None:
        nonlocal longest
        began = anyio.current_time()
        with pytest.raises(LoftyFailedError):
            await crm.me()
        longest = max(longest, anyio.current_time() - began)

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(read)
    while anyio.current_time() < 600:
        with pytest.raises(NotConnectedError):
            await crm.post_message(Channel.SMS, b"{}")
        await read()
        await anyio.sleep(1)
    assert longest <= 20
    assert asked["POST"] == 0
    assert asked["GET"] <= 8 + 2 * 60
    down = False
    await anyio.sleep(11)
    assert (await crm.me()).name == "Alex Morgan"
