"""Offers the prompts over the protocol."""

from collections.abc import Collection
from typing import Any

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument, UserMessage
from mcp.types import INVALID_PARAMS

from lofty_prompts.loader import PromptArgumentsError, PromptTemplate, load_prompts
from lofty_tools.attachments import attached

BROUGHT = "Read for you just now, and attached below; call a tool for it again only to read on: "
"""Said above what a prompt brings along."""


class TemplatePrompt(Prompt):
    """A prompt from a file. Arguments that do not fit are answered as such, in both eras of the protocol."""

    template: PromptTemplate

    async def render(self, arguments: dict[str, Any] | None, context: Context[Any, Any]) -> list[Message]:
        """Return the prompt as one message of the person, and after it what it brings along, each as one more.

        Raises:
            MCPError: invalid parameters, with the words of what is missing, blank or unknown.
        """
        given = arguments or {}
        try:
            words = self.template.render(given)
        except PromptArgumentsError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from None
        resources = await attached(self.template.embeds, given, context)
        if not resources:
            return [UserMessage(words)]
        uris = ", ".join(str(each.resource.uri) for each in resources)
        return [UserMessage(f"{words}\n\n{BROUGHT}{uris}"), *(UserMessage(each) for each in resources)]


def register_prompts(server: MCPServer[Any], *, read_only: bool, toolsets: Collection[str]) -> None:
    """Offer the prompts whose tools are offered.

    Args:
        server: takes the prompts.
        read_only: leaves out the prompts whose point is to write or send.
        toolsets: the toolsets that are on.
    """
    for template in load_prompts():
        if template.toolsets <= set(toolsets) and not (read_only and template.writes):
            server.add_prompt(_prompt(template))

    async def known_only(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        # the SDK answers an unknown name as a failure of its own
        if ctx.method == "prompts/get":
            names = [prompt.name for prompt in await server.list_prompts()]
            if (ctx.params or {}).get("name") not in names:
                raise MCPError(INVALID_PARAMS, f"There is no such prompt; there is {', '.join(names) or 'none'}.")
        return await call_next(ctx)

    server.middleware.append(known_only)


def _prompt(template: PromptTemplate) -> Prompt:
    return TemplatePrompt(
        name=template.name,
        title=template.title,
        description=template.description,
        arguments=[
            PromptArgument(name=each.name, description=each.description, required=each.required)
            for each in template.arguments
        ],
        fn=template.render,
        context_kwarg=None,
        template=template,
    )
