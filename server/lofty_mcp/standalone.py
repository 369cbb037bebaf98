"""The sandbox alone, for programs that speak to Lofty themselves."""

import os
import signal
from typing import Literal

import anyio

from lofty_mcp.sandboxed import ACCESS_TOKEN, API_KEY
from lofty_mcp.stderr import CommandError, say
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve


async def run_sandbox(port: int, dialect: Literal["reference", "guide"]) -> None:
    """Serve an invented Lofty on loopback until SIGINT or SIGTERM.

    Raises:
        CommandError: the port is taken.
    """
    try:
        async with serve(Sandbox(dialect=dialect), port=port) as base_url:
            say(f"an invented Lofty ({dialect} dialect) answers at {base_url}; Ctrl-C stops it")
            say(f"credentials: the API key {API_KEY} or the OAuth token {ACCESS_TOKEN}")
            say(f"serve it over MCP: LOFTY_BASE_URL={base_url} LOFTY_API_KEY={API_KEY} lofty-mcp")
            say(
                f"ask it: curl -H 'Authorization: token {API_KEY}' -H 'Content-Type: application/json' "
                f"'{base_url}/v1.0/communication/text?leadId=480213577100001'"
            )
            say(f"see what reached it: curl {base_url}/_sandbox/state")
            await _stop_signal()
    except OSError as error:
        raise CommandError(f"cannot listen on port {port}: {error.strerror}") from None


async def _stop_signal() -> None:
    if os.name != "posix":
        await anyio.sleep_forever()
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            return
