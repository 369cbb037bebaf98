# pyright: basic, reportMissingImports=false
# ruff: noqa: T201
# the framework lives in an environment of its own, and what it prints is its answer
"""Strands Agents' MCP client."""

import json
import sys
from typing import Any

from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from strands.tools.mcp import MCPClient

how = json.loads(sys.argv[1])


def start() -> Any:
    return stdio_client(StdioServerParameters(command=how["command"], args=how["args"], env=how["env"]))


if "url" in how:
    client = MCPClient(url=how["url"], headers={"Authorization": f"Bearer {how['token']}"})
else:
    client = MCPClient(start)
with client:
    tools = [tool.tool_name for tool in client.list_tools_sync()]
    found = client.call_tool_sync("1", "find_leads", {"query": "Jane"})
    sent = client.call_tool_sync("2", "send_sms", how["text"])
print(json.dumps({"tools": tools, "found": str(found["content"]), "sent": str(sent["content"])}))
