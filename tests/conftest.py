"""What every test may use."""

import signal

import pytest

from lofty_sandbox.sandbox import Sandbox


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sandbox() -> Sandbox:
    """A fresh invented CRM whose clock stands still at Tuesday, 2 pm in New York."""
    return Sandbox(frozen=True)


def pytest_configure() -> None:
    # a shell that runs the tests in the background has them ignore Ctrl-C, and with them all that they start
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
