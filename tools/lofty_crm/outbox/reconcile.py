"""Finding out, by reading Lofty's own history, whether a message of unknown outcome went out."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, insert, select

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError, NoEndpointError
from lofty_crm.api.models import Email, Text
from lofty_crm.clock import Clock
from lofty_crm.outbox import journal
from lofty_crm.outbox.drafting import UNREAD, Row, by_age, every_row, require_absent
from lofty_crm.outbox.message import Kind, Message
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store
from lofty_crm.outbox.tables import credited
from lofty_crm.policy.segments import segment

FIRST_LOOK = timedelta(seconds=5)
LAST_PAUSE = timedelta(minutes=5)
WINDOW = timedelta(minutes=10)
"""How long Lofty's history may take to show a message; after it, `not_seen`."""

SKEW = timedelta(minutes=2)
"""How far Lofty's clock and ours may disagree."""

LONGEST_NOTICE = 160
"""Characters of the opt-out sentence that Lofty appends to a first text (its help centre, read 2026)."""

_FAILED = {"failed", "undelivered", "rejected"}

AT_ONCE = timedelta(seconds=30)
"""Between the halves of a text that Lofty sends as two."""

MANY_NOTES = 100
"""Where Lofty's list of notes ends when it ignores the pages (a live user): one that it lacks may still be kept."""

_VERB = r"(?:[Rr]eply|[Tt]ext|[Ss]end|REPLY|TEXT|SEND)(?: with)?"
_QUOTE = "[\"'\u201c\u201d]?"
_NOTICE = re.compile(
    rf"{_VERB} {_QUOTE}STOP{_QUOTE}(?: (?:to|if) [^.!?\n]+)?[.!]?"
    rf"(?: (?:{_VERB} {_QUOTE}HELP|(?:Msg|Message|Data|Std|Standard|Carrier)\b)[^.!?\n]*[.!]?){{0,2}}"
)
"""Lofty's own words are not published, so that what the carriers' rules make everybody say is taken for them: STOP in
capitals after a verb, and nothing else but what commonly follows it (CTIA, Messaging Principles, 2023, 5.1.2)."""

Evidence = tuple[str, ...]
"""The rows of Lofty's history that are one message: one, or two halves."""


class Reconciler:
    """Settles one account's messages of unknown outcome; the time of the next look is kept in the journal."""

    def __init__(self, store: Store, lofty: Lofty, account: str, clock: Clock) -> None:
        self._store = store
        self._lofty = lofty
        self._account = account
        self._clock = clock

    async def reconcile(self, message: Message) -> None:
        """Move a message out of `unknown` if Lofty's history settles it; leave it there while it cannot be read."""
        now = self._clock.now()
        claimed_at = message.claimed_at or now
        taken = await self._store.run(
            lambda c: journal.refresh(
                c, message, now=now, detail={"looks": True}, not_before=_next_look(claimed_at, now)
            )
        )
        if not taken:
            return
        unseen = "Lofty's history does not show it"
        try:
            try:
                found = await self._evidence(message, claimed_at)
            except NoEndpointError as error:
                await require_absent(self._lofty, error)
                # the public guide has no history that tells a sent message from a logged one
                found, unseen = [], "this Lofty account has no history that could show it"
        except LoftyError:
            return
        await self._store.run(lambda c: self._settle(c, message.id, found, unseen))

    def _settle(self, connection: Connection, message_id: str, found: Sequence[Evidence], unseen: str) -> None:
        now = self._clock.now()
        message = journal.fetch(connection, self._account, message_id)
        if message.state is not State.UNKNOWN:
            return
        free = [rows for rows in found if not _is_credited(connection, message, rows)]
        if len(free) > _rivals(connection, message):
            evidence = free[0]
            values = [{"account": message.words.account, "row": row, "message_id": message.id} for row in evidence]
            connection.execute(insert(credited), values)
            shown = " ".join(evidence)
            journal.step(
                connection, message, State.SENT, now=now, detail={"evidence": shown}, evidence=shown, reason=""
            )
        elif now - (message.claimed_at or now) >= WINDOW:
            journal.step(connection, message, State.NOT_SEEN, now=now, reason=unseen)

    async def _evidence(self, message: Message, claimed_at: datetime) -> list[Evidence]:
        """Return what in Lofty's history can only be this message, or one of the very same words, oldest first."""
        words = message.words
        if words.kind is Kind.NOTE_DELETION:
            notes = await self._lofty.notes(words.lead_id)
            seen = len(notes) == MANY_NOTES or any(n.id == words.destination for n in notes)
            return [] if seen else [(f"gone:{message.id}",)]
        if words.kind is Kind.SMS:
            texts = await every_row(self._lofty.texts, words.lead_id)
            return _as_texts(words.body, _own(texts, message, claimed_at))
        emails = await every_row(self._lofty.emails, words.lead_id)
        if any(e.origin == "auto" and _is_after(e, message, claimed_at) for e in emails):
            return []
        own = _own(emails, message, claimed_at)
        return [(f"email:{e.id}",) for e in own if e.event == "sent" and e.subject == words.subject]


def _next_look(claimed_at: datetime, now: datetime) -> datetime:
    """Double the pauses from five seconds to five minutes, and look when the window closes."""
    following = now + min(max(now - claimed_at, FIRST_LOOK), LAST_PAUSE)
    closes = claimed_at + WINDOW
    return closes if now < closes < following else following


def _own(rows: Iterable[Row], message: Message, claimed_at: datetime) -> list[Row]:
    """Return what went out by hand since the claim, oldest first."""
    own = [r for r in rows if r.direction == "outbound" and r.origin == "manual" and _is_after(r, message, claimed_at)]
    return sorted((row for row in own if not _failed(row)), key=lambda row: by_age(row.id))


def _failed(row: Text | Email) -> bool:
    return isinstance(row, Text) and (row.outcome or "").casefold() in _FAILED


def _is_after(row: Text | Email, message: Message, claimed_at: datetime) -> bool:
    mark = message.watermark
    if mark == UNREAD:
        return False
    newer = mark is None or by_age(row.id) > by_age(mark)
    in_time = mark is not None if row.at is None else row.at >= claimed_at - SKEW
    return newer and in_time


def _as_texts(body: str, rows: Sequence[Text]) -> list[Evidence]:
    """Find a text as it was written, with Lofty's opt-out sentence behind it, or cut in two."""
    whole = [(f"sms:{row.id}",) for row in rows if _says(row.body or "", body)]
    halves = [(f"sms:{one.id}", f"sms:{two.id}") for one, two in pairwise(rows) if _are_halves(one, two, body)]
    return whole + [pair for pair in halves if not any(row in pair for (row,) in whole)]


def _are_halves(one: Text, two: Text, body: str) -> bool:
    """Whether two texts are what Lofty makes of one that is longer than a segment (its help centre, read 2026).

    Two short ones are somebody's own, or somebody's and Lofty's notice, however well they fit together.
    """
    if not one.body or not two.body or not body.startswith(one.body):
        return False
    at_once = one.at is None or two.at is None or abs(two.at - one.at) <= AT_ONCE
    between = body[len(one.body) :]
    joined = one.body + between[: len(between) - len(between.lstrip())] + two.body
    return at_once and segment(joined).count > 1 and _says(joined, body)


def _says(said: str, body: str) -> bool:
    said, body = said.strip(), body.strip()
    if not said.startswith(body):
        return False
    notice = said[len(body) :]
    if not notice:
        return True
    apart = notice[0].isspace() and len(notice) <= LONGEST_NOTICE
    return apart and bool(_NOTICE.fullmatch(" ".join(notice.split())))


def _is_credited(connection: Connection, message: Message, rows: Evidence) -> bool:
    query = select(credited.c.row).where(credited.c.account == message.words.account, credited.c.row.in_(rows))
    return connection.execute(query).first() is not None


def _rivals(connection: Connection, message: Message) -> int:
    """Count messages that Lofty's history cannot tell from this one, and that are not credited with a row of it."""
    if message.words.kind is Kind.NOTE_DELETION:
        return 0
    account = message.words.account
    settled = set(connection.execute(select(credited.c.message_id).where(credited.c.account == account)).scalars())
    since = (message.claimed_at or message.updated_at) - SKEW
    return sum(
        other.id != message.id and other.id not in settled and _looks_like(other, message)
        for other in journal.left_since(connection, account, since)
    )


def _looks_like(other: Message, message: Message) -> bool:
    one, two = other.words, message.words
    if (one.kind, one.lead_id) != (two.kind, two.lead_id):
        return False
    return one.body == two.body if one.kind is Kind.SMS else one.subject == two.subject
