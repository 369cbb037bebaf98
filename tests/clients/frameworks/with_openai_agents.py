# pyright: basic, reportMissingImports=false
# ruff: noqa: T201
# the framework lives in an environment of its own, and what it prints is its answer
"""The OpenAI Agents SDK's MCP servers."""

import asyncio
import json
import sys

from agents.mcp import MCPServerStdio, MCPServerStreamableHttp

how = json.loads(sys.argv[1])


async def main() -> None:
    if "url" in how:
        params = {"url": how["url"], "headers": {"Authorization": f"Bearer {how['token']}"}}
        server = MCPServerStreamableHttp(params, client_session_timeout_seconds=60)
    else:
        params = {"command": how["command"], "args": how["args"], "env": how["env"]}
        server = MCPServerStdio(params, client_session_timeout_seconds=60)
    async with server:
        tools = [tool.name for tool in await server.list_tools()]
        found = await server.call_tool("find_leads", {"query": "Jane"})
        sent = await server.call_tool("send_sms", how["text"])
    print(json.dumps({"tools": tools, "found": str(found.content), "sent": str(sent.content)}))


asyncio.run(main())
