# pyright: basic, reportMissingImports=false
# ruff: noqa: T201
# the framework lives in an environment of its own, and what it prints is its answer
"""Pydantic AI's MCP toolset."""

import asyncio
import json
import sys

from fastmcp.client.transports import StdioTransport
from pydantic_ai.mcp import MCPToolset

how = json.loads(sys.argv[1])


async def main() -> None:
    if "url" in how:
        toolset = MCPToolset(how["url"], headers={"Authorization": f"Bearer {how['token']}"})
    else:
        toolset = MCPToolset(StdioTransport(how["command"], how["args"], env=how["env"]))
    async with toolset:
        tools = [tool.name for tool in await toolset.list_tools()]
        found = await toolset.direct_call_tool("find_leads", {"query": "Jane"})
        sent = await toolset.direct_call_tool("send_sms", how["text"])
    print(json.dumps({"tools": tools, "found": str(found), "sent": str(sent)}))


asyncio.run(main())
