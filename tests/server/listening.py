"""A client that listens to resources, in either protocol."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client
from mcp.types import ResourceUpdatedNotification

PATIENCE_S = 20


class Ear:
    """What a client of the older protocol is told: hand it to the client, then listen by it or by the newer way."""

    def __init__(self) -> None:
        self._told, self._heard = anyio.create_memory_object_stream[str](100)

    async def __call__(self, message: Any) -> None:
        """Take what the SDK's client hands on."""
        if isinstance(message, ResourceUpdatedNotification):
            self._told.send_nowait(str(message.params.uri))

    @asynccontextmanager
    async def listening(self, client: Client, *uris: str) -> AsyncGenerator[Callable[[], Any]]:
        """Listen to some addresses; call the result to wait for the next that is told."""
        if client.protocol_version >= "2026-07-28":
            async with client.listen(resource_subscriptions=uris) as stream:

                async def heard() -> str:
                    with anyio.fail_after(PATIENCE_S):
                        return getattr(await anext(stream), "uri", "")

                yield heard
            return
        for uri in uris:
            await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] -- the older way is what is tried

        async def told() -> str:
            with anyio.fail_after(PATIENCE_S):
                return await self._heard.receive()

        yield told
        for uri in uris:
            await client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated] -- the same

    def close(self) -> None:
        """Let go of what was not heard."""
        self._told.close()
        self._heard.close()
