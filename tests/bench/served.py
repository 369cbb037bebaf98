"""A server on an instant Lofty, as a process: `python -m tests.bench.served ours|bare stdio|http|loop CALLS`."""

import gc
import resource
import socket
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import uvicorn
from mcp import Client
from mcp.server.mcpserver import MCPServer

from lofty_mcp import logs
from lofty_mcp.http import bind, run_http
from lofty_mcp.stdio import run_stdio
from tests.bench.calls import READS
from tests.bench.desk import bare_server, our_server
from tests.bench.lofty import InstantLofty, TickingClock

LOOPED = ("get_lead", "list_messages")


def main(which: str, how: str, *rest: str) -> None:
    """Serve until stdin ends or a signal comes, or call in a loop and say what memory that took."""
    logs.configure(level="warning", style="console")
    with TemporaryDirectory() as name:
        lofty, folder = InstantLofty(), Path(name)
        server: MCPServer[Any] = our_server(lofty, TickingClock(), folder) if which == "ours" else bare_server(lofty)
        if how == "stdio":
            anyio.run(run_stdio if which == "ours" else _plain_stdio, server)
        elif how == "http":
            listener = bind("127.0.0.1", 0)
            anyio.run(partial(_serve_http, which, server, listener, folder))
        else:
            anyio.run(_loop, server, which, *map(int, rest))


async def _plain_stdio(server: MCPServer[Any]) -> None:
    await server.run_stdio_async()


async def _serve_http(which: str, server: MCPServer[Any], listener: socket.socket, folder: Path) -> None:
    if which == "ours":
        await run_http(server, listener, state_dir=folder, ready=_say)
        return
    _say(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp")
    config = uvicorn.Config(server.streamable_http_app(), log_config=None, access_log=False)
    await uvicorn.Server(config).serve(sockets=[listener])


async def _loop(server: MCPServer[Any], which: str, calls: int) -> None:
    """Say the resident memory after a tenth of the calls, and after all."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(server))
        todo = [(name, READS[name]) for name in LOOPED] if which == "ours" else [("echo", {"text": "x"})]
        for number in range(1, calls + 1):
            name, arguments = todo[number % len(todo)]
            await client.call_tool(name, arguments)
            if number in {calls // 10, calls}:
                gc.collect()
                _say(str(_resident_kib()))


def _resident_kib() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
