"""Who may use the server over HTTP: whoever holds one shared token, or whoever an OAuth issuer vouches for."""

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import anyio
import httpx
import jwt
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from lofty_mcp.settings import LOOPBACK, Settings, SettingsError
from lofty_mcp.stderr import CommandError

SHORTEST_TOKEN = 32
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that the issuer alone can make; a shared secret would let every holder write tokens."""
_CLOCKS_DIFFER_S = 30
_KEYS_TIMEOUT_S = 10
_ASK_AGAIN_S = 60.0


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be read; the text says why, without what the issuer answered."""


@dataclass(frozen=True)
class Guard:
    """What the server asks of each request."""

    verifier: TokenVerifier
    settings: AuthSettings
    ready: Callable[[], Awaitable[bool]]
    """Tells whether a token could be judged now."""


class SharedToken(TokenVerifier):
    """Lets in whoever holds one token, compared without telling by the time how much of a guess is right."""

    def __init__(self, token: str) -> None:
        self._digest = _digest(token)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what the token allows, or None."""
        if not hmac.compare_digest(_digest(token), self._digest):
            return None
        return AccessToken(token=token, client_id="shared-token", scopes=[])

    async def ready(self) -> bool:
        """Return True: the token was read at the start."""
        return True


class IssuedTokens(TokenVerifier):
    """Lets in whoever shows a JWT of one issuer that is for this server.

    The keys are those that the issuer publishes, found through its metadata (RFC 8414, or OpenID Connect Discovery),
    and are read again when a token names another key, at most once a minute.
    """

    def __init__(
        self, *, issuer: str, audience: str, http: Callable[[], httpx.AsyncClient], now: Callable[[], float]
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._http = http
        self._now = now
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._asked_at: float | None = None
        self._reading = anyio.Lock()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what the token allows, or None: forged, expired, of another issuer, for another server."""
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=_CLOCKS_DIFFER_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        subject = str(claims["sub"])
        return AccessToken(
            token=token,
            client_id=str(claims.get("client_id") or claims.get("azp") or subject),
            scopes=_scopes(claims),
            expires_at=int(claims["exp"]) + _CLOCKS_DIFFER_S,
            resource=self._audience,
            subject=subject,
            claims={"iss": self._issuer},
        )

    async def ready(self) -> bool:
        """Tell whether the issuer's keys are known, after asking for them if they are not."""
        await self._refresh(wanted=bool)
        return bool(self._keys)

    async def _key(self, name: str | None) -> jwt.PyJWK | None:
        await self._refresh(wanted=lambda keys: name in keys)
        return self._keys.get(name)

    async def _refresh(self, *, wanted: Callable[[dict[str | None, jwt.PyJWK]], bool]) -> None:
        async with self._reading:
            recent = self._asked_at is not None and self._now() - self._asked_at < _ASK_AGAIN_S
            if wanted(self._keys) or recent:
                return
            self._asked_at = self._now()
            try:
                with anyio.fail_after(_KEYS_TIMEOUT_S):
                    self._keys = await self._published()
            except (KeysUnavailableError, TimeoutError):
                return

    async def _published(self) -> dict[str | None, jwt.PyJWK]:
        async with self._http() as http:
            for place in _metadata_places(self._issuer):
                metadata = await _read(http, place)
                if metadata.get("issuer") == self._issuer and isinstance(metadata.get("jwks_uri"), str):
                    break
            else:
                raise KeysUnavailableError("the issuer publishes no metadata of its own")
            place = metadata["jwks_uri"]
            if not _is_private(place):
                raise KeysUnavailableError("the issuer's keys are published without encryption")
            try:
                keys = jwt.PyJWKSet.from_dict(await _read(http, place)).keys
            except jwt.PyJWTError as error:
                raise KeysUnavailableError("the issuer's keys cannot be understood") from error
        return {key.key_id: key for key in keys if key.algorithm_name in _ALGORITHMS}


def guard(
    settings: Settings,
    *,
    now: Callable[[], float] = time.monotonic,
    http: Callable[[], httpx.AsyncClient] = httpx.AsyncClient,
) -> Guard | None:
    """Return what is asked of each request over HTTP; None lets in every program on this machine.

    Args:
        settings: what the operator decided.
        now: a clock in seconds that never goes back.
        http: makes the client that reads an issuer's keys.

    Raises:
        SettingsError: the token is too short to be one.
        CommandError: the file that holds the token cannot be read.
    """
    if settings.http_issuer is not None:
        assert settings.public_url is not None  # noqa: S101 -- the settings refuse one without the other
        issued = IssuedTokens(
            issuer=settings.http_issuer,
            audience=settings.http_audience or settings.public_url,
            http=http,
            now=now,
        )
        # from strings, since a URL that is an object gains a slash, and issuers are compared letter by letter
        asked = AuthSettings.model_validate(
            {
                "issuer_url": settings.http_issuer,
                "resource_server_url": settings.public_url,
                "required_scopes": sorted(settings.http_scopes),
                "validate_token_resource": False,
            }
        )
        return Guard(issued, asked, issued.ready)
    token = _shared_token(settings)
    if token is None:
        return None
    shared = SharedToken(token)
    nowhere = AnyHttpUrl(settings.public_url or "http://127.0.0.1/mcp")
    return Guard(shared, AuthSettings(issuer_url=nowhere, resource_server_url=None), shared.ready)


def _shared_token(settings: Settings) -> str | None:
    token = settings.http_token.get_secret_value() if settings.http_token else None
    if settings.http_token_file is not None:
        try:
            token = settings.http_token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"the file that LOFTY_MCP_HTTP_TOKEN_FILE names cannot be read: {_why(error)}") from None
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise SettingsError(
            f"the HTTP token must be {SHORTEST_TOKEN} or more printable ASCII characters; "
            "`openssl rand -hex 32` makes one"
        )
    return token


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "it is not text"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _scopes(claims: dict[str, Any]) -> list[str]:
    """Return the scopes, which issuers write as `scope` (RFC 9068) or `scp`, as one string or a list."""
    told: Any = claims.get("scope") or claims.get("scp")
    if isinstance(told, str):
        return told.split()
    return [str(scope) for scope in cast("list[Any]", told)] if isinstance(told, list) else []


def _metadata_places(issuer: str) -> tuple[str, str]:
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}{path}/.well-known/openid-configuration",
    )


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


async def _read(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        answer = await http.get(url)
        found: Any = answer.json() if answer.is_success else {}
    except (httpx.HTTPError, ValueError) as error:
        raise KeysUnavailableError("the issuer does not answer") from error
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
