"""Fixtures that answer without asking anybody."""

from typing import Annotated, Any

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import AudioContent, EmbeddedResource, ImageContent, TextContent, TextResourceContents
from pydantic import Field

from tests.clients.judged.checked import Said, shown, spoken

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel."""
SOUND = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="
"""A WAV without a sample."""
STEP_S = 0.05
"""How long the suite wants to wait between two notifications."""
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
"""What the suite looks for, word by word, in the list of tools."""


def picture() -> ImageContent:
    """Return the picture."""
    return ImageContent(type="image", data=PICTURE, mime_type="image/png")


def page(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    """Return a resource within an answer."""
    contents = TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return EmbeddedResource(type="resource", resource=contents)


async def simple_text() -> Said:
    """Answer in words."""
    return Said(words="This is a simple text response for testing.")


async def error_handling() -> Said:
    """Fail."""
    raise ToolError("This tool intentionally returns an error for testing")


async def image_content() -> list[ImageContent]:
    """Answer with a picture."""
    return [picture()]


async def audio_content() -> list[AudioContent]:
    """Answer with a sound."""
    return [AudioContent(type="audio", data=SOUND, mime_type="audio/wav")]


async def embedded_resource() -> list[EmbeddedResource]:
    """Answer with a resource."""
    return [page("test://embedded-resource", "This is an embedded resource content.")]


async def multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """Answer with three kinds of content."""
    words = TextContent(type="text", text="Multiple content types test:")
    mixed = page("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return [words, picture(), mixed]


async def tool_with_progress(ctx: Context[Any]) -> Said:
    """Tell how far it has come."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await anyio.sleep(STEP_S)
    return Said(words="Done.")


async def tool_with_logging(ctx: Context[Any]) -> Said:
    """Log to the client."""
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(line)  # pyright: ignore[reportDeprecated] -- the suite judges the older protocol by it
        await anyio.sleep(STEP_S)
    return Said(words="Logged.")


async def logging_tool(ctx: Context[Any]) -> Said:
    """Log to a client that may not have asked for it."""
    await ctx.info("Only for those who asked")  # pyright: ignore[reportDeprecated] -- the suite wants it unsent
    return Said(words="Logged.")


async def reconnection(ctx: Context[Any]) -> Said:
    """Let go of the stream in the middle."""
    await ctx.close_sse_stream()
    return Said(words="Reconnected.")


async def trigger_tool_change(ctx: Context[Any]) -> Said:
    """Say that the list of tools has changed."""
    await ctx.notify_tools_changed()
    return Said(words="Told.")


async def trigger_prompt_change(ctx: Context[Any]) -> Said:
    """Say that the list of prompts has changed."""
    await ctx.notify_prompts_changed()
    return Said(words="Told.")


async def x_mcp_header(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> Said:
    """Take an argument that a header repeats."""
    return Said(words=region)


async def _anything(name: str = "") -> Said:
    """Take arguments by a schema that uses what JSON Schema 2020-12 has."""
    return Said(words=name)


TOOLS = [
    *map(shown, (image_content, audio_content, embedded_resource, multiple_content_types)),
    *map(spoken, (simple_text, error_handling, tool_with_progress, tool_with_logging, logging_tool, reconnection)),
    *map(spoken, (trigger_tool_change, trigger_prompt_change, x_mcp_header)),
    spoken(_anything).model_copy(update={"name": "json_schema_2020_12_tool", "parameters": SCHEMA}),
]
