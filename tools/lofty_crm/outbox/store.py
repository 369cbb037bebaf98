"""The outbox on disk: one SQLite file, write-ahead log, every commit on the platter before anything leaves."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from lofty_crm.outbox.message import OutboxClosedError

BUSY_S = 5
"""How long a writer waits for another process before it gives up; nothing is sent then."""

R = TypeVar("R")


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC to the microsecond."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Drop the zone, having converted to UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 -- the same
        """Say again that it is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

messages = Table(
    "messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("lead_id", String(19), nullable=False),
    Column("lead_name", Text, nullable=False),
    Column("destination_id", String(64), nullable=False),
    Column("destination", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("asked_at", UtcTime),
    Column("console_only", Boolean, nullable=False, default=False),
    Column("approved_at", UtcTime),
    Column("approved_by", String(16)),
    Column("accepted", Text, nullable=False, default="[]"),
    Column("reason", Text, nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcTime),
    Column("claimed_by", String(32)),
    Column("claimed_at", UtcTime),
    Column("watermark", String(64)),
    Column("lofty_message_id", String(64)),
    Column("lofty_destination", Text),
    Column("evidence", String(96)),
    UniqueConstraint("account", "digest", "generation"),
    UniqueConstraint("account", "evidence"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("account", String(32), nullable=False),
    Column("message_id", String(32), nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

kept_notes = Table(
    "kept_notes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(32), nullable=False, index=True),
    Column("lead_id", String(19), nullable=False),
    Column("note_id", String(64), nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("kept_at", UtcTime, nullable=False),
)

for forbidden in ("UPDATE", "DELETE"):
    event.listen(
        audit,
        "after_create",
        DDL(
            f"CREATE TRIGGER audit_no_{forbidden.lower()} BEFORE {forbidden} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        ),
    )


class Store:
    """One connection, used by one worker thread at a time; every use is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._turn = anyio.CapacityLimiter(1)
        self._engine = create_engine(
            f"sqlite:///{path}",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "timeout": BUSY_S, "isolation_level": None},
        )
        event.listen(self._engine, "begin", _begin_immediate)
        try:
            with self._engine.connect() as connection:
                self.settings = _set_and_read_back(connection)
                connection.rollback()
            with self._engine.begin() as connection:
                metadata.create_all(connection)
            if os.name == "posix":
                path.chmod(0o600)
        except (DBAPIError, OSError) as error:
            raise OutboxClosedError(
                f"The outbox at {path} cannot be opened; nothing can be sent until it can."
            ) from error

    async def run(self, work: Callable[[Connection], R]) -> R:
        """Do `work` in one transaction that has the write lock from its start; all of it happens or none.

        Raises:
            OutboxClosedError: the file cannot be read or written, is full or is locked by another process.
        """
        return await anyio.to_thread.run_sync(self._run, work, limiter=self._turn)

    def _run(self, work: Callable[[Connection], R]) -> R:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            raise OutboxClosedError(
                "The outbox could not be written (disk full, read-only or locked), so nothing was sent. "
                "Run `lofty-mcp doctor`."
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set_and_read_back(connection: Connection) -> dict[str, str]:
    """Ask for the settings that survive a power cut, and believe only what SQLite says it does."""
    raw = connection.connection.driver_connection
    if raw is None:
        raise OutboxClosedError("The outbox has no connection; nothing can be sent.")
    cursor = raw.cursor()
    mode = str(cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0])
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    synchronous = int(cursor.execute("PRAGMA synchronous").fetchone()[0])
    if mode != "wal" or synchronous != 2:
        raise OutboxClosedError(
            f"The outbox's file system does not support what it needs (journal_mode is {mode}, synchronous is "
            f"{synchronous}); nothing can be sent. Set LOFTY_MCP_STATE_DIR to a local disk."
        )
    return {"journal_mode": mode, "synchronous": "FULL"}


def integrity(connection: Connection) -> str:
    """Return SQLite's own verdict on the file, `ok` when it is sound."""
    return str(connection.execute(text("PRAGMA quick_check")).scalar())
