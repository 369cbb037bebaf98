"""From settings to what the tools stand on: opened when a server or a command starts, closed when it stops."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential, CredentialSource
from lofty_crm.api.dialect import Dialect
from lofty_crm.clock import SystemClock
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.outbox import Outbox
from lofty_mcp.invocation import approving, typed_for
from lofty_mcp.sandboxed import API_KEY, World, embedded, running
from lofty_mcp.settings import LOOPBACK, Settings
from lofty_tools.deps import Deps
from lofty_tools.dictation import Memos

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_S = 10.0


@asynccontextmanager
async def open_deps(
    settings: Settings, credential: CredentialSource | None, *, join_sandbox: bool = False
) -> AsyncGenerator[Deps]:
    """Open a client of Lofty and an outbox.

    Args:
        settings: what the operator decided.
        credential: whom Lofty is asked as; None lets everything start, and each call say how to connect.
        join_sandbox: with `settings.sandbox`, use the sandbox that a running server serves rather than a new one.
    """
    async with AsyncExitStack() as stack:
        world = World(settings.base_url, SystemClock(), settings.state_dir)
        if settings.sandbox:
            fresh = embedded(settings.state_dir, dialect=settings.dialect)
            world = await (running(settings.state_dir) if join_sandbox else stack.enter_async_context(fresh))
            credential = Credential.api_key(API_KEY)
        clock, folder = world.clock, world.folder
        api = ApiConfig(
            base_url=world.base_url,
            credential=credential,
            dialect="auto" if settings.dialect == "auto" else Dialect(settings.dialect),
            limiter_path=folder / "limits.sqlite3",
        )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        http, send_http = _clients(stack, world.base_url)
        lofty = Lofty(http, api, clock=clock, send_http=send_http)
        outbox = Outbox(
            lofty,
            clock,
            OutboxConfig(
                folder=folder,
                approval=settings.approval,
                window=timedelta(seconds=settings.approval_window),
                lifetime=timedelta(hours=settings.draft_lifetime),
                max_waiting=settings.max_waiting,
                min_reading=timedelta(seconds=settings.min_reading_time),
                keep_words=None if settings.keep_words is None else timedelta(days=settings.keep_words),
                sandbox=settings.sandbox,
            ),
        )
        yield Deps(
            lofty=lofty,
            outbox=outbox,
            clock=clock,
            zone=settings.zone,
            sandbox=settings.sandbox,
            approve=approving(settings),
            kept_note=typed_for(settings, "audit", "note"),
            memos=_memos(settings, lofty),
        )


def _memos(settings: Settings, lofty: Lofty) -> Memos | None:
    if settings.memo_dir is None:
        return None
    from lofty_mcp.voice.folder import MemoFolder  # noqa: PLC0415 -- few allow a folder

    return MemoFolder(settings.memo_dir, settings, lofty)


class _FirstUse:
    """Stands for an HTTP client that is made when Lofty is first asked.

    httpx and the machine's list of trusted authorities take a sixth of a start to load, and a client that only lists
    the tools needs neither.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> httpx.AsyncClient:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    async def close(self) -> None:
        """Close what was made."""
        if "_made" in vars(self):
            await self._made.aclose()


def _clients(stack: AsyncExitStack, base_url: str) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    """Return a client for everything, and one that makes a fresh connection for each send."""
    usual, fresh = (_FirstUse(partial(_client, base_url, kept_alive=kept_alive)) for kept_alive in (20, 0))
    for client in (usual, fresh):
        stack.push_async_callback(client.close)
    return cast("httpx.AsyncClient", usual), cast("httpx.AsyncClient", fresh)


def _client(base_url: str, *, kept_alive: int) -> httpx.AsyncClient:
    import httpx  # noqa: PLC0415 -- see `_FirstUse`

    parts = urlsplit(base_url)
    return httpx.AsyncClient(
        verify=False if parts.scheme == "http" else _trusted(),
        timeout=httpx.Timeout(None, connect=CONNECT_S),
        trust_env=parts.hostname not in LOOPBACK,
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=kept_alive),
    )


@cache
def _trusted() -> ssl.SSLContext:
    import httpx  # noqa: PLC0415 -- see `_FirstUse`

    return httpx.create_ssl_context()
