from pathlib import Path

import pytest

from lofty_mcp.turns import turn
from tests.server.oauth.office import NOON

pytestmark = pytest.mark.anyio


async def test_an_attempt_counts_even_if_its_process_dies_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    async with turn(path) as first:
        assert first.last_tried() is None
        first.tried(NOON)
        copy = tmp_path / "seen"
        copy.write_bytes(path.read_bytes())
    async with turn(copy) as second:
        assert second.last_tried() == NOON
