"""A stand-in for Lofty's authorization server, on loopback: strict about codes, PKCE, secrets and refresh tokens."""

import base64
import hashlib
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "app-5550100"
SECRET = "app-secret-5550100"


@dataclass
class Authorization:
    """Grants, refuses, and counts."""

    url: str = ""
    secret_in: str = "header"
    """Where it looks for the secret: header, form, or nowhere."""
    first_token: str = "sandbox-access-token"
    given: int = 0
    """How many tokens it has given."""
    expires_in: Any = 3600
    gives_refresh_tokens: bool = True
    denies: bool = False
    answer: Response | None = None
    """What the token endpoint says in place of the truth."""
    token_calls: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    asked: dict[str, str] = field(default_factory=dict[str, str])
    arrived: anyio.Event = field(default_factory=anyio.Event)
    released: anyio.Event | None = None
    """Held back until then."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    _refresh_token: str = "refresh-0"

    async def authorize(self, request: Request) -> Response:
        self.asked = dict(request.query_params)
        assert self.asked["clientId"] == self.asked["client_id"] == CLIENT_ID
        assert self.asked["response_type"] == "code"
        assert self.asked["code_challenge_method"] == "S256"
        back = {"state": self.asked["state"]}
        if self.denies:
            back["error"] = "access_denied"
        else:
            back["code"] = f"code-{len(self._codes)}"
            self._codes[back["code"]] = self.asked
        return RedirectResponse(f"{self.asked['redirect_uri']}?{urlencode(back)}")

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.token_calls.append(form)
        self.arrived.set()
        if self.released:
            await self.released.wait()
        if self.answer:
            return self.answer
        if not self._proves_itself(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        good = self._redeems(form) if form["grant_type"] == "authorization_code" else self._renews(form)
        return self._tokens() if good else JSONResponse({"error": "invalid_grant"}, 400)

    def _proves_itself(self, request: Request, form: dict[str, str]) -> bool:
        basic = f"Basic {base64.b64encode(f'{CLIENT_ID}:{SECRET}'.encode()).decode()}"
        in_header = request.headers.get("authorization")
        expected = {"header": (basic, None), "form": (None, SECRET), "nowhere": (None, None)}
        return form["client_id"] == CLIENT_ID and (in_header, form.get("client_secret")) == expected[self.secret_in]

    def _redeems(self, form: dict[str, str]) -> bool:
        asked = self._codes.get(form["code"])
        self._codes[form["code"]] = {}
        if not asked:
            return False
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return (challenge, form["redirect_uri"]) == (asked["code_challenge"], asked["redirect_uri"])

    def _renews(self, form: dict[str, str]) -> bool:
        return form["refresh_token"] == self._refresh_token

    def _tokens(self) -> Response:
        told: dict[str, Any] = {"access_token": f"access-{self.given}" if self.given else self.first_token}
        self.given += 1
        if self.expires_in is not None:
            told["expires_in"] = self.expires_in
        if self.gives_refresh_tokens:
            self._refresh_token = f"refresh-{self.given}"
            told["refresh_token"] = self._refresh_token
        return JSONResponse(told)

    def variables(self, **more: str) -> dict[str, str]:
        """What the environment says of it."""
        said = {
            "LOFTY_MCP_OAUTH_CLIENT_ID": CLIENT_ID,
            "LOFTY_MCP_OAUTH_AUTHORIZE_URL": f"{self.url}/authorize",
            "LOFTY_MCP_OAUTH_TOKEN_URL": f"{self.url}/token",
        }
        if self.secret_in != "nowhere":
            said |= {"LOFTY_MCP_OAUTH_CLIENT_SECRET": SECRET, "LOFTY_MCP_OAUTH_SECRET_IN": self.secret_in}
        return said | more


@asynccontextmanager
async def authorizing(**options: Any) -> AsyncGenerator[Authorization]:
    """Serve it on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server_of = Authorization(f"http://127.0.0.1:{listener.getsockname()[1]}", **options)
    routes = [Route("/authorize", server_of.authorize), Route("/token", server_of.token, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), lifespan="off", log_config=None))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        try:
            yield server_of
        finally:
            server.should_exit = True
