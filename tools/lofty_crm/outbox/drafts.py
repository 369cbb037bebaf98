"""Finding or writing the draft of exact words: the same words never wait, and never leave, twice."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from lofty_crm.api.client import Lofty
from lofty_crm.clock import Clock
from lofty_crm.outbox import journal
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.drafting import Seen, choose, compose, look
from lofty_crm.outbox.message import Approver, Kind, Message, OutboxError, Words
from lofty_crm.outbox.reviewing import DAY, judge
from lofty_crm.outbox.states import MAY_HAVE_LEFT, State
from lofty_crm.outbox.store import Store
from lofty_crm.outbox.surroundings import Around, Surroundings
from lofty_crm.outbox.wording import asked_again, question
from lofty_crm.policy.destinations import Destination
from lofty_crm.policy.verdict import Finding, Weight

MAX_NOES = 3
"""After so many noes in a day the same words are not asked about again."""


class Drafts:
    """One account's drafts."""

    def __init__(self, store: Store, lofty: Lofty, account: str, clock: Clock, config: OutboxConfig) -> None:
        self._store = store
        self._lofty = lofty
        self._account = account
        self._clock = clock
        self._config = config
        self._surroundings = Surroundings(lofty, clock)

    async def draft(self, kind: Kind, *, lead_id: str, body: str, subject: str, to: str, note_id: str) -> Message:
        """See `Outbox.draft`."""
        seen, around = await self._look(kind, lead_id, note_id)
        destination = choose(seen, kind, lead_id, to)
        account = self._account
        words = compose(account, kind, lead_id=lead_id, seen=seen, destination=destination, body=body, subject=subject)
        return await self._store.run(lambda c: self._find_or_add(c, words, seen, destination, around))

    async def again(self, message_id: str, *, by: Approver, reason: str) -> Message:
        """See `Outbox.again`."""
        if by not in {Approver.PAGE, Approver.TERMINAL} or not reason.strip():
            raise OutboxError(
                "The same words are drafted again only for a person on the approval page or at a terminal, who says "
                "why; nothing was sent."
            )
        account = self._account
        old = await self._store.run(lambda c: journal.fetch(c, account, message_id))
        words = old.words
        if old.state not in {State.SENT, State.NOT_SEEN} or not words.payload:
            raise OutboxError(
                f"Message {message_id} is {old.state.value}: only one that was sent, or was not seen, and whose words "
                "are still kept, can be drafted again; nothing was sent."
            )
        seen, around = await self._look(words.kind, words.lead_id, "")
        destination = choose(seen, words.kind, words.lead_id, words.destination_id)

        def write(connection: Connection) -> Message:
            newest = journal.drafts(connection, account, old.digest)[0]
            if newest.id != old.id:
                return newest
            now = self._clock.now()
            journal.note(connection, account, old.id, "again", now, {"by": by, "reason": reason.strip()})
            findings = judge(connection, words, seen, destination, now=now, around=around)
            return self._add(connection, words, findings, destination, now)

        return await self._store.run(write)

    async def _look(self, kind: Kind, lead_id: str, note_id: str) -> tuple[Seen, Around]:
        if kind is Kind.NOTE_DELETION:
            return await look(self._lofty, kind, lead_id, note_id), Around()
        heard = self._surroundings.heard(lead_id)
        seen = await look(self._lofty, kind, lead_id, beside=partial(self._surroundings.hear, heard))
        return seen, await self._surroundings.of(seen.lead, heard)

    def _find_or_add(
        self,
        connection: Connection,
        words: Words,
        seen: Seen,
        destination: Destination | None,
        around: Around,
    ) -> Message:
        now = self._clock.now()
        earlier = journal.drafts(connection, words.account, words.digest)
        if earlier and earlier[0].state is State.PENDING and now >= earlier[0].expires_at:
            journal.step(connection, earlier[0], State.EXPIRED, now=now)
            earlier[0] = journal.fetch(connection, words.account, earlier[0].id)
        waiting = earlier[0] if earlier and earlier[0].state is State.PENDING else None
        findings = judge(connection, words, seen, destination, now=now, this=waiting, around=around)
        if waiting:
            return self._reworded(connection, waiting, words, findings, destination)
        return _standing(earlier, findings, now) or self._add(connection, words, findings, destination, now)

    def _add(
        self,
        connection: Connection,
        words: Words,
        findings: tuple[Finding, ...],
        destination: Destination | None,
        now: datetime,
    ) -> Message:
        waiting = journal.count(connection, words.account, {State.PENDING})
        if waiting >= self._config.max_waiting:
            raise OutboxError(
                f"{waiting} messages already wait for a person, and no more are taken; nothing was sent. "
                "Ask the user to decide on those first (`list_messages`)."
            )
        message_id = journal.new_id()
        message = journal.add(
            connection,
            words,
            message_id=message_id,
            question=self._question(words, message_id, findings, destination),
            findings=findings,
            now=now,
            lifetime=self._config.lifetime,
        )
        return block(connection, message, now)

    def _reworded(
        self,
        connection: Connection,
        message: Message,
        words: Words,
        findings: tuple[Finding, ...],
        destination: Destination | None,
    ) -> Message:
        """Bring a waiting draft's question up to date when what the policy finds, or the lead's name, has changed."""
        now = self._clock.now()
        same = {f.key for f in findings} == {f.key for f in message.findings}
        if same and words.lead_name == message.words.lead_name:
            return message
        journal.refresh(
            connection,
            message,
            now=now,
            detail={"findings": sorted(f.code for f in findings)},
            findings=journal.dump_findings(findings),
            lead_name=words.lead_name,
            question=asked_again(
                self._question(words, message.id, findings, destination), journal.taken_back(connection, message)
            ),
            asked_at=None,
        )
        return block(connection, journal.fetch(connection, words.account, message.id), now)

    def _question(
        self, words: Words, message_id: str, findings: tuple[Finding, ...], destination: Destination | None
    ) -> str:
        label = destination.label if destination else UNSEEN
        return question(words, message_id, findings, label=label, sandbox=self._config.sandbox)


UNSEEN = "the destination that Lofty itself will choose"


def block(connection: Connection, message: Message, now: datetime) -> Message:
    """Block a waiting message if a finding stops it; return it as it is then."""
    if not message.stops:
        return message
    reason = " ".join(f.text for f in message.stops)
    detail = {"stops": [f.code for f in message.stops]}
    journal.step(connection, message, State.BLOCKED, now=now, detail=detail, reason=reason)
    return journal.fetch(connection, message.words.account, message.id)


def _still_there(message: Message) -> bool:
    """Return whether it deletes a note that was seen in Lofty afterwards: nobody reads a second deletion twice."""
    return message.words.kind is Kind.NOTE_DELETION and message.state is State.NOT_SEEN


def _standing(earlier: list[Message], findings: tuple[Finding, ...], now: datetime) -> Message | None:
    """Return the earlier draft that still speaks for these words; None when they may be drafted anew."""
    if not earlier:
        return None
    newest = earlier[0]
    if newest.state is State.APPROVED:
        return newest
    left = next((m for m in earlier if m.state in MAY_HAVE_LEFT and not _still_there(m)), None)
    if left and not (left.state is State.SENT and now - (left.claimed_at or now) >= DAY):
        return left
    noes = [m for m in earlier if m.state is State.REJECTED and now - m.updated_at < DAY]
    if len(noes) >= MAX_NOES:
        return noes[0]
    stops = {f.code for f in findings if f.weight is Weight.STOP}
    if newest.state is State.BLOCKED and stops == {f.code for f in newest.stops}:
        return newest
    return None
