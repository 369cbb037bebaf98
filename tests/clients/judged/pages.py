"""Fixtures that are read: prompts and resources."""

import base64
import json
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import InputRequiredResult

from tests.clients.judged.asking import field, form
from tests.clients.judged.plain import PICTURE, page, picture


def add_pages(server: MCPServer[Any]) -> None:
    """Add the suite's prompts and resources."""
    _add_prompts(server)

    @server.resource("test://static-text", mime_type="text/plain")
    async def static_text() -> str:
        """A text."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    async def static_binary() -> bytes:
        """A picture."""
        return base64.b64decode(PICTURE)

    @server.resource("test://watched-resource", mime_type="text/plain")
    async def watched() -> str:
        """A text that could change."""
        return "Watched."

    @server.resource("test://template/{id}/data", mime_type="application/json")
    async def template(id: str) -> str:  # noqa: A002 -- the suite's name
        """A page of which there are many."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    del static_text, static_binary, watched, template


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt("test_simple_prompt")
    async def simple() -> str:
        """Say one thing."""
        return "This is a simple prompt for testing."

    @server.prompt("test_prompt_with_arguments")
    async def with_arguments(arg1: str, arg2: str) -> str:
        """Repeat what it is given."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt("test_prompt_with_embedded_resource")
    async def with_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 -- the suite's name
        """Hold a resource."""
        held = UserMessage(page(resourceUri, "Embedded resource content for testing."))
        return [held, UserMessage("Please process the embedded resource above.")]

    @server.prompt("test_prompt_with_image")
    async def with_image() -> list[UserMessage]:
        """Hold a picture."""
        return [UserMessage(picture()), UserMessage("Please analyze the image above.")]

    @server.prompt("test_input_required_result_prompt")
    async def asking(ctx: Context[Any]) -> str | InputRequiredResult:
        """Ask before it says anything."""
        if context := field(ctx, "user_context", "context"):
            return f"Work with this: {context}"
        question = form("What context should the prompt use?", "context")
        return InputRequiredResult(input_requests={"user_context": question})

    del simple, with_arguments, with_resource, with_image, asking
