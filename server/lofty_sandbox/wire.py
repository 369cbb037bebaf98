"""The last step of an answer: whole, byte by byte, in part, or not at all."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import Response

from lofty_sandbox.traffic import SeenRequest

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

RESET = "lofty_sandbox.reset"
CLOSE = "lofty_sandbox.close"


async def read_body(receive: Receive) -> bytes:
    """All of a request's body."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


class Wire:
    """The way back to one client.

    Over a real socket (`serve`) a reset is a TCP reset and a cut is an early close; in process, where there is no
    connection, both raise `ConnectionResetError` into the caller.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, seen: SeenRequest) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._seen = seen

    async def whole(self, response: Response) -> None:
        """Send the answer."""
        self._seen.status = response.status_code
        await response(self._scope, self._receive, self._send)

    async def drip(self, response: Response, pause: Callable[[], Awaitable[None]]) -> None:
        """Send the body one byte at a time, with a pause before each."""
        await self._start(response)
        body = bytes(response.body)
        for at in range(len(body)):
            await pause()
            await self._send({"type": "http.response.body", "body": body[at : at + 1], "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})
        self._seen.status = response.status_code

    async def cut(self, response: Response) -> None:
        """Send half of the body, then close."""
        await self._start(response)
        body = bytes(response.body)
        await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await self._drop(CLOSE)

    async def reset(self) -> None:
        """Send nothing and abort the connection."""
        await self._drop(RESET)

    async def _start(self, response: Response) -> None:
        await self._send(
            {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        )

    async def _drop(self, how: str) -> None:
        drop: Callable[[], None] | None = self._scope.get(how)
        if drop is None:
            raise ConnectionResetError("the sandbox cut the connection")
        drop()
        while (await self._receive())["type"] != "http.disconnect":
            pass
