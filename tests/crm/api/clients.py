"""Clients for tests."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, settings

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.clock import Clock
from tests.crm.api.virtual_time import LoopClock

KEY = Credential.api_key("sandbox-api-key")
JANE = "480213577100001"
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a busy machine is no failure."""


def client_of(
    http: httpx.AsyncClient,
    *,
    clock: Clock,
    send_http: httpx.AsyncClient | None = None,
    credential: Credential | None = KEY,
    **config: Any,
) -> Lofty:
    return Lofty(http, ApiConfig(credential=credential, **config), clock=clock, send_http=send_http)


Ask = Callable[[Lofty], Awaitable[object]]
Handler = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Awaitable[httpx.Response]]


def answering(
    handler: Handler, *, clock: Clock | None = None, limiter_path: Path | None = None, **config: Any
) -> Lofty:
    """A client whose Lofty is a function."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))  # type: ignore[arg-type]
    return client_of(http, clock=clock or LoopClock(), limiter_path=limiter_path, **config)
