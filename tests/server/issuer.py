"""An issuer of OAuth tokens on loopback, with a key of its own."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FAR_OFF = 9_000_000_000


class Issuer:
    """Writes tokens, and publishes the key that proves them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = ec.generate_private_key(ec.SECP256R1())

    def token(self, *, aud: str, sub: str = "agent-7", exp: int = FAR_OFF, scope: str = "lofty") -> str:
        """Return a signed token, given to whichever user by way of the same app."""
        claims = {"iss": self.url, "aud": aud, "sub": sub, "exp": exp, "scope": scope, "client_id": "assistant"}
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": "one"})

    async def metadata(self, _request: Request) -> Response:
        """Answer as RFC 8414 says."""
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def keys(self, _request: Request) -> Response:
        """Answer with the public key."""
        told: dict[str, Any] = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**told, "kid": "one"}]})


@asynccontextmanager
async def issuing() -> AsyncGenerator[Issuer]:
    """Serve an issuer on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    issuer = Issuer(f"http://127.0.0.1:{listener.getsockname()[1]}")
    routes = [Route("/.well-known/oauth-authorization-server", issuer.metadata), Route("/keys", issuer.keys)]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), lifespan="off", log_config=None))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        try:
            yield issuer
        finally:
            server.should_exit = True
