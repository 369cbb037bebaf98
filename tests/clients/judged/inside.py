"""What the SDK's high-level server takes only when it is made, put into one that our `build_server` has made."""

from collections.abc import Iterable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.types import EmptyResult, SetLevelRequestParams


def add_tools(server: MCPServer[Any], tools: Iterable[Tool]) -> None:
    """Add tools that are made already, beside the product's own."""
    there = server._tool_manager._tools  # pyright: ignore[reportPrivateUsage] -- see above
    there.update({tool.name: tool for tool in tools})


def take_log_level(server: MCPServer[Any]) -> None:
    """Take the method of the older protocol by which a client says how much it wants to be logged."""

    async def acknowledge(_ctx: object, _params: object) -> EmptyResult:
        return EmptyResult()

    below = server._lowlevel_server  # pyright: ignore[reportPrivateUsage] -- see above
    below.add_request_handler("logging/setLevel", SetLevelRequestParams, acknowledge)
