"""What every test may use."""

import pytest

from lofty_sandbox.sandbox import Sandbox


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sandbox() -> Sandbox:
    """A fresh invented CRM whose clock stands still at Tuesday, 2 pm in New York."""
    return Sandbox(frozen=True)
