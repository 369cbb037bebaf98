"""The page on a free loopback port, for as long as it is wanted."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import anyio
import anyio.lowlevel
import uvicorn

from lofty_crm.outbox.outbox import Outbox
from lofty_mcp.console.gate import Gate
from lofty_mcp.console.keys import Keys
from lofty_mcp.console.pages import Office
from lofty_mcp.console.site import build_site
from lofty_mcp.http import bind
from lofty_tools.deps import Deps

HOST = "127.0.0.1"
GRACE_S = 5.0
"""How long an answer that is being written may take when the page ends; what is sent is finished anyway."""
POLL_S = 0.02


class Console:
    """A page that is being served."""

    def __init__(self, authority: str, keys: Keys, outbox: Outbox) -> None:
        self.authority = authority
        self.outbox = outbox
        """The page's own view of the outbox: what is approved there waits for the undo delay."""
        self._keys = keys

    @property
    def last_seen(self) -> datetime | None:
        """When a page that somebody has open last asked for anything; an open page asks every few seconds."""
        return self._keys.last_seen

    def new_link(self) -> str:
        """Return an address that opens the page, once and within minutes. It is for a person's browser alone."""
        return f"http://{self.authority}/open/{self._keys.new_link()}"


@asynccontextmanager
async def open_console(deps: Deps, *, undo: timedelta) -> AsyncGenerator[Console]:
    """Serve the approval page for an account, to whoever opens a link of its `Console`.

    Args:
        deps: the account.
        undo: how long a message that was approved there can be taken back.
    """
    config = deps.outbox.config
    outbox = Outbox(deps.lofty, deps.clock, replace(config, undo=min(undo, config.window / 2)))
    keys = Keys(deps.clock)
    listener = bind(HOST, 0)
    listener.setblocking(False)
    authority = f"{HOST}:{listener.getsockname()[1]}"
    office = Office(deps.lofty, outbox, deps.clock, deps.zone, deps.sandbox)
    server = _made(build_site(office, authority=authority, keys=keys))
    await server.startup(sockets=[listener])
    try:
        yield Console(authority, keys, outbox)
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(server)
            await outbox.close()


def _made(site: Gate) -> uvicorn.Server:
    config = uvicorn.Config(site, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


async def _stop(server: uvicorn.Server) -> None:
    """Take no more requests, and finish those that are under way."""
    for listening in server.servers:
        listening.close()
    with anyio.move_on_after(GRACE_S):
        while server.server_state.tasks:  # noqa: ASYNC110 -- uvicorn tells nobody when they are done
            await anyio.sleep(POLL_S)
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    while server.server_state.connections:
        await anyio.lowlevel.checkpoint()
    for listening in server.servers:
        await listening.wait_closed()
