"""Serves it over HTTP as the product serves itself: `python -m tests.clients.judged`."""

import os
import warnings
from functools import partial

import anyio
from mcp import MCPDeprecationWarning

from lofty_mcp import logs
from lofty_mcp.app import build_server
from lofty_mcp.environment import load
from lofty_mcp.http import bind, run_http
from lofty_mcp.live import open_deps
from lofty_mcp.settings import TOOLSETS
from lofty_mcp.stderr import say
from tests.clients.judged import asking, inside, pages, plain


def main() -> None:
    """Serve until a signal comes."""
    # the suite wants what the newer protocol has given up
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    settings = load(os.environ, sandbox=True)
    logs.configure(level="warning", style="console")
    server = build_server(partial(open_deps, settings, None), toolsets=TOOLSETS, sandbox=True)
    inside.add_tools(server, [*plain.TOOLS, *asking.TOOLS])
    pages.add_pages(server)
    inside.take_log_level(server)

    def ready(url: str) -> None:
        say(f"serving MCP at {url}")

    anyio.run(partial(run_http, server, bind("127.0.0.1", 0), state_dir=settings.state_dir, ready=ready))


main()
