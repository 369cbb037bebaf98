"""Who listens to which resources, in both protocols, and telling them that one has changed."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import anyio
from mcp import MCPError
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

MOST = 1000
"""To how many resources one connection of the older protocol, or one stream of the newer, may listen."""
PATIENCE_S = 2.0
"""How long a client that does not read may keep the others waiting."""


class Audience:
    """The clients that listen: by `subscriptions/listen` since 2026-07-28, by `resources/subscribe` before."""

    def __init__(self, *, look_every_s: float = 0) -> None:
        """Take how often Lofty is looked at for them, in seconds; 0 for never."""
        self.look_every_s = look_every_s
        self.bus = InMemorySubscriptionBus()
        self.greet: Callable[[Collection[str]], Awaitable[None]] | None = None
        """Is told to what a client is about to listen, before the client knows that it does."""
        self._stream = ListenHandler(self.bus)
        self._wanted: Counter[str] = Counter()
        self._subscribed: dict[Connection, set[str]] = {}
        self._arrival = anyio.Event()

    def attach(self, server: MCPServer[Any]) -> None:
        """Take over the requests by which the clients of a server begin and end to listen."""
        handlers = server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- the SDK has no other way to serve subscriptions to older clients
        handlers.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, self._listen)
        handlers.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        handlers.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    def wanted(self, concerns: Callable[[str], bool]) -> frozenset[str]:
        """Return the addresses that somebody listens to now, of those that concern the caller."""
        return frozenset(uri for uri in self._wanted if concerns(uri))

    async def gathered(self, concerns: Callable[[str], bool]) -> None:
        """Wait until somebody listens to an address that concerns the caller."""
        while not self.wanted(concerns):
            await self._arrival.wait()

    async def tell(self, uri: str) -> None:
        """Tell whoever listens to a resource that it has changed; a client that does not read is passed over."""
        await self.bus.publish(ResourceUpdated(uri=uri))
        for connection in [each for each, uris in self._subscribed.items() if uri in uris]:
            with anyio.move_on_after(PATIENCE_S):
                await connection.notify("notifications/resources/updated", {"uri": uri})

    def close(self) -> None:
        """End the streams of the newer protocol, which go on for as long as a client listens."""
        self._stream.close()

    async def _listen(
        self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        uris = set(params.notifications.resource_subscriptions or ())
        _check(len(uris))
        try:
            await self._add(uris)
            return await self._stream(ctx, params)
        finally:
            self._drop(uris)

    async def _subscribe(self, ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams) -> EmptyResult:
        connection = _connection(ctx)
        uri = str(params.uri)
        if connection not in self._subscribed:
            self._subscribed[connection] = set()
            connection.exit_stack.callback(self._forget, connection)
        uris = self._subscribed[connection]
        if uri not in uris:
            _check(len(uris) + 1)
            uris.add(uri)
            await self._add({uri})
        return EmptyResult()

    async def _unsubscribe(self, ctx: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams) -> EmptyResult:
        uris = self._subscribed.get(_connection(ctx), set())
        uri = str(params.uri)
        if uri in uris:
            uris.remove(uri)
            self._drop({uri})
        return EmptyResult()

    def _forget(self, connection: Connection) -> None:
        self._drop(self._subscribed.pop(connection))

    async def _add(self, uris: set[str]) -> None:
        self._wanted.update(uris)
        if self.greet:
            await self.greet(uris)
        self._arrival.set()
        self._arrival = anyio.Event()

    def _drop(self, uris: set[str]) -> None:
        self._wanted.subtract(uris)
        self._wanted = +self._wanted


def _check(count: int) -> None:
    if count > MOST:
        raise MCPError(INVALID_PARAMS, f"At most {MOST:,} resources can be listened to at once.")


def _connection(ctx: ServerRequestContext[Any, Any]) -> Connection:
    return ctx.session._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- the SDK hands handlers no other way to it
