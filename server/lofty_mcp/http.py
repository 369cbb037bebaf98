"""MCP over HTTP, for programs on the same machine."""

import os
import signal
import socket
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lofty_mcp.stderr import CommandError

GRACE_S = 40.0
"""How long a stop waits for answers that are under way; longer than one send may take."""


def bind(host: str, port: int) -> socket.socket:
    """Listen on a loopback address; port 0 takes a free one.

    Raises:
        CommandError: it is taken, or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise CommandError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    # asyncio turns Nagle's algorithm off only where it sees that it is TCP; with it each answer takes 40 ms more
    return socket.socket(family, listener.type, socket.IPPROTO_TCP, fileno=listener.detach())


async def run_http(
    server: MCPServer[Any], listener: socket.socket, *, state_dir: Path, ready: Callable[[str], None]
) -> None:
    """Serve at /mcp until SIGINT or SIGTERM; what is under way is finished first.

    `/healthz` answers while the process lives, `/readyz` while it can also keep an outbox. Requests that name another
    host or come from a page of another origin are refused.

    Args:
        server: what to serve.
        listener: where, from `bind`.
        state_dir: the folder that the outbox needs.
        ready: is told the URL to give to clients, once it answers.

    Raises:
        CommandError: it could not start.
    """
    name, port = listener.getsockname()[:2]
    authorities = [f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")]
    security = TransportSecuritySettings(
        allowed_hosts=authorities, allowed_origins=[f"http://{authority}" for authority in authorities]
    )
    _add_probes(server, state_dir)
    config = uvicorn.Config(
        server.streamable_http_app(transport_security=security),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=int(GRACE_S),
    )
    url = f"http://{f'[{name}]' if ':' in name else name}:{port}/mcp"
    # uvicorn raises the signal again once it has stopped; received here, that does not kill the process
    receiver = anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) if os.name == "posix" else nullcontext()
    with receiver:
        running = _AnnouncedServer(config, lambda: ready(url))
        await running.serve(sockets=[listener])
    if not running.started:
        raise CommandError("the server could not start; `lofty-mcp doctor` says why")


class _AnnouncedServer(uvicorn.Server):
    """Says so when it has started."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def _add_probes(server: MCPServer[Any], state_dir: Path) -> None:
    @server.custom_route("/healthz", ["GET"])
    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @server.custom_route("/readyz", ["GET"])
    async def ready(_request: Request) -> Response:
        writable = await anyio.to_thread.run_sync(os.access, state_dir, os.W_OK | os.X_OK)
        return JSONResponse(
            {"status": "ready" if writable else "state folder not writable"}, status_code=200 if writable else 503
        )

    del alive, ready
