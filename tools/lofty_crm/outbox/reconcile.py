"""Finding out, by reading Lofty's own history, whether a message of unknown outcome went out."""

from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError
from lofty_crm.api.models import Email, Text
from lofty_crm.clock import Clock
from lofty_crm.outbox import journal
from lofty_crm.outbox.drafting import HISTORY
from lofty_crm.outbox.message import Kind, Message
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store

WINDOW = timedelta(minutes=10)
"""How long Lofty's history may take to show a message; after it, `not_seen`."""

SKEW = timedelta(minutes=2)
"""How far Lofty's clock and ours may disagree."""


async def reconcile(store: Store, lofty: Lofty, clock: Clock, message: Message) -> None:
    """Move a message out of `unknown` if Lofty's history settles it; leave it there when it cannot be read."""
    if message.state is not State.UNKNOWN or message.claimed_at is None:
        return
    try:
        found = await _evidence(lofty, message, message.claimed_at)
    except LoftyError:
        return
    now = clock.now()

    def settle(connection: Connection) -> None:
        for evidence in found:
            try:
                with connection.begin_nested():
                    moved = journal.step(
                        connection, message, State.SENT, now=now, detail={"evidence": evidence}, evidence=evidence
                    )
            except IntegrityError:
                continue  # another message has been credited with this row
            if moved:
                return
        if not found and now - (message.claimed_at or now) >= WINDOW:
            reason = "Lofty's history does not show it"
            journal.step(connection, message, State.NOT_SEEN, now=now, detail={}, reason=reason)

    await store.run(settle)


async def _evidence(lofty: Lofty, message: Message, claimed_at: datetime) -> list[str]:
    """Return the rows of Lofty's history that can only be this message, oldest first."""
    words = message.words
    if words.kind is Kind.NOTE_DELETION:
        notes = await lofty.notes(words.lead_id)
        return [] if any(n.id == words.destination for n in notes) else [f"gone:{message.id}"]
    rows: list[Text] | list[Email]
    if words.kind is Kind.SMS:
        rows = [t for t in await lofty.texts(words.lead_id, limit=HISTORY) if t.body == words.body]
    else:
        emails = await lofty.emails(words.lead_id, limit=HISTORY)
        if any(e.origin == "auto" and _is_after(e, message, claimed_at) for e in emails):
            return []
        rows = [e for e in emails if e.event == "sent" and e.subject == words.subject]
    fitting = [
        row
        for row in rows
        if row.direction == "outbound" and row.origin == "manual" and _is_after(row, message, claimed_at)
    ]
    return [f"{words.kind}:{row.id}" for row in sorted(fitting, key=lambda row: (len(row.id), row.id))]


def _is_after(row: Text | Email, message: Message, claimed_at: datetime) -> bool:
    mark = message.watermark
    newer = mark is None or (len(row.id), row.id) > (len(mark), mark)
    return newer and row.at is not None and row.at >= claimed_at - SKEW
