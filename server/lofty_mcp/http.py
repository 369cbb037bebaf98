"""MCP over HTTP: for programs on the same machine, and for others once there is a way to tell who they are."""

import os
import signal
import socket
from collections.abc import Awaitable, Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import uvicorn
from mcp.server.auth.provider import TokenVerifier
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lofty_mcp.stderr import CommandError

GRACE_S = 40.0
"""How long a stop waits for answers that are under way; longer than one send may take."""


LARGEST_BODY = 1024 * 1024
"""The largest request in bytes; the longest email that can be sent takes a fraction of it."""

MOST_SESSIONS = 1000
"""How many clients of the older protocol may be connected; the newer one keeps nothing between requests."""


@dataclass(frozen=True)
class Reach:
    """From where the server may be called, apart from this machine."""

    public_url: str | None = None
    """The URL of `/mcp` as clients reach it, through a reverse proxy or a name; its host is accepted."""
    origins: Collection[str] = ()
    """Origins of web pages that may call."""
    admits: Callable[[], Awaitable[bool]] | None = None
    """Tells whether a client could be let in now."""
    metrics: Callable[[], bytes] | None = None
    """Gives the page for Prometheus, shown at `/metrics` to whom the server would let in."""
    verifier: TokenVerifier | None = None
    """Judges who asks for that page; without one everybody may."""
    scopes: Collection[str] = ()
    """What whoever asks for that page must be allowed."""


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address; port 0 takes a free one.

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
    server: MCPServer[Any],
    listener: socket.socket,
    *,
    state_dir: Path,
    ready: Callable[[str], None],
    stopping: Callable[[], None] = lambda: None,
    reach: Reach | None = None,
) -> None:
    """Serve at /mcp until SIGINT or SIGTERM; what is under way is finished first.

    `/healthz` answers while the process lives, `/readyz` while it can also keep an outbox and let clients in. Requests
    that name another host or come from a page of another origin are refused.

    Args:
        server: what to serve.
        listener: where, from `bind`.
        state_dir: the folder that the outbox needs.
        ready: is told the URL at which it listens, once it answers.
        stopping: ends what would go on for as long as its client likes.
        reach: from where else it may be called.

    Raises:
        CommandError: it could not start.
    """
    reach = reach or Reach()
    name, port = listener.getsockname()[:2]
    _add_probes(server, state_dir, reach)
    app = server.streamable_http_app(
        transport_security=_security(port, reach), max_request_body_size=LARGEST_BODY, max_sessions=MOST_SESSIONS
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=int(GRACE_S),
    )
    url = f"http://{f'[{name}]' if ':' in name else name}:{port}/mcp"
    # uvicorn raises the signal again once it has stopped; received here, that does not kill the process
    receiver = anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) if os.name == "posix" else nullcontext()
    with receiver:
        running = _AnnouncedServer(config, lambda: ready(url), stopping)
        await running.serve(sockets=[listener])
    if not running.started:
        raise CommandError("the server could not start; `lofty-mcp doctor` says why")


class _AnnouncedServer(uvicorn.Server):
    """Says so when it has started, and when it begins to stop."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def _security(port: int, reach: Reach) -> TransportSecuritySettings:
    hosts = [f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")]
    origins = [f"http://{host}" for host in hosts]
    if reach.public_url is not None:
        parts = urlsplit(reach.public_url)
        hosts.append(parts.netloc)
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=[*origins, *reach.origins])


def _add_probes(server: MCPServer[Any], state_dir: Path, reach: Reach) -> None:
    @server.custom_route("/healthz", ["GET"])
    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @server.custom_route("/readyz", ["GET"])
    async def ready(_request: Request) -> Response:
        if not await anyio.to_thread.run_sync(os.access, state_dir, os.W_OK | os.X_OK):
            return JSONResponse({"status": "state folder not writable"}, status_code=503)
        if reach.admits is not None and not await reach.admits():
            return JSONResponse({"status": "keys of the issuer not known"}, status_code=503)
        return JSONResponse({"status": "ready"})

    @server.custom_route("/metrics", ["GET"])
    async def measured(request: Request) -> Response:
        if reach.metrics is None:
            return Response(status_code=404)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        shown = await reach.verifier.verify_token(token) if reach.verifier and scheme.lower() == "bearer" else None
        if reach.verifier and shown is None:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        if shown and not set(reach.scopes) <= set(shown.scopes):
            return Response(status_code=403, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
        return Response(reach.metrics(), media_type="text/plain; version=0.0.4")

    del alive, ready, measured
