"""Reading and stepping messages inside a transaction; every step leaves a row in the audit."""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)

from lofty_crm.api.models import Note
from lofty_crm.outbox import audit
from lofty_crm.outbox.message import Approver, Kind, Message, UnknownMessageError, Words
from lofty_crm.outbox.states import ENDED, MAY_HAVE_LEFT, STEPS, State
from lofty_crm.outbox.tables import audit as steps_taken
from lofty_crm.outbox.tables import kept_notes, messages
from lofty_crm.outbox.wording import asked_again
from lofty_crm.policy.verdict import Finding, Weight

MOVES = "moves"
"""Where a connection's `info` holds the steps of the transaction under way: logged when they are committed."""

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
"""No look-alikes: people read these ids aloud and type them."""


@dataclass(frozen=True)
class Move:
    """One step of one message."""

    message_id: str
    lead_id: str
    state: State


_WRITTEN: ColumnElement[int] = literal_column("messages.rowid", Integer)
"""Tells apart what was drafted at the same moment."""

# What a send asks for is put together once: making a statement takes SQLAlchemy longer than SQLite takes to answer it.
_OWN = messages.c.account == bindparam("account")
_ONE = select(messages).where(_OWN, messages.c.id == bindparam("message_id"))
_SAME = select(messages).where(_OWN, messages.c.digest == bindparam("digest")).order_by(messages.c.generation.desc())
_LEFT = (_OWN, messages.c.state.in_(MAY_HAVE_LEFT), messages.c.claimed_at >= bindparam("since"))
_LEFT_SINCE = select(messages).where(*_LEFT)
_COUNT = select(func.count()).select_from(messages)
_COUNT_LEFT = _COUNT.where(*_LEFT, messages.c.kind != Kind.NOTE_DELETION)
_COUNT_IN = _COUNT.where(_OWN, messages.c.state.in_(bindparam("states", expanding=True)))
_COUNT_LEFT_TO_LEAD = _COUNT_LEFT.where(messages.c.lead_id == bindparam("lead_id"))
_COUNT_APPROVED = _COUNT.where(
    _OWN, messages.c.approved_by == bindparam("by"), messages.c.approved_at >= bindparam("since")
)
_COUNT_TAKEN_BACK = (
    select(func.count())
    .select_from(steps_taken)
    .where(steps_taken.c.message_id == bindparam("message_id"), steps_taken.c.event == State.PENDING)
)
_SEEN = (
    messages.c.account == bindparam("seen_account"),
    messages.c.id == bindparam("seen_id"),
    messages.c.state == bindparam("seen_state"),
)
_STEP = update(messages).where(
    *_SEEN, messages.c.digest == bindparam("seen_digest"), messages.c.attempts == bindparam("seen_attempts")
)
_REFRESH = update(messages).where(*_SEEN, messages.c.updated_at == bindparam("seen_updated_at"))


def new_id() -> str:
    """Return a fresh message id, such as `m-7k2p9q4x`."""
    return "m-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


def drafts(connection: Connection, account: str, digest: str) -> list[Message]:
    """Return every draft of these exact words, whatever became of it, the newest generation first."""
    return _read(connection, _SAME, account=account, digest=digest)


def fetch(connection: Connection, account: str, message_id: str) -> Message:
    """Return one message of this account.

    Raises:
        UnknownMessageError: it is not.
    """
    rows = _read(connection, _ONE, account=account, message_id=message_id)
    if not rows:
        raise UnknownMessageError(f"There is no message {message_id} in the outbox. Use `list_messages`.")
    return rows[0]


def listing(
    connection: Connection, account: str, *, states: Collection[State] = (), lead_id: str = "", limit: int | None = None
) -> list[Message]:
    """Return messages of this account, newest first."""
    query = select(messages).where(messages.c.account == account)
    if states:
        query = query.where(messages.c.state.in_(states))
    if lead_id:
        query = query.where(messages.c.lead_id == lead_id)
    newest = query.order_by(messages.c.created_at.desc(), messages.c.generation.desc(), _WRITTEN.desc())
    return _read(connection, newest.limit(limit))


def add(
    connection: Connection,
    words: Words,
    *,
    message_id: str,
    question: str,
    findings: tuple[Finding, ...],
    now: datetime,
    lifetime: timedelta,
) -> Message:
    """Write a new draft, in state `pending`."""
    before = drafts(connection, words.account, words.digest)
    generation = before[0].generation + 1 if before else 1
    row = {
        "id": message_id,
        "account": words.account,
        "kind": words.kind,
        "lead_id": words.lead_id,
        "lead_name": words.lead_name,
        "destination_id": words.destination_id,
        "destination": words.destination,
        "body": words.body,
        "subject": words.subject,
        "payload": words.payload,
        "digest": words.digest,
        "generation": generation,
        "state": State.PENDING,
        "question": question,
        "findings": dump_findings(findings),
        "created_at": now,
        "updated_at": now,
        "expires_at": now + lifetime,
    }
    connection.execute(insert(messages), row)
    note(connection, words.account, message_id, "drafted", now, {"digest": words.digest, "generation": generation})
    return fetch(connection, words.account, message_id)


def step(
    connection: Connection,
    message: Message,
    to: State,
    *,
    now: datetime,
    detail: Mapping[str, object] | None = None,
    **values: Any,
) -> bool:
    """Move a message if it is still where `message` saw it, and say so in the audit. Return whether it moved.

    Raises:
        ValueError: the step does not exist.
    """
    if to not in STEPS.get(message.state, frozenset()):
        raise ValueError(f"a message cannot go from {message.state} to {to}")
    if (message.state, to) == (State.APPROVED, State.PENDING):
        # the yes of before is spent: an answer to the old question must not fit the new one
        asked = values.get("question", message.question)
        values["question"] = asked_again(asked, taken_back(connection, message) + 1)
        values["asked_at"] = None
    seen = _seen(message) | {"seen_digest": message.digest, "seen_attempts": message.attempts}
    moved = connection.execute(_STEP, seen | {"state": to, "updated_at": now} | values)
    if moved.rowcount != 1:
        return False
    moves: list[Move] = connection.info.setdefault(MOVES, [])
    moves.append(Move(message.id, message.words.lead_id, to))
    note(
        connection,
        message.words.account,
        message.id,
        to,
        now,
        {"from": message.state, "digest": message.digest, **(detail or {})},
    )
    return True


def refresh(
    connection: Connection, message: Message, *, now: datetime, detail: Mapping[str, object], **values: Any
) -> bool:
    """Change what is known of a waiting message without moving it; refused once anything else was written of it."""
    seen = _seen(message) | {"seen_updated_at": message.updated_at}
    changed = connection.execute(_REFRESH, seen | {"updated_at": now} | values)
    if changed.rowcount == 1:
        note(connection, message.words.account, message.id, "noted", now, detail)
    return changed.rowcount == 1


def taken_back(connection: Connection, message: Message) -> int:
    """Count how often a yes to this message was taken back."""
    return _counted(connection, _COUNT_TAKEN_BACK, message_id=message.id)


def note(
    connection: Connection, account: str, message_id: str, event: str, now: datetime, detail: Mapping[str, object]
) -> None:
    """Record something about a message."""
    audit.append(connection, at=now, account=account, message_id=message_id, event=event, detail=detail)


def keep_note(connection: Connection, account: str, note: Note, *, reason: str, now: datetime) -> None:
    """Keep the text of a note that is about to change or go."""
    row = {"lead_id": note.lead_id, "note_id": note.id, "content": note.content, "pinned": note.pinned}
    connection.execute(insert(kept_notes), row | {"account": account, "reason": reason, "kept_at": now})


def accounts(connection: Connection) -> list[str]:
    """Return every account that has messages here."""
    return [str(account) for account in connection.execute(select(messages.c.account).distinct()).scalars()]


def ended_before(connection: Connection, account: str, before: datetime) -> list[Message]:
    """Return what ended before a moment and still has its words."""
    ended = select(messages).where(
        messages.c.account == account,
        messages.c.state.in_(ENDED),
        messages.c.updated_at < before,
        messages.c.question != "",
    )
    return _read(connection, ended)


def count(connection: Connection, account: str, states: Collection[State]) -> int:
    """Count messages of this account in these states."""
    return _counted(connection, _COUNT_IN, account=account, states=list(states))


def count_left_since(connection: Connection, account: str, since: datetime, *, lead_id: str = "") -> int:
    """Count texts and emails that left, or may have left, since a moment."""
    query = _COUNT_LEFT_TO_LEAD if lead_id else _COUNT_LEFT
    return _counted(connection, query, account=account, since=since, lead_id=lead_id)


def count_approved_since(connection: Connection, account: str, since: datetime, *, by: Approver) -> int:
    """Count what was approved in this way since a moment, whatever came of it."""
    return _counted(connection, _COUNT_APPROVED, account=account, by=by, since=since)


def left_since(connection: Connection, account: str, since: datetime) -> list[Message]:
    """Return what left, or may have left, since a moment."""
    return _read(connection, _LEFT_SINCE, account=account, since=since)


def _seen(message: Message) -> dict[str, object]:
    """Return what a message has to be still, for a change to be made to it."""
    return {"seen_account": message.words.account, "seen_id": message.id, "seen_state": message.state}


def _counted(connection: Connection, query: Select[int], **given: object) -> int:
    return int(connection.execute(query, given).scalar_one())


def _read(connection: Connection, query: Select[Any], **given: object) -> list[Message]:
    return [_message(row) for row in connection.execute(query, given).mappings()]


def dump_findings(findings: tuple[Finding, ...]) -> str:
    """Return findings as they are stored."""
    return json.dumps([asdict(finding) for finding in findings])


def _message(row: RowMapping) -> Message:
    given = dict(row)
    words = Words(
        account=given["account"],
        kind=Kind(given["kind"]),
        lead_id=given["lead_id"],
        lead_name=given["lead_name"],
        destination_id=given["destination_id"],
        destination=given["destination"],
        body=given["body"],
        subject=given["subject"],
        payload=given["payload"],
    )
    findings = tuple(Finding(**{**f, "weight": Weight(f["weight"])}) for f in json.loads(given["findings"]))
    same = (
        "id digest generation question created_at updated_at expires_at asked_at console_only approved_at "
        "approval_reason reason attempts not_before claimed_by claimed_at watermark "
        "lofty_message_id lofty_destination evidence"
    )
    return Message(
        words=words,
        state=State(given["state"]),
        findings=findings,
        approved_by=Approver(given["approved_by"]) if given["approved_by"] else None,
        accepted=tuple(json.loads(given["accepted"])),
        **{name: given[name] for name in same.split()},
    )
