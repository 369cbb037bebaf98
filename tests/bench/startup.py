"""From spawning the server to its list of tools, over stdio, beside a bare server on the same SDK."""

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from tests.bench.measure import Row, compared, interleaved

Era = Literal["2026-07-28", "2025-11-25"]

BARE = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("bare")
@server.tool()
def echo(text: str) -> str:
    "Return the text."
    return text
server.run("stdio")
"""
OURS = "from lofty_mcp.cli import main; main()"
"""What the installed `lofty-mcp` runs."""
ASIDE = ("keyring", "sandbox")
"""Left out in a hurry."""


@dataclass(frozen=True)
class Started:
    """What it took to start, and the memory that it took."""

    wall_ms: float
    cpu_ms: float
    resident_mib: float


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Return the environment of a started server: compiled modules are kept, as after an installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOFTY_", "PYTHON"))}
    ours = {"LOFTY_MCP_STATE_DIR": str(folder / "state"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return kept | ours | extra


def start(code: str, env: dict[str, str], era: Era) -> Started:
    """Start a server, ask for its tools, and end it as soon as they are there.

    Raises:
        RuntimeError: no list of tools came.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for message in _before_the_list(era):
        _write(process, message)
        if "id" in message:
            process.stdout.readline()
    _write(process, _request(2, "tools/list", modern_meta() if era == "2026-07-28" else {}))
    answer = process.stdout.readline()
    wall_ms = (time.perf_counter() - begun) * 1000
    resident_mib = _resident_mib(process.pid)
    process.kill()
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    for pipe in (process.stdin, process.stdout):
        pipe.close()
    if b'"tools"' not in answer:
        raise RuntimeError(f"no list of tools came, but {answer[:200]!r}")
    return Started(wall_ms, (used.ru_utime + used.ru_stime) * 1000, resident_mib)


async def rows(*, quick: bool) -> list[Row]:
    """Measure starts."""
    keyed = {"LOFTY_API_KEY": "bench-key"}
    with TemporaryDirectory() as name:
        folder = Path(name)
        env = environment(folder)
        modern: Era = "2026-07-28"
        found: dict[str, list[Started]] = {}

        async def case(label: str, code: str, era: Era, extra: dict[str, str]) -> float:
            started = start(code, env | extra, era)
            found.setdefault(label, []).append(started)
            return started.wall_ms

        cases = {
            "bare": partial(case, "bare", BARE, modern, {}),
            "ours": partial(case, "ours", OURS, modern, keyed),
            "bare, handshake": partial(case, "bare, handshake", BARE, "2025-11-25", {}),
            "ours, handshake": partial(case, "ours, handshake", OURS, "2025-11-25", keyed),
            "keyring": partial(case, "keyring", OURS, modern, {}),
            "sandbox": partial(case, "sandbox", OURS, modern, {"LOFTY_MCP_SANDBOX": "1"}),
        }
        if quick:
            cases = {label: each for label, each in cases.items() if label not in ASIDE}
        warm_up = 2
        await interleaved(cases, rounds=5 if quick else 15, warm_up=warm_up)
        kept = {label: starts[warm_up:] for label, starts in found.items()}

    def row(what: str, ours: str, beside: str, field: str, unit: str = "ms", times: float | None = None) -> Row:
        values: list[list[float]] = [[getattr(each, field) for each in kept[label]] for label in (ours, beside)]
        return compared(what, unit, values[0], values[1], against="bare SDK server", times=times)

    figures = [
        row("Spawn to `tools/list` over stdio", "ours", "bare", "wall_ms", times=1.2),
        row("the same, processor time", "ours", "bare", "cpu_ms", times=1.2),
        row("the same, with the handshake of 2025-11-25", "ours, handshake", "bare, handshake", "wall_ms", times=1.2),
        row("Memory once the tools are listed", "ours", "bare", "resident_mib", "MiB"),
    ]
    if not quick:
        figures.append(row("Spawn to `tools/list`, the credential in a keyring", "keyring", "bare", "wall_ms"))
        figures.append(row("Spawn to `tools/list`, serving the sandbox", "sandbox", "bare", "wall_ms"))
    return figures


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return math.nan
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _before_the_list(era: Era) -> list[dict[str, Any]]:
    if era == "2026-07-28":
        return []
    hello = {"protocolVersion": era, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    return [
        _request(1, "initialize", hello),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ]


def modern_meta() -> dict[str, Any]:
    prefix = "io.modelcontextprotocol"
    return {
        "_meta": {
            f"{prefix}/protocolVersion": "2026-07-28",
            f"{prefix}/clientCapabilities": {},
            f"{prefix}/clientInfo": {"name": "bench", "version": "1"},
        }
    }


def _request(number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _write(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
