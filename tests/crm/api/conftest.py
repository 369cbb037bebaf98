"""A client on the sandbox, in process."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from lofty_crm.api.client import Lofty
from lofty_sandbox.sandbox import Sandbox
from tests.crm.api.clients import client_of


@pytest.fixture
async def lofty(sandbox: Sandbox) -> AsyncGenerator[Lofty]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.app)) as http:
        yield client_of(http, clock=sandbox.clock)


@pytest.fixture
def guide() -> Sandbox:
    return Sandbox("guide", frozen=True)


@pytest.fixture
async def guide_lofty(guide: Sandbox) -> AsyncGenerator[Lofty]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guide.app)) as http:
        yield client_of(http, clock=guide.clock)
