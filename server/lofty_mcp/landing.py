"""Where the browser lands after a login: a loopback address that takes one answer, and only that of its own login."""

import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from lofty_mcp.stderr import say

PATH = "/callback"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True)
class Redirect:
    """What the authorization server sent back by way of the browser."""

    code: str
    """Empty when the login was not granted."""
    denied: bool
    """Whether the person, or Lofty, said no."""


class Landing:
    """An address that waits for one redirect."""

    def __init__(self, authority: str) -> None:
        self.url = f"http://{authority}{PATH}"
        self.state = secrets.token_urlsafe(32)
        """What ties the redirect to this login; anything without it is ignored."""
        self._authority = authority
        self._came = anyio.Event()
        self._redirect = Redirect("", denied=True)

    async def redirect(self) -> Redirect:
        """Wait for the redirect of this login, however long it takes."""
        await self._came.wait()
        return self._redirect

    async def answer(self, request: Request) -> Response:
        """Take the redirect, once."""
        if request.headers.get("host") != self._authority:
            return _page(HTTPStatus.MISDIRECTED_REQUEST, "This address is not here.")
        told = request.query_params
        if not secrets.compare_digest(told.get("state", "").encode(), self.state.encode()):
            say("a redirect that does not belong to this login came, and was ignored")
            return _page(HTTPStatus.BAD_REQUEST, "This is not the answer to the login that is under way.")
        if self._came.is_set():
            return _page(HTTPStatus.GONE, "This login was answered before.")
        code = told.get("code", "")
        self._redirect = Redirect(code, denied="error" in told or not code)
        self._came.set()
        return _page(HTTPStatus.OK, "Lofty has answered. You can close this page; the terminal says how it went.")


@asynccontextmanager
async def landing(listener: socket.socket) -> AsyncGenerator[Landing]:
    """Serve a landing on a bound socket, which is closed at the end."""
    host, port = listener.getsockname()[:2]
    there = Landing(f"{host}:{port}")
    app = Starlette(routes=[Route(PATH, there.answer, methods=["GET"])])
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener.setblocking(False)
    await server.startup(sockets=[listener])
    try:
        yield there
    finally:
        with anyio.CancelScope(shield=True):
            await server.shutdown(sockets=[listener])


def _page(status: HTTPStatus, words: str) -> Response:
    html = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>lofty-mcp</title><p>{words}</p></html>'
    return HTMLResponse(html, status_code=status, headers=_HEADERS)
