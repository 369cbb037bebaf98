"""The outbox on disk: one SQLite file, write-ahead log, every commit on the platter before anything leaves."""

import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from lofty_crm.outbox import audit, identity, journal
from lofty_crm.outbox.message import OutboxClosedError
from lofty_crm.outbox.tables import SCHEMA, metadata

_log = logging.getLogger(__name__)

BUSY_S = 5
"""How long a writer waits for another process before it gives up; nothing is sent then."""

R = TypeVar("R")


class Store:
    """One connection, used by one worker thread at a time; every use is one transaction."""

    def __init__(self, path: Path, key: str) -> None:
        """Open the file, and look up whose outbox `key` opens; `known` is None when that has not been decided."""
        self.path = path
        self.head_path = path.with_name(f"{path.name}.head")
        """Where the audit's newest row is known outside the database."""
        self._turn = anyio.CapacityLimiter(1)
        self._closed = False
        self._engine = create_engine(
            f"sqlite:///{path}",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "timeout": BUSY_S, "isolation_level": None},
        )
        event.listen(self._engine, "begin", _begin_immediate)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._engine.connect() as connection:
                self.settings = _set_and_read_back(connection)
                connection.rollback()
            with self._engine.begin() as connection:
                _prepare(connection)
                self.known = identity.account_of(connection, key)
            if os.name == "posix":  # pragma: no branch -- Windows has no such modes
                path.chmod(0o600)
            self._file = _identity(path)
        except (DBAPIError, sqlite3.Error, OSError) as error:
            self._engine.dispose()
            raise OutboxClosedError(
                f"The outbox at {path} cannot be opened (no room, no permission, or a damaged file); nothing can be "
                "sent until it can. Run `lofty-mcp doctor`."
            ) from error
        except OutboxClosedError:
            self._engine.dispose()
            raise

    async def run(self, work: Callable[[Connection], R]) -> R:
        """Do `work` in one transaction that has the write lock from its start; all of it happens or none.

        Raises:
            OutboxClosedError: the file cannot be read or written, is full or is locked by another process.
        """
        return await anyio.to_thread.run_sync(self._run, work, limiter=self._turn)

    def _run(self, work: Callable[[Connection], R]) -> R:
        if self._closed:
            raise OutboxClosedError("The outbox is closed, as this server is stopping; nothing new is sent.")
        if _identity(self.path) != self._file:
            raise OutboxClosedError(
                "The outbox's file was removed or replaced while it was in use, so nothing new was sent. "
                "Restart this server."
            )
        try:
            with self._engine.begin() as connection:
                connection.info.clear()
                result = work(connection)
                head: audit.Head | None = connection.info.get(audit.HEAD)
                moves: list[journal.Move] = connection.info.get(journal.MOVES, [])
        except DBAPIError as error:
            raise OutboxClosedError(
                "The outbox could not be read or written (disk full, read-only or locked), so nothing new was sent. "
                "Run `lofty-mcp doctor`."
            ) from error
        for move in moves:
            _log.info("message_moved", extra=asdict(move))
        if head:
            audit.mirror(self.head_path, head)
        return result

    def close(self) -> None:
        """Let go of the file, for good."""
        self._closed = True
        self._engine.dispose()


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells the file from another that takes its name; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set_and_read_back(connection: Connection) -> dict[str, str]:
    """Ask for the settings that survive a power cut, and believe only what SQLite says it does."""
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 -- it was connected a moment ago
    cursor = raw.cursor()
    mode = str(cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0])
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")
    synchronous = int(cursor.execute("PRAGMA synchronous").fetchone()[0])
    cursor.close()
    if mode != "wal" or synchronous != 2:
        raise OutboxClosedError(
            f"The outbox's file system does not support what it needs (journal_mode is {mode}, synchronous is "
            f"{synchronous}); nothing can be sent. Set LOFTY_MCP_STATE_DIR to a local disk."
        )
    return {"journal_mode": mode, "synchronous": "FULL"}


def _prepare(connection: Connection) -> None:
    """Make the tables of a new file; refuse those of another version."""
    version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
    if version == 0 and not inspect(connection).get_table_names():
        metadata.create_all(connection)
        connection.execute(text(f"PRAGMA user_version={SCHEMA}"))
    elif version != SCHEMA:
        raise OutboxClosedError(
            f"The outbox on disk has format {version}, and this lofty-mcp reads format {SCHEMA}; nothing can be sent. "
            "Use the version of lofty-mcp that wrote it, or set LOFTY_MCP_STATE_DIR to a new folder."
        )
