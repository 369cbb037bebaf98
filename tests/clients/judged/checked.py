"""How a fixture becomes a tool of ours, so that our wrapper answers for it as for every other."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.mcpserver.tools import Tool

from lofty_tools.tool import CheckedTool, Effect, Result, ToolSpec


class Said(Result):
    """A line of text."""

    words: str

    def text(self) -> str:
        """Return the line."""
        return self.words


def spoken(fn: Callable[..., Awaitable[Said]]) -> Tool:
    """Return the tool `test_...` for a function that answers in words, built as the product's are."""
    fn.__name__ = f"test_{fn.__name__}"
    return ToolSpec(fn, "Fixture", Effect.READ, "fixtures").build()


def shown(fn: Callable[..., Awaitable[Any]]) -> Tool:
    """Return the tool `test_...` for a function whose answer no tool of the product gives: pictures, or questions."""
    plain = Tool.from_function(fn, name=f"test_{fn.__name__}", structured_output=False)
    return CheckedTool(**{name: getattr(plain, name) for name in Tool.model_fields}, effect=Effect.READ)
