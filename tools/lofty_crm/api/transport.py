"""One request to Lofty: credential, limits, deadline, repetition."""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio

from lofty_crm.api.answers import Answer, raise_for
from lofty_crm.api.circuit import Circuit, CircuitOpenError
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.errors import (
    CredentialError,
    LoftyError,
    LoftyFailedError,
    NoAnswerError,
    NoCredentialError,
    NotConnectedError,
    RateLimitedError,
)
from lofty_crm.api.limiter import Limiter
from lofty_crm.api.times import retry_after_s
from lofty_crm.clock import Clock

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)

_FIXED = frozenset(
    {
        "v1.0",
        "v2.0",
        "activities",
        "activity",
        "agent",
        "ai",
        "call",
        "call-summary",
        "calls",
        "communication",
        "email",
        "emails",
        "generate",
        "leads",
        "logType",
        "me",
        "members",
        "message",
        "notes",
        "send",
        "sms",
        "tasks",
        "text",
        "url",
    }
)
"""The parts of paths that are no ids."""
_TRIES = 3
_SEND_PATIENCE_S = 2.0
_PASSING = frozenset({502, 503, 504})
_FORBIDDEN = 403

Params = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request: what is asked of which path, and what an error shall call the thing that was asked for."""

    method: str
    path: str
    what: str
    params: Params | None = None
    body: bytes | None = None


def path_of(*parts: str) -> str:
    """Join path parts, each encoded, so that no part can become two."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class Transport:
    """Carries requests to the configured host, and nowhere else. Owns neither client."""

    def __init__(
        self, http: httpx.AsyncClient, config: ApiConfig, clock: Clock, send_http: httpx.AsyncClient | None = None
    ) -> None:
        self._http = http
        self._send_http = send_http or http
        self._config = config
        self._clock = clock
        self._circuit = Circuit()
        self._slots = anyio.Semaphore(config.in_flight)
        self.limiter = Limiter(config.account, clock, config.limiter_path)
        self._ai_limiter = Limiter(f"{config.account} ai", clock, config.limiter_path)

    async def read(self, request: Request) -> Any:
        """Carry out a request that changes nothing, at most three times within the read budget.

        Repeated are 429, 502, 503, 504 and connection errors, after the wait that Lofty asks for.

        Returns:
            The answer's JSON.

        Raises:
            LoftyError: see `lofty_crm.api.errors`.
        """
        # here, since it costs start-up time, and a server that only lists its tools repeats nothing
        import stamina  # noqa: PLC0415
        from stamina.instrumentation import set_on_retry_hooks  # noqa: PLC0415

        # its default hook logs through structlog, which prints on stdout, the protocol's own channel, by default
        set_on_retry_hooks(())
        ends_at = anyio.current_time() + self._config.read_budget_s
        tries = 0
        asked_s: float | None = None

        def pause(error: Exception) -> float | bool:
            wait_s = _pause_s(error, tries=tries, asked_s=asked_s)
            return wait_s if wait_s is not None and anyio.current_time() + wait_s < ends_at else False

        async for attempt in stamina.retry_context(on=pause, attempts=_TRIES, timeout=None):
            with attempt:
                tries += 1
                asked_s = None
                left_s = ends_at - anyio.current_time()
                answer = await self._answer(self._http, request, patience_s=left_s, deadline_s=left_s, acting=False)
                asked_s = retry_after_s(answer.headers, self._clock.now())
                self._judge(request, answer, acting=False)
                return answer.json()
        raise AssertionError("the last attempt raises")

    async def write(self, request: Request) -> Any:
        """Carry out a request that changes something, once.

        Returns:
            The answer's JSON; None when its body is empty.

        Raises:
            LoftyError: see `lofty_crm.api.errors`.
        """
        return await self._act(self._http, request, patience_s=self._config.deadline_s)

    async def send(self, request: Request) -> Any:
        """Carry out a request that reaches a person: once, over the client for sends, without waiting for the limiter.

        Returns:
            The answer's JSON.

        Raises:
            LoftyError: see `lofty_crm.api.errors`.
        """
        return await self._act(self._send_http, request, patience_s=_SEND_PATIENCE_S)

    async def _act(self, http: httpx.AsyncClient, request: Request, *, patience_s: float) -> Any:
        answer = await self._answer(
            http, request, patience_s=patience_s, deadline_s=self._config.deadline_s, acting=True
        )
        self._judge(request, answer, acting=True)
        return answer.json()

    async def _answer(
        self, http: httpx.AsyncClient, request: Request, *, patience_s: float, deadline_s: float, acting: bool
    ) -> Answer:
        # here, since a server that only lists its tools needs no HTTP client
        from lofty_crm.api.exchange import Outgoing, exchange  # noqa: PLC0415

        deadline_s = min(deadline_s, self._config.deadline_s)
        params = {name: _param(value) for name, value in (request.params or {}).items() if value is not None}
        url = self._config.base_url + request.path
        started = False
        try:
            with anyio.fail_after(deadline_s):
                headers = await self._headers()
                outgoing = Outgoing(request.method, url, headers, params, request.body, deadline_s)
                async with self._admitted(request, patience_s, reserve=acting):
                    started = True
                    answer = await _timed(request, exchange(http, outgoing))
        except TimeoutError:
            if not started:
                raise NotConnectedError("No connection to Lofty became free in time. Try again later.") from None
            self._circuit.failed(anyio.current_time())
            raise NoAnswerError("Lofty did not answer in time.") from None
        except LoftyFailedError:
            if started:
                self._circuit.failed(anyio.current_time())
            raise
        if answer.status in _PASSING:
            self._circuit.failed(anyio.current_time())
        else:
            self._circuit.answered()
        return answer

    def _judge(self, request: Request, answer: Answer, *, acting: bool) -> None:
        limiter = self._limiters(request)[0]
        limiter.learn(answer.headers)
        try:
            raise_for(answer, what=request.what, now=self._clock.now(), acting=acting)
        except RateLimitedError as error:
            limiter.block(error.wait_s)
            raise
        except CredentialError as error:
            # a missing permission, which Lofty answers with 403, says nothing against the credential
            if error.status != _FORBIDDEN and self._config.credential:
                self._config.credential.refused()
            raise

    def _limiters(self, request: Request) -> list[Limiter]:
        """Return whom to ask for leave, first the one that the answer teaches.

        The AI endpoints have a lower limit of their own (Lofty's documents), which says nothing of the others.
        """
        return [self._ai_limiter, self.limiter] if "/ai/" in request.path else [self.limiter]

    async def _headers(self) -> dict[str, str]:
        if self._config.credential is None:
            raise NoCredentialError("No Lofty credential is configured. Run `lofty-mcp login`, or set LOFTY_API_KEY.")
        return {
            "Authorization": (await self._config.credential.current()).header(),
            "Accept": "application/json",
            # on every request: without it Lofty refuses each DELETE and some GETs (seen live)
            "Content-Type": "application/json",
        }

    @asynccontextmanager
    async def _admitted(self, request: Request, patience_s: float, *, reserve: bool) -> AsyncGenerator[None]:
        began = anyio.current_time()
        ends_at = began + patience_s
        waited = False
        left = self._limiters(request)
        while True:
            async with self._slots:
                self._circuit.admit(anyio.current_time(), reading=not reserve)
                wait = 0.0
                while left and not (wait := left[0].ask(reserve=reserve)):
                    left.pop(0)
                if not left:
                    if waited:
                        _log.info("limiter_waited", extra={"wait_s": round(anyio.current_time() - began, 3)})
                    yield
                    return
            # waits without a slot, so that a send finds one
            if anyio.current_time() + wait >= ends_at:
                raise RateLimitedError(
                    "The budget of requests to Lofty is used up. Wait a little, then try again.", wait_s=wait
                )
            waited = True
            await anyio.sleep(wait)


async def _timed(request: Request, exchanged: Awaitable[Answer]) -> Answer:
    """Log how an exchange ended: the path without its ids, the status, the milliseconds."""
    began = anyio.current_time()
    status: int | None = None
    try:
        answer = await exchanged
        status = answer.status
        return answer
    finally:
        seen = {"status": status or 0, "duration_ms": round((anyio.current_time() - began) * 1000, 1)}
        _log.info("lofty_answered", extra={"method": request.method, "route": _route(request.path), **seen})


def _route(path: str) -> str:
    """Return `/v1.0/leads/7/notes` as `v1.0.leads.id.notes`."""
    return ".".join(part if part in _FIXED else "id" for part in path.strip("/").split("/"))


def _param(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pause_s(error: Exception, *, tries: int, asked_s: float | None) -> float | None:
    """Return the seconds to wait before a read is tried again; None when it shall not be."""
    if isinstance(error, RateLimitedError):
        # without a status it is our own limiter that said no, after waiting for as long as it may
        return max(error.wait_s, _jitter_s(0)) if error.status else None
    if isinstance(error, CircuitOpenError):
        return None
    passing = isinstance(error, LoftyError) and error.status in _PASSING
    if passing or isinstance(error, NotConnectedError | NoAnswerError):
        return max(asked_s or 0.0, _jitter_s(tries))
    return None


def _jitter_s(tries: int) -> float:
    return random.uniform(0, 0.5 * 2**tries)
