"""Starting the server: settings to a running MCP server, over stdio or HTTP."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio
from mcp.server.mcpserver import MCPServer

from lofty_crm.outbox.config import ApprovalMode
from lofty_mcp import logs
from lofty_mcp.app import build_server
from lofty_mcp.audience import Audience
from lofty_mcp.credentials import Found, Source, find
from lofty_mcp.invocation import typed, typed_for
from lofty_mcp.live import open_deps
from lofty_mcp.page import ServedPage, can_show, open_browser
from lofty_mcp.settings import LOOPBACK, Settings, SettingsError
from lofty_mcp.stderr import CommandError, say
from lofty_tools.deps import Deps

if TYPE_CHECKING:
    from collections.abc import Generator

    from lofty_mcp.access import Guard
    from lofty_mcp.telemetry import Telemetry


def serve_stdio(settings: Settings) -> int:
    """Serve one client over stdin and stdout until it goes."""
    from lofty_mcp.stdio import run_stdio  # noqa: PLC0415 -- each transport imports its own

    server = _server(settings, Audience(look_every_s=settings.watch))
    if sys.stdin.isatty():
        say(f"waiting for an MCP client on stdin; `{typed('install', 'CLIENT')}` sets one up, Ctrl-C stops")
    # what is there now stays; from here on only what calls leave behind has to be looked through
    gc.freeze()
    gc.enable()
    with _ended(_telemetry(settings)):
        anyio.run(run_stdio, server)
    return 0


def _telemetry(settings: Settings) -> Telemetry | None:
    if not settings.otel and not settings.metrics:
        return None
    try:
        from lofty_mcp.telemetry import start  # noqa: PLC0415 -- who asks for nothing needs nothing
    except ImportError:
        raise CommandError("LOFTY_MCP_OTEL and LOFTY_MCP_METRICS need the extra: install lofty-mcp[otel]") from None
    return start(otel=settings.otel, prometheus=settings.metrics)


@contextmanager
def _ended(telemetry: Telemetry | None) -> Generator[None]:
    try:
        yield
    finally:
        if telemetry:
            telemetry.shutdown()


def serve_http(settings: Settings, *, host: str, port: int) -> int:
    """Serve clients over HTTP until a signal comes.

    Raises:
        SettingsError: other machines would reach it, and nothing says whom to let in.
        CommandError: the port is taken, or the token cannot be read.
    """
    if host not in LOOPBACK and not (settings.guarded and settings.public_url):
        raise SettingsError(
            f"--host must be {', '.join(sorted(LOOPBACK))}, or both LOFTY_MCP_PUBLIC_URL and one of "
            "LOFTY_MCP_HTTP_TOKEN, LOFTY_MCP_HTTP_TOKEN_FILE and LOFTY_MCP_HTTP_ISSUER must be set: "
            "other machines would reach it, and it has to know whom to let in"
        )
    from lofty_mcp.access import guard  # noqa: PLC0415 -- each transport imports its own
    from lofty_mcp.http import Reach, bind, run_http  # noqa: PLC0415 -- the same

    gate = guard(settings)
    listener = bind(host, port)
    audience = Audience(look_every_s=settings.watch)
    server = _server(settings, audience, gate)
    telemetry = _telemetry(settings)
    reach = Reach(
        settings.public_url,
        settings.http_origins,
        gate.ready if gate else None,
        metrics=telemetry.page if telemetry else None,
        verifier=gate.verifier if gate else None,
        scopes=gate.settings.required_scopes or () if gate and gate.settings else (),
    )

    def ready(url: str) -> None:
        say(f"serving MCP at {url}" + (f", for clients {settings.public_url}" if settings.public_url else ""))

    with _ended(telemetry):
        serve = partial(run_http, ready=ready, stopping=audience.close, reach=reach)
        anyio.run(partial(serve, server, listener, state_dir=settings.state_dir))
    return 0


def _server(settings: Settings, audience: Audience, gate: Guard | None = None) -> MCPServer[Deps]:
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CommandError(f"the state folder {settings.state_dir} cannot be made ({error.strerror})") from None
    # before the server is built, since the SDK would else install its own handlers
    logs.configure(level=settings.log_level, style=settings.log_format)
    found = Found(None, Source.NOWHERE) if settings.sandbox else find(settings)
    if settings.sandbox:
        say("SANDBOX: an invented CRM; nothing here is real and nothing leaves this machine")
    elif found.trouble:
        say(f"starting without a credential: {found.trouble}")
    if settings.approval is ApprovalMode.HOST:
        say("LOFTY_MCP_APPROVAL=host: messages go out on the word of the host's prompt, which this server cannot see")
    return build_server(
        partial(open_deps, settings, found.credential),
        toolsets=settings.domains,
        read_only=settings.read_only,
        sandbox=settings.sandbox,
        token_verifier=gate.verifier if gate else None,
        auth=gate.settings if gate else None,
        make_page=partial(
            ServedPage,
            undo=timedelta(seconds=settings.undo_delay),
            browser=open_browser if settings.open_page and can_show(os.environ) else None,
            instead=f"a message waits for a person: `{typed_for(settings, 'approve')}` shows it in a terminal, "
            f"`{typed_for(settings, 'console')}` on a page",
        ),
        audience=audience,
    )
