"""Clients of the sandbox, in process and over a real socket."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve

from .calling import HEADERS, client


@pytest.fixture
async def lofty(sandbox: Sandbox) -> AsyncGenerator[httpx.AsyncClient]:
    """The reference dialect, in process."""
    async with client(sandbox) as http:
        yield http


@pytest.fixture
async def wire(sandbox: Sandbox) -> AsyncGenerator[httpx.AsyncClient]:
    """The reference dialect over a loopback socket."""
    async with serve(sandbox) as base_url, httpx.AsyncClient(base_url=base_url, headers=HEADERS) as http:
        yield http
