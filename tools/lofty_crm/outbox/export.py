"""The record of each message, for whoever has to answer for it."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

from sqlalchemy import Connection, select

from lofty_crm.outbox import journal
from lofty_crm.outbox.message import Message
from lofty_crm.outbox.tables import audit

COLUMNS = (
    "message_id",
    "kind",
    "state",
    "lead_id",
    "lead_name",
    "destination",
    "subject",
    "body",
    "payload_sha256",
    "digest",
    "shown",
    "shown_sha256",
    "approved_at",
    "approved_by",
    "policy",
    "warnings",
    "held",
    "accepted",
    "approval_reason",
    "reason",
    "claimed_at",
    "attempts",
    "lofty_message_id",
    "lofty_destination",
    "evidence",
    "steps",
)

Record = dict[str, object]

_ACTS = re.compile("[\\s\0=+\\-@\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet may read as a formula (OWASP ASVS 5.0, 1.2.10), in full width too, or blank."""


def records(connection: Connection, account: str) -> list[Record]:
    """Return one record a message of this account, oldest first, each with its steps; forgotten words are empty.

    What happened to all of them, such as a stop and who ended it, is a record of kind `account`. Of a message whose row
    is gone, which only somebody outside can have removed, the steps are left.
    """
    steps: dict[str, list[Record]] = {}
    rows = connection.execute(select(audit).where(audit.c.account == account).order_by(audit.c.seq)).mappings()
    for row in rows:
        step = {"seq": row["seq"], "at": row["at"], "event": row["event"], **json.loads(row["detail"])}
        steps.setdefault(row["message_id"], []).append(step)
    found = {message.id: message for message in journal.listing(connection, account)}
    return [_record(found[each], taken) if each in found else _bare(each, taken) for each, taken in steps.items()]


def json_lines(exported: Iterable[Mapping[str, object]]) -> str:
    """Return records as JSON Lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in exported)


def csv_text(exported: Iterable[Mapping[str, object]]) -> str:
    """Return records as CSV, safe to open in a spreadsheet: no cell is read as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for record in exported:
        writer.writerow([_cell(record[column]) for column in COLUMNS])
    return out.getvalue()


def _record(message: Message, steps: list[Record]) -> Record:
    words = message.words
    approvals: list[Record] = [step for step in steps if step["event"] == "approved" and "by" in step]
    approval = approvals[-1] if approvals else {}
    return {
        "message_id": message.id,
        "kind": words.kind.value,
        "state": message.state.value,
        "lead_id": words.lead_id,
        "lead_name": words.lead_name,
        "destination": words.destination,
        "subject": words.subject,
        "body": words.body,
        "payload_sha256": sha256(words.payload).hexdigest() if words.payload else "",
        "digest": message.digest,
        "shown": message.question,
        "shown_sha256": approval.get("shown", ""),
        "approved_at": message.approved_at.isoformat() if message.approved_at else "",
        "approved_by": message.approved_by.value if message.approved_by else "",
        "policy": approval.get("policy", ""),
        "warnings": [f.code for f in message.warnings],
        "held": [f.code for f in message.held],
        "accepted": list(message.accepted),
        "approval_reason": message.approval_reason,
        "reason": message.reason,
        "claimed_at": message.claimed_at.isoformat() if message.claimed_at else "",
        "attempts": message.attempts,
        "lofty_message_id": message.lofty_message_id or "",
        "lofty_destination": message.lofty_destination or "",
        "evidence": message.evidence or "",
        "steps": steps,
    }


def _bare(message_id: str, steps: list[Record]) -> Record:
    kind = "" if message_id else "account"
    return {**dict.fromkeys(COLUMNS, ""), "message_id": message_id, "kind": kind, "steps": steps}


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if _ACTS.match(text) else text
