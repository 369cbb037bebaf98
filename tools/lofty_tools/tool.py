"""What a tool is: a function, a title and an effect, from which everything the protocol shows is derived."""

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ConfigDict

from lofty_tools.failures import explain


class Effect(StrEnum):
    """What a call may do to the world; the protocol's hints follow from it."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    SEND = "send"

    @property
    def hints(self) -> ToolAnnotations:
        """The four hints of the protocol."""
        return ToolAnnotations(
            read_only_hint=self is Effect.READ,
            destructive_hint=self in {Effect.DELETE, Effect.SEND},
            idempotent_hint=self is Effect.READ,
            open_world_hint=self is Effect.SEND,
        )


class Result(BaseModel, ABC):
    """What a tool returns: few fields for programs, and a short text for the model that says the same."""

    model_config = ConfigDict(frozen=True)

    @abstractmethod
    def text(self) -> str:
        """Return the readable rendering: all that the next step needs, ids included."""


class CheckedTool(Tool):
    """A tool that refuses undeclared arguments and words its failures for a model that has to act on them."""

    effect: Effect

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Run the tool; every foreseen failure becomes a `ToolError` that says what did not happen."""
        try:
            return await super().run(arguments, context, convert_result)
        except ToolError as error:
            known = explain(
                error,
                tool=self.name,
                sends=self.effect is Effect.SEND,
                reads=self.effect is Effect.READ,
                lead_id=arguments.get("lead_id"),
            )
            if known is None:
                raise
            raise ToolError(known) from error


@dataclass(frozen=True)
class ToolSpec:
    """A tool before it is registered; listing them needs no key and no network."""

    fn: Callable[..., Awaitable[Result]]
    title: str
    effect: Effect
    toolset: str
    """The domain that the tool belongs to, by which operators choose what to offer."""

    @property
    def name(self) -> str:
        """The tool's name, as the model calls it."""
        return self.fn.__name__

    @property
    def description(self) -> str:
        """The docstring, the same in every Python version; its paragraphs become lines."""
        return (inspect.getdoc(self.fn) or "").replace("\n\n", "\n")

    def build(self) -> Tool:
        """Make what the server registers."""
        plain = Tool.from_function(
            _answering(self.fn),
            name=self.name,
            title=self.title,
            description=self.description,
            annotations=self.effect.hints,
        )
        arguments = plain.fn_metadata.arg_model
        arguments.model_config.update(extra="forbid", hide_input_in_errors=True)
        arguments.model_rebuild(force=True)
        plain.fn_metadata.output_schema = _lean(plain.fn_metadata.output_schema)
        fields = {name: getattr(plain, name) for name in Tool.model_fields}
        fields["parameters"] = _lean(plain.parameters)
        return CheckedTool(**fields, effect=self.effect)


def tool(*, title: str, effect: Effect, toolset: str = "") -> Callable[[Callable[..., Awaitable[Result]]], ToolSpec]:
    """Declare a tool; its docstring is what the model reads, its module names its toolset unless one is given."""

    def declare(fn: Callable[..., Awaitable[Result]]) -> ToolSpec:
        return ToolSpec(fn, title, effect, toolset or fn.__module__.rpartition(".")[2])

    return declare


def _answering(fn: Callable[..., Awaitable[Result]]) -> Callable[..., Awaitable[CallToolResult]]:
    signature = inspect.signature(fn)
    returns = Annotated[CallToolResult, signature.return_annotation]

    @functools.wraps(fn)
    async def call(**arguments: Any) -> CallToolResult:
        result = await fn(**arguments)
        return CallToolResult(
            content=[TextContent(type="text", text=result.text())],
            structured_content=result.model_dump(mode="json", exclude_none=True),
        )

    call.__annotations__ = {**fn.__annotations__, "return": returns}
    call.__dict__["__signature__"] = signature.replace(return_annotation=returns)
    return cast("Callable[..., Awaitable[CallToolResult]]", call)


_UNSAID = frozenset({"default", "minimum", "format", "pattern"})
"""Applied or checked, and explained in the error: every model pays for each word of a schema in each session."""
_TELLING = range(1000, 10_000)
"""The greatest lengths that a writer has to keep in mind; no name is that long, and few letters longer."""
_LARGE = 1000


def _lean(schema: Any) -> Any:
    """Drop from a schema what costs tokens and says little; titles only repeat names."""
    if isinstance(schema, list):
        return [_lean(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _lean(sub) for name, sub in cast("dict[str, Any]", value).items()}
        if key in {"properties", "$defs"}
        else _lean(value)
        for key, value in cast("dict[str, Any]", schema).items()
        if not _is_idle(key, value)
    }


def _is_idle(key: str, value: Any) -> bool:
    match key:
        case "title":
            return isinstance(value, str)
        case "maxLength":
            return value not in _TELLING
        case "maximum":
            return value > _LARGE
        case _:
            return key in _UNSAID
