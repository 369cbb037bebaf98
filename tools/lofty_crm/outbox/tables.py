"""What the outbox keeps, as tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
)

SCHEMA = 2
"""Rises when a table changes; kept as the file's `user_version`."""


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
    Column("account", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("lead_id", String(19), nullable=False),
    Column("lead_name", Text, nullable=False),
    Column("destination_id", String(80), nullable=False),
    Column("destination", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("state", String(16), nullable=False),
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
    Column("approval_reason", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcTime),
    Column("claimed_by", String(32)),
    Column("claimed_at", UtcTime),
    Column("watermark", String(64)),
    Column("lofty_message_id", String(64)),
    Column("lofty_destination", Text),
    Column("evidence", Text),
    UniqueConstraint("account", "digest", "generation"),
    # what the rules count before each send, and what is listed: neither may grow with the outbox
    Index("messages_by_state", "account", "state", "claimed_at"),
    Index("messages_by_age", "account", "created_at"),
)

credited = Table(
    "credited",
    metadata,
    Column("account", String(32), primary_key=True),
    Column("row", String(96), primary_key=True),
    Column("message_id", String(32), nullable=False),
)
"""Which row of Lofty's history is the evidence for which message: each for one only."""

identities = Table(
    "identities",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("user", String(64), index=True),
    Column("account", String(32), nullable=False),
)
"""Whose outbox a credential opens, decided once; `user` is None where Lofty did not say whose the credential is."""

stops = Table(
    "stops",
    metadata,
    Column("account", String(32), primary_key=True),
    Column("stopped_at", UtcTime, nullable=False),
    Column("stopped_by", String(16), nullable=False),
)
"""The accounts for which all sending is stopped."""

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
