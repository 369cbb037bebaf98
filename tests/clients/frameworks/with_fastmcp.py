# pyright: basic, reportMissingImports=false
# ruff: noqa: T201
# the framework lives in an environment of its own, and what it prints is its answer
"""FastMCP's client: lists, reads, tries to send."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

how = json.loads(sys.argv[1])


async def main() -> None:
    if "url" in how:
        transport = StreamableHttpTransport(how["url"], headers={"Authorization": f"Bearer {how['token']}"})
    else:
        transport = StdioTransport(how["command"], how["args"], env=how["env"])
    async with Client(transport) as client:
        tools = [tool.name for tool in await client.list_tools()]
        found = await client.call_tool("find_leads", {"query": "Jane"})
        sent = await client.call_tool("send_sms", how["text"])
    print(json.dumps({"tools": tools, "found": str(found.content), "sent": str(sent.content)}))


asyncio.run(main())
