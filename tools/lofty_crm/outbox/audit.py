"""The record of every step: append-only, each row sealed over the one before it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from lofty_crm.outbox.store import audit

GENESIS = "0" * 64


@dataclass(frozen=True)
class Head:
    """The newest row: what a copy outside the database is compared with."""

    seq: int
    hash: str


def append(
    connection: Connection, *, at: datetime, account: str, message_id: str, event: str, detail: Mapping[str, object]
) -> Head:
    """Add one row; `detail` holds ids, digests, codes and destinations, never the words of a message."""
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    previous = last.hash if last else GENESIS
    seq = int(last.seq) + 1 if last else 1
    row: dict[str, object] = {
        "seq": seq,
        "at": at.isoformat(timespec="microseconds"),
        "account": account,
        "message_id": message_id,
        "event": event,
        "detail": json.dumps(detail, ensure_ascii=True, sort_keys=True, separators=(",", ":")),
        "previous": previous,
    }
    sealed = seal(row)
    connection.execute(insert(audit).values(**row, hash=sealed))
    return Head(seq=seq, hash=sealed)


def seal(row: Mapping[str, object]) -> str:
    """Return the SHA-256 of a row's canonical JSON, the hash of the row before it included."""
    fields = ("seq", "at", "account", "message_id", "event", "detail", "previous")
    canonical = json.dumps([row[name] for name in fields], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def first_broken(connection: Connection, head: Head | None = None) -> str | None:
    """Return what is wrong with the first bad row, or None when the whole chain holds.

    With the `head` that was kept outside the database, a cut tail and an older copy of the file are found too.
    """
    previous, expected, anchored = GENESIS, 1, head is None
    for given in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        row: dict[str, object] = {str(name): value for name, value in given.items()}
        if row["seq"] != expected:
            return f"row {expected} is missing"
        if row["previous"] != previous or seal(row) != row["hash"]:
            return f"row {row['seq']} was changed"
        if head and row["seq"] == head.seq:
            if row["hash"] != head.hash:
                return f"row {row['seq']} is not the one that was recorded outside the database"
            anchored = True
        previous, expected = str(row["hash"]), expected + 1
    if not anchored and head:
        return f"rows {expected} to {head.seq} are missing from the end: the file was cut or replaced by an older copy"
    return None
