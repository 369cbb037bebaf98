"""The sandbox on a socket."""

import socket

import anyio
import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve

from .calling import HEADERS, get, text


@pytest.mark.anyio
async def test_it_answers_on_a_port_of_its_own_and_is_gone_afterwards(sandbox: Sandbox) -> None:
    async with serve(sandbox) as base_url, httpx.AsyncClient(base_url=base_url, headers=HEADERS) as lofty:
        assert (await get(lofty, "/v1.0/me"))["firstName"] == "Alex"
    async with httpx.AsyncClient() as after:
        with pytest.raises(httpx.ConnectError):
            await after.get(f"{base_url}/v1.0/me")


@pytest.mark.anyio
async def test_two_sandboxes_run_side_by_side(sandbox: Sandbox) -> None:
    other = Sandbox("guide", frozen=True)
    async with serve(sandbox) as one, serve(other) as two, httpx.AsyncClient(headers=HEADERS) as lofty:
        statuses = [(await lofty.get(f"{url}/v1.0/me")).status_code for url in (one, two)]
    assert statuses == [200, 404]


@pytest.mark.anyio
async def test_a_port_that_is_taken_is_an_error(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serve(sandbox, port=taken.getsockname()[1]):
            pytest.fail("it served on a port of somebody else's")


@pytest.mark.anyio
async def test_leaving_ends_what_is_under_way_without_acting(sandbox: Sandbox) -> None:
    sandbox.fail("POST", "/v1.0/message", "hold")
    failed = anyio.Event()

    async def send(lofty: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.TransportError):
            await text(lofty, "Hi")
        failed.set()

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            async with serve(sandbox) as base_url:
                lofty = httpx.AsyncClient(base_url=base_url, headers=HEADERS)
                tasks.start_soon(send, lofty)
                await sandbox.arrived("POST", "/v1.0/message")
            await failed.wait()
            await lofty.aclose()
    assert sandbox.sent == []
    assert sandbox.requests[0].finished
