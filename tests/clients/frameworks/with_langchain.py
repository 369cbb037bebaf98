# pyright: basic, reportMissingImports=false
# ruff: noqa: T201
# the framework lives in an environment of its own, and what it prints is its answer
"""LangChain's adapters: MCP tools as LangChain tools."""

import asyncio
import json
import sys

from langchain_mcp_adapters.client import MultiServerMCPClient

how = json.loads(sys.argv[1])


async def main() -> None:
    if "url" in how:
        headers = {"Authorization": f"Bearer {how['token']}"}
        connection = {"transport": "streamable_http", "url": how["url"], "headers": headers}
    else:
        connection = {"transport": "stdio", "command": how["command"], "args": how["args"], "env": how["env"]}
    tools = {tool.name: tool for tool in await MultiServerMCPClient({"lofty": connection}).get_tools()}
    found = await tools["find_leads"].ainvoke({"query": "Jane"})
    sent = await tools["send_sms"].ainvoke(how["text"])
    print(json.dumps({"tools": list(tools), "found": str(found), "sent": str(sent)}))


asyncio.run(main())
