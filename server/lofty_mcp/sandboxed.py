"""The embedded sandbox: an invented CRM on loopback, and the way for a second terminal to find it."""

import json
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lofty_crm.clock import Clock

API_KEY = "sandbox-api-key"
ACCESS_TOKEN = "sandbox-access-token"  # noqa: S105 -- opens nothing but an invented CRM
_RUNNING = "running.json"


class NoSandboxError(Exception):
    """No sandbox runs under this state folder."""


@dataclass(frozen=True)
class World:
    """Where an invented CRM answers, what time it is there, and where messages to it are kept."""

    base_url: str
    clock: Clock
    folder: Path


@dataclass(frozen=True)
class ShiftedClock:
    """The machine's clock, moved by a fixed amount."""

    by: timedelta

    def now(self) -> datetime:
        """Return the shifted time."""
        return datetime.now(UTC) + self.by


@asynccontextmanager
async def embedded(state_dir: Path, *, dialect: str = "reference") -> AsyncGenerator[World]:
    """Serve a fresh invented CRM on a free loopback port, with an outbox that goes when it stops."""
    from lofty_sandbox.sandbox import Sandbox  # noqa: PLC0415 -- only the sandbox pays for the sandbox
    from lofty_sandbox.serve import serve  # noqa: PLC0415

    home = state_dir / "sandbox"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    sandbox = Sandbox(dialect="guide" if dialect == "guide" else "reference")
    with tempfile.TemporaryDirectory(prefix="run-", dir=home, ignore_cleanup_errors=True) as folder:
        async with serve(sandbox) as base_url:
            note = Path(folder) / _RUNNING
            _write(note, {"base_url": base_url})
            try:
                yield World(base_url, sandbox.clock, Path(folder))
            finally:
                with suppress(OSError):
                    note.unlink()


async def running(state_dir: Path) -> World:
    """Return the newest sandbox that another process serves.

    Args:
        state_dir: the state folder, or the folder of one sandbox, as a `World` has it.

    Raises:
        NoSandboxError: there is none.
    """
    return (await all_running(state_dir))[0]


async def all_running(state_dir: Path) -> list[World]:
    """Return all sandboxes that other processes serve under a state folder, newest first.

    Raises:
        NoSandboxError: there is none.
    """
    notes = [state_dir / _RUNNING, *(state_dir / "sandbox").glob(f"run-*/{_RUNNING}")]
    worlds = [world for note in sorted(notes, key=_age) if (world := await _answering(note))]
    if not worlds:
        raise NoSandboxError(
            "No sandbox is running. Start one with `lofty-mcp serve --sandbox`, or leave --sandbox out."
        )
    return worlds


def _age(note: Path) -> float:
    try:
        return -note.stat().st_mtime
    except OSError:
        return 0


def _address(note: Path) -> str:
    return str(json.loads(note.read_text(encoding="utf-8"))["base_url"])


async def _answering(note: Path) -> World | None:
    """Return the sandbox that a note tells of; None where its process is gone."""
    import httpx  # noqa: PLC0415 -- the command line is quicker without it

    try:
        base_url = _address(note)
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            answer = await http.get(f"{base_url}/_sandbox/state")
        there = datetime.fromisoformat(answer.json()["now"])
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None
    return World(base_url, ShiftedClock(there - datetime.now(UTC)), note.parent)


def _write(path: Path, content: dict[str, str]) -> None:
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(path)
