"""MCP over stdin and stdout, with one way to end: stdin does, whether its writer closes it or a signal comes."""

import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import anyio
import anyio.lowlevel
from mcp.server.mcpserver import MCPServer

_CHUNK = 65536


async def run_stdio(server: MCPServer[Any]) -> None:
    """Serve until stdin ends, or SIGINT or SIGTERM comes; what is being sent is finished first.

    A second signal ends the process at once.
    """
    if os.name != "posix":
        await server.run_stdio_async()
        return
    with ExitStack() as receiving:
        # before stdin is read: what is cancelled while it reads would wait for the client for ever
        signals = receiving.enter_context(anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM))
        await anyio.lowlevel.checkpoint()
        with _relayed_stdin() as relay:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_end_on_signal, signals, receiving, relay)
                await server.run_stdio_async()
                tasks.cancel_scope.cancel()


async def _end_on_signal(signals: AsyncIterator[signal.Signals], receiving: ExitStack, relay: socket.socket) -> None:
    async for _ in signals:
        _end(relay)
        receiving.close()
        break


@contextmanager
def _relayed_stdin() -> Generator[socket.socket]:
    """Put a socket in stdin's place, fed from the real one; shut down, it reads as the end of stdin.

    The SDK reads stdin in a thread that nothing but the end of stdin brings back, so that a cancelled server would
    wait for its client for ever.
    """
    real = os.dup(0)
    near, far = socket.socketpair()
    with near, far:
        os.dup2(near.fileno(), 0)
        threading.Thread(target=_relay, args=(real, far), daemon=True).start()
        try:
            yield far
        finally:
            os.dup2(real, 0)


def _relay(source: int, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := os.read(source, _CHUNK):
            sink.sendall(chunk)
    _end(sink)


def _end(sink: socket.socket) -> None:
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
