"""One renewal at a time, over all processes of a user, and how long ago the last one was tried.

The lock is that of a small SQLite file, which every platform has and which goes when a process dies.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import anyio

PATIENCE_S = 25.0
"""How long to wait for another process; longer than its call to the token endpoint may take."""
_ASK_AGAIN_S = 0.05


class NoTurnError(Exception):
    """The lock could not be had. The text says why, for the person who runs this."""


class Turn:
    """The right to renew, held by one process."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last_tried(self) -> datetime | None:
        """Return when any process last tried; None when none did."""
        row = self._connection.execute("SELECT max(at) FROM tries").fetchone()
        return None if row[0] is None else datetime.fromtimestamp(row[0], UTC)

    def tried(self, now: datetime) -> None:
        """Write down, before the attempt, that there is one; a crash does not undo it."""
        self._connection.execute("DELETE FROM tries")
        self._connection.execute("INSERT INTO tries VALUES (?)", (now.timestamp(),))


@asynccontextmanager
async def turn(path: Path) -> AsyncGenerator[Turn]:
    """Wait for the lock, and hold it.

    Raises:
        NoTurnError: another process holds it for too long, or the file cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ends_at = anyio.current_time() + PATIENCE_S
        while (connection := _locked(path)) is None:
            if anyio.current_time() >= ends_at:
                raise NoTurnError("another process is still at it")
            await anyio.sleep(_ASK_AGAIN_S)
    except (OSError, sqlite3.Error):
        raise NoTurnError(f"{path} cannot be written") from None
    with closing(connection):
        yield Turn(connection)


def _locked(path: Path) -> sqlite3.Connection | None:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        # keeps the lock after the commit, until the connection is closed
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("CREATE TABLE IF NOT EXISTS tries (at REAL NOT NULL)")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return None
        raise
    except sqlite3.Error:
        connection.close()
        raise
    return connection
