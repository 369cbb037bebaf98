"""A sandbox on a real socket, whose connections can really break."""

import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.wire import CLOSE, RESET, Receive, Scope, Send

_NO_LINGER = struct.pack("ii", 1, 0)


class _BreakableProtocol(H11Protocol):
    """HTTP/1.1 that hands each request the means to break its own connection."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        serve_request: Any = self.app

        async def breakable(scope: Any, receive: Any, send: Any) -> None:
            await serve_request({**scope, RESET: self._reset, CLOSE: transport.close}, receive, send)

        self.app = breakable

    def _reset(self) -> None:
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


class _Stoppable:
    """Runs each request in a scope of its own, so that a stop leaves none behind."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._app = sandbox.app
        self._scopes: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope() as request:
            self._scopes.add(request)
            try:
                await self._app(scope, receive, send)
            finally:
                self._scopes.discard(request)

    def stop(self) -> None:
        for request in self._scopes:
            request.cancel()


@asynccontextmanager
async def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
    """Serve a sandbox in the running event loop; gives its base URL, with the port chosen where `port` is 0.

    It handles no signals and logs no access. Leaving aborts what is under way.

    Raises:
        OSError: the address cannot be bound.
    """
    app = _Stoppable(sandbox)
    config = uvicorn.Config(
        app, http=_BreakableProtocol, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    bound = socket.create_server((host, port))
    # asyncio turns Nagle's algorithm off only where it sees that it is TCP; with it each answer takes 40 ms more
    listener = socket.socket(bound.family, bound.type, socket.IPPROTO_TCP, fileno=bound.detach())
    listener.setblocking(False)
    await server.startup(sockets=[listener])
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        await _stop(server, app)


async def _stop(server: uvicorn.Server, app: _Stoppable) -> None:
    with anyio.CancelScope(shield=True):
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        while server.server_state.connections:
            await anyio.lowlevel.checkpoint()
        app.stop()
        while server.server_state.tasks:
            await anyio.lowlevel.checkpoint()
        for listening in server.servers:
            await listening.wait_closed()
