"""Where the clients are: `nox -s clients` fills a folder and names it; without it these tests are left out."""

import os
from pathlib import Path

import pytest

from tests.clients.place import FRAMEWORKS

PLACE = os.environ.get("CLIENTS_PLACE")
collect_ignore_glob = [] if PLACE else ["test_*.py"]


@pytest.fixture(scope="session")
def place() -> Path:
    """The folder that holds the clients and the installed wheel."""
    return Path(PLACE or "")


@pytest.fixture(params=list(FRAMEWORKS))
def framework(request: pytest.FixtureRequest) -> str:
    """Each agent framework in turn."""
    return str(request.param)
