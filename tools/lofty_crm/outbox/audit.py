"""The record of every step: append-only, each row sealed over the one before it."""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from lofty_crm.outbox.tables import audit

GENESIS = "0" * 64
HEAD = "audit-head"
"""Where a connection's `info` holds the newest row of the transaction under way."""
OLDER_COPY = "older_copy"
"""The event that says that rows were lost: the file had been cut, or replaced by an older copy of itself."""

_NEWEST = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)


@dataclass(frozen=True)
class Head:
    """The newest row: what a copy outside the database is compared with."""

    seq: int
    hash: str


def append(
    connection: Connection, *, at: datetime, account: str, message_id: str, event: str, detail: Mapping[str, object]
) -> None:
    """Add one row; `detail` holds ids, digests, codes and destinations, never the words of a message."""
    last = newest(connection)
    row: dict[str, object] = {
        "seq": last.seq + 1,
        "at": at.isoformat(timespec="microseconds"),
        "account": account,
        "message_id": message_id,
        "event": event,
        "detail": json.dumps(detail, ensure_ascii=True, sort_keys=True, separators=(",", ":")),
        "previous": last.hash,
    }
    sealed = seal(row)
    connection.execute(insert(audit), row | {"hash": sealed})
    connection.info[HEAD] = Head(seq=last.seq + 1, hash=sealed)


def newest(connection: Connection) -> Head:
    """Return the newest row; before the first, a row 0."""
    last = connection.execute(_NEWEST).first()
    return Head(seq=int(last.seq), hash=last.hash) if last else Head(seq=0, hash=GENESIS)


def seal(row: Mapping[str, object]) -> str:
    """Return the SHA-256 of a row's canonical JSON, the hash of the row before it included."""
    fields = ("seq", "at", "account", "message_id", "event", "detail", "previous")
    canonical = json.dumps([row[name] for name in fields], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def mirror(path: Path, head: Head) -> None:
    """Write the newest row's number and hash next to the database; an older one that stays there does no harm."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        fresh.write_text(json.dumps(asdict(head)), encoding="ascii")
        fresh.replace(path)


def mirrored(path: Path) -> Head | None:
    """Return what `mirror` wrote, or None when there is nothing that can be read."""
    try:
        return Head(**json.loads(path.read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None


def holds(connection: Connection, head: Head) -> bool:
    """Return whether the row that was mirrored is in the table as it was."""
    return connection.execute(select(audit.c.hash).where(audit.c.seq == head.seq)).scalar() == head.hash


def first_broken(connection: Connection, head: Head | None = None) -> str | None:
    """Return what is wrong with the first bad row, or None when the whole chain holds.

    With the `head` that was kept outside the database, a cut tail and an older copy of the file are found too.
    """
    previous, expected, lost = GENESIS, 1, None
    for given in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        row: dict[str, object] = {str(name): value for name, value in given.items()}
        if row["seq"] != expected:
            return f"row {expected} is missing"
        if row["previous"] != previous or seal(row) != row["hash"]:
            return f"row {row['seq']} was changed"
        if head and row["seq"] == head.seq and row["hash"] != head.hash:
            return f"row {row['seq']} is not the one that was recorded outside the database"
        if row["event"] == OLDER_COPY:
            lost = lost or f"rows from {row['seq']} on were lost: an older copy of the file had been put in its place"
        previous, expected = str(row["hash"]), expected + 1
    if head and head.seq >= expected:
        return f"rows {expected} to {head.seq} are missing from the end: the file was cut or replaced by an older copy"
    return lost
