"""docs/outputs.md shows what the tools answer today, all of them."""

import pytest

from lofty_tools.catalogue import ALL_TOOLS, MEMO_TOOLS
from tests.outputs import CALLS, PAGE, rendered


def test_every_tool_has_an_example() -> None:
    assert {tool for tool, _, _ in CALLS} == {spec.name for spec in (*ALL_TOOLS, *MEMO_TOOLS)}


@pytest.mark.anyio
async def test_the_page_is_what_the_tools_answer() -> None:
    assert PAGE.read_text(encoding="utf-8") == await rendered()
