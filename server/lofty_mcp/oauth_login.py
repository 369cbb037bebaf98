"""Logging in by OAuth: the authorization-code flow with PKCE (RFC 7636, 8252), through the person's own browser."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import anyio
import anyio.to_thread

from lofty_crm.api.credentials import Credential
from lofty_crm.clock import Clock, SystemClock
from lofty_mcp.credentials import store
from lofty_mcp.grants import App, Grant, Tokens
from lofty_mcp.http import bind
from lofty_mcp.landing import PATH, Landing, landing
from lofty_mcp.login import greeting, owner, refuse_beside_environment, stored_in
from lofty_mcp.settings import Settings, SettingsError
from lofty_mcp.stderr import CommandError, say
from lofty_mcp.token_calls import TokenRefusedError, redeem

HOST = "127.0.0.1"
PORT = 8417
"""Fixed, since an app's redirect address has to be registered with Lofty."""
PATIENCE = timedelta(minutes=5)

OpenBrowser = Callable[[str], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Way:
    """How the person gets to Lofty's login page and back."""

    open_browser: OpenBrowser | None
    """None where no browser can appear before the person; the address is told in any case."""
    port: int = PORT
    patience: timedelta = PATIENCE
    clock: Clock = field(default_factory=SystemClock)


async def login_by_oauth(settings: Settings, way: Way) -> int:
    """Send the person to Lofty's login page, take the answer, say whose login it is, and store it.

    Raises:
        SettingsError: no app is configured, or the environment already gives a credential.
        CommandError: the port is taken, the person or Lofty said no, nobody answered, or it could not be stored.
        LoftyError: Lofty does not accept the token, or cannot be asked; nothing is stored.
    """
    refuse_beside_environment(settings)
    if not settings.oauth_client_id:
        raise SettingsError(
            "login --oauth needs LOFTY_MCP_OAUTH_CLIENT_ID, the id of your app in Lofty's developer portal, "
            f"with http://{HOST}:{way.port}{PATH} as its redirect address"
        )
    app = App(
        client_id=settings.oauth_client_id,
        client_secret=settings.oauth_client_secret,
        token_url=settings.oauth_token_url,
        secret_in=settings.oauth_secret_in,
    )
    verifier = secrets.token_urlsafe(64)
    async with landing(bind(HOST, way.port)) as there:
        code = await _code(settings, app, there, way, verifier)
        tokens = await _tokens(app, way.clock, code=code, verifier=verifier, redirect_uri=there.url)
    member = await owner(settings, Credential.access_token(tokens.access_token.get_secret_value()))
    # where Lofty cannot say who it is, nothing ties two logins together, as with two API keys
    grant = Grant.of(tokens, app=app, owner=member.id if member else secrets.token_hex(16))
    source = await anyio.to_thread.run_sync(lambda: store(grant, profile=settings.profile))
    say(f"{greeting(member)}; {stored_in(source, settings.profile)}")
    if grant.refresh_token is None:
        say(f"Lofty gave no way to renew it: it ends at {grant.expires_at:%Y-%m-%d %H:%M} UTC")
    return 0


async def _code(settings: Settings, app: App, there: Landing, way: Way, verifier: str) -> str:
    address = _address(settings, app, there, verifier)
    say(f"log in to Lofty in your browser: {address}")
    came = None
    async with anyio.create_task_group() as tasks:
        if way.open_browser:
            tasks.start_soon(way.open_browser, address)
        with anyio.move_on_after(way.patience.total_seconds()):
            came = await there.redirect()
        tasks.cancel_scope.cancel()
    if came is None:
        raise CommandError(f"nobody logged in within {way.patience.total_seconds():.0f} seconds; nothing is stored")
    if came.denied:
        raise CommandError("the login was not granted; nothing is stored")
    return came.code


def _address(settings: Settings, app: App, there: Landing, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        # Lofty's own name for it (its documents and live code), and OAuth's
        "clientId": app.client_id,
        "client_id": app.client_id,
        "response_type": "code",
        "redirect_uri": there.url,
        "state": there.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if settings.oauth_scope:
        asked["scope"] = settings.oauth_scope
    return f"{settings.oauth_authorize_url}?{urlencode(asked)}"


async def _tokens(app: App, clock: Clock, *, code: str, verifier: str, redirect_uri: str) -> Tokens:
    try:
        return await redeem(app, code=code, verifier=verifier, redirect_uri=redirect_uri, now=clock.now())
    except TokenRefusedError as error:
        raise CommandError(
            f"Lofty gave no token for this login ({error}); nothing is stored. Check LOFTY_MCP_OAUTH_CLIENT_SECRET, "
            "LOFTY_MCP_OAUTH_SECRET_IN and LOFTY_MCP_OAUTH_TOKEN_URL, then try again"
        ) from None
