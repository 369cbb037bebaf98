"""Runs a client against the installed wheel, each in a process of its own with an empty home."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.server.command import PATIENCE_S, environment

TOKEN = "5550100-5550101-5550102-5550103-5550104"


def product(place: Path) -> str:
    """Return the command that the wheel installs."""
    return str(place / "product" / "bin" / "lofty-mcp")


def judged(place: Path) -> tuple[str, ...]:
    """Return the command that serves the wheel's server with the conformance suite's fixtures."""
    return (str(place / "product" / "bin" / "python"), "-m", "tests.clients.judged")


def node(place: Path) -> str:
    """Return the Node that the npm package of that name carries."""
    return str(place / "node_modules" / "node" / "bin" / "node")


def over_stdio(place: Path, home: Path) -> dict[str, Any]:
    """Say to a client how to start the server on the invented CRM."""
    return {"command": product(place), "args": ["serve", "--sandbox"], "env": environment(home)}


def drive(command: list[str], home: Path, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a client to its end."""
    env = {name: value for name, value in environment(home).items() if name != "PYTHONWARNINGS"}
    return subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False
    )


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return what a client printed in its last line, as JSON."""
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
