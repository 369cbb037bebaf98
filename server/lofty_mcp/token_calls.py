"""The two calls to the token endpoint: a code for tokens, a refresh token for new ones.

Two forms are published (Lofty's developer pages: secret in the form; its help centre: HTTP Basic), and live users saw
the second work. What a refusal looks like is not; so any 4xx answer is one, and so is OAuth's own `error` field.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import anyio
import httpx
from pydantic import SecretStr

from lofty_crm.api.answers import Answer
from lofty_crm.api.errors import BrokenAnswerError, LoftyFailedError, NoAnswerError, ServerError
from lofty_crm.api.exchange import Outgoing, exchange
from lofty_mcp.grants import App, Grant, Tokens
from lofty_mcp.settings import LOOPBACK

PATIENCE_S = 15.0
FALLBACK_S = 3600.0
"""How long a token is taken to last where the answer does not say (what live code assumes)."""
_LONGEST_S = 366 * 86400.0
_REASONS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
)
_PASSING = frozenset({408, 425, 429})


class TokenRefusedError(Exception):
    """The authorization server said no. The text holds no word of its answer but OAuth's own (RFC 6749, 5.2)."""


async def redeem(app: App, *, code: str, verifier: str, redirect_uri: str, now: datetime) -> Tokens:
    """Turn the code of a redirect into tokens.

    Raises:
        TokenRefusedError: the code was used before, is too old, or is not for this app.
        LoftyFailedError: no answer that says anything came.
    """
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    return await _call(app, fields, now)


async def renew(grant: Grant, *, now: datetime) -> Tokens:
    """Turn a refresh token into new tokens.

    Raises:
        TokenRefusedError: there is no refresh token, or it is no longer accepted.
        LoftyFailedError: no answer that says anything came.
    """
    if grant.refresh_token is None:
        raise TokenRefusedError("no refresh token")
    return await _call(
        grant.app, {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()}, now
    )


async def _call(app: App, fields: Mapping[str, str], now: datetime) -> Tokens:
    form = {**fields, "client_id": app.client_id}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if app.client_secret:
        secret = app.client_secret.get_secret_value()
        if app.secret_in == "header":  # noqa: S105 -- the name of a place
            headers["Authorization"] = f"Basic {base64.b64encode(f'{app.client_id}:{secret}'.encode()).decode()}"
        else:
            form["client_secret"] = secret
    parts = urlsplit(app.token_url)
    outgoing = Outgoing("POST", app.token_url, headers, {}, urlencode(form).encode(), PATIENCE_S)
    try:
        with anyio.fail_after(PATIENCE_S):
            async with httpx.AsyncClient(
                verify=parts.scheme == "https", trust_env=parts.hostname not in LOOPBACK
            ) as http:
                return _tokens(await exchange(http, outgoing), now)
    except TimeoutError:
        raise NoAnswerError("Lofty's login server did not answer in time.") from None


def _tokens(answer: Answer, now: datetime) -> Tokens:
    told = _fields(answer)
    reason = told.get("error")
    if reason or (400 <= answer.status < 500 and answer.status not in _PASSING):
        known = isinstance(reason, str) and reason in _REASONS
        raise TokenRefusedError(reason if known else f"HTTP {answer.status}")
    if answer.status != 200:
        raise ServerError("Lofty's login server had an error. Try again later.", status=answer.status)
    access = _secret(told.get("access_token"))
    if access is None:
        raise BrokenAnswerError("Lofty's login server answered without a token.", status=answer.status)
    return Tokens(
        access_token=access,
        refresh_token=_secret(told.get("refresh_token")),
        expires_at=now + timedelta(seconds=_lifetime_s(told.get("expires_in"))),
    )


def _fields(answer: Answer) -> dict[str, Any]:
    try:
        told = answer.json()
    except LoftyFailedError:
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _secret(value: object) -> SecretStr | None:
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and value.strip()
    return SecretStr(usable) if usable else None


def _lifetime_s(value: object) -> float:
    try:
        seconds = float(cast("Any", value))
    except (TypeError, ValueError):
        return FALLBACK_S
    return min(seconds, _LONGEST_S) if seconds > 0 else FALLBACK_S
