"""The opened outbox: the journal, who may approve what, and what becomes due."""

import json
from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import Literal

import anyio
from sqlalchemy import Connection, insert, select

from lofty_crm.api.client import Lofty
from lofty_crm.api.models import Note
from lofty_crm.clock import Clock
from lofty_crm.outbox import journal
from lofty_crm.outbox.config import ApprovalMode, OutboxConfig
from lofty_crm.outbox.dispatch import Dispatcher
from lofty_crm.outbox.drafting import Seen, choose, compose, look
from lofty_crm.outbox.message import Approver, Kind, Message, OutboxError, Words
from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.reconcile import reconcile
from lofty_crm.outbox.reviewing import DAY, HOUR, judge
from lofty_crm.outbox.states import WAITING, State
from lofty_crm.outbox.store import Store, kept_notes
from lofty_crm.outbox.wording import question
from lofty_crm.policy.destinations import Destination
from lofty_crm.policy.review import POLICY_VERSION
from lofty_crm.policy.verdict import Finding, Weight

JOURNAL = "outbox.sqlite3"
GRACE = timedelta(seconds=3)
"""The process that took the yes sends; another one steps in only after this."""
MAX_NOES = 3
"""After so many noes in a day the same words are not asked about again."""


class Desk:
    """Where one account's messages are drafted, decided and handed to the dispatcher."""

    def __init__(self, lofty: Lofty, clock: Clock, config: OutboxConfig) -> None:
        self.store = Store(config.folder / JOURNAL)
        self._owner = Owner(config.folder / "owners")
        self._lofty = lofty
        self._clock = clock
        self._config = config
        self.dispatcher = Dispatcher(
            self.store, lofty, clock, self._owner, window=config.window, sandbox=config.sandbox
        )

    async def draft(self, kind: Kind, *, lead_id: str, body: str, subject: str, to: str, note_id: str) -> Message:
        """See `Outbox.draft`."""
        seen = await look(self._lofty, kind, lead_id, note_id)
        destination = choose(seen, kind, lead_id, to)
        words = compose(
            self._lofty.account,
            kind,
            lead_id=lead_id,
            seen=seen,
            destination=destination,
            body=body,
            subject=subject,
        )
        return await self.store.run(lambda c: self._find_or_add(c, words, seen, destination))

    def _find_or_add(
        self, connection: Connection, words: Words, seen: Seen, destination: Destination | None
    ) -> Message:
        now = self._clock.now()
        existing = journal.latest(connection, words.account, words.digest)
        if existing and existing.state is State.PENDING and now >= existing.expires_at:
            journal.step(connection, existing, State.EXPIRED, now=now)
            existing = journal.get(connection, words.account, existing.id)
        findings = judge(connection, words, seen, destination, now=now, this=existing)
        if existing and not self._may_begin_again(connection, existing, findings):
            if existing.state is State.PENDING:
                return self._reworded(connection, existing, words, findings, destination)
            return existing
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
        if message.stops:
            codes = [f.code for f in message.stops]
            reason = "; ".join(f.text for f in message.stops)
            journal.step(connection, message, State.BLOCKED, now=now, detail={"stops": codes}, reason=reason)
        return journal.get(connection, words.account, message_id) or message

    def _may_begin_again(self, connection: Connection, message: Message, findings: tuple[Finding, ...]) -> bool:
        """Return whether the same words may be drafted anew, the last draft of them having ended."""
        now = self._clock.now()
        match message.state:
            case State.EXPIRED | State.CANCELLED | State.FAILED:
                return True
            case State.BLOCKED:
                return {f.code for f in message.stops} != {f.code for f in findings if f.weight is Weight.STOP}
            case State.REJECTED:
                noes = [
                    m
                    for m in journal.listing(connection, message.words.account, states={State.REJECTED})
                    if m.digest == message.digest and now - m.updated_at < DAY
                ]
                return len(noes) < MAX_NOES
            case State.SENT:
                return now - (message.claimed_at or now) >= DAY
            case _:
                return False

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
        same = {f.code for f in findings} == {f.code for f in message.findings}
        if same and words.lead_name == message.words.lead_name:
            return message
        journal.refresh(
            connection,
            message,
            now=now,
            detail={"findings": sorted(f.code for f in findings)},
            findings=journal.dump_findings(findings),
            lead_name=words.lead_name,
            question=self._question(words, message.id, findings, destination),
        )
        fresh = journal.get(connection, words.account, message.id) or message
        if fresh.stops:
            reason = "; ".join(f.text for f in fresh.stops)
            codes = [f.code for f in fresh.stops]
            journal.step(connection, fresh, State.BLOCKED, now=now, detail={"stops": codes}, reason=reason)
        return journal.get(connection, words.account, message.id) or message

    def _question(
        self, words: Words, message_id: str, findings: tuple[Finding, ...], destination: Destination | None
    ) -> str:
        label = destination.label if destination else "the destination that Lofty itself will choose"
        return question(words, message_id, findings, label=label, sandbox=self._config.sandbox)

    async def asked(self, message: Message) -> None:
        """See `Outbox.asked`."""
        if message.asked_at is None:
            now = self._clock.now()
            await self.store.run(lambda c: journal.refresh(c, message, now=now, detail={"asked": "chat"}, asked_at=now))

    async def approve(self, message: Message, *, by: Approver, reason: str) -> bool:
        """Move a message from `pending` to `approved` if it is still what was shown; return whether this yes did it."""
        return await self.store.run(lambda c: self._approve(c, message, by, reason.strip()))

    def _approve(self, connection: Connection, shown: Message, by: Approver, reason: str) -> bool:
        now = self._clock.now()
        account = self._lofty.account
        message = journal.get(connection, account, shown.id)
        if message is None or message.digest != shown.digest:
            raise OutboxError("That is not the message that was shown; nothing was sent.")
        if message.state is not State.PENDING:
            return False
        if now >= message.expires_at:
            journal.step(connection, message, State.EXPIRED, now=now)
            return False
        if message.question != shown.question:
            journal.note(connection, account, message.id, "stale_yes", now, {"by": by})
            return False
        if by in {Approver.CHAT, Approver.HOST} and not self._chat_counts(connection, message, by):
            journal.note(connection, account, message.id, "yes_not_counted", now, {"by": by})
            return False
        if message.held and not reason:
            raise OutboxError("This message is held: it needs a reason. Nothing was sent.")
        accepted = [f.code for f in message.held]
        detail = {
            "by": by,
            "shown": sha256(message.question.encode()).hexdigest(),
            "accepted": accepted,
            "warnings": [f.code for f in message.warnings],
            "policy": POLICY_VERSION,
        }
        return journal.step(
            connection,
            message,
            State.APPROVED,
            now=now,
            detail=detail,
            approved_at=now,
            approved_by=by,
            accepted=json.dumps(accepted),
            reason=reason,
            not_before=now + GRACE,
        )

    def _chat_counts(self, connection: Connection, message: Message, by: Approver) -> bool:
        now = self._clock.now()
        if message.held or message.console_only:
            return False
        if by is Approver.HOST:
            recent = journal.count_left_since(connection, message.words.account, now - HOUR)
            return self._config.approval is ApprovalMode.HOST and recent < self._config.host_per_hour
        if self._config.approval is not ApprovalMode.ASK or message.asked_at is None:
            return False
        if now - message.asked_at < self._config.min_reading:
            detail = {"too_fast": True}
            journal.refresh(connection, message, now=now, detail=detail, console_only=True)
            return False
        return True

    async def end(self, message: Message, to: State, *, by: Approver | None = None) -> Message:
        """Reject or cancel a waiting message."""
        now = self._clock.now()
        account = self._lofty.account

        def finish(connection: Connection) -> Message:
            current = journal.get(connection, account, message.id) or message
            if to is State.REJECTED and current.state is State.APPROVED:
                return current
            if current.state in WAITING:
                journal.step(connection, current, to, now=now, detail={"by": by or "assistant"})
            return journal.get(connection, account, message.id) or current

        return await self.store.run(finish)

    async def get(self, message_id: str) -> Message | None:
        """Return one message of this account."""
        return await self.store.run(lambda c: journal.get(c, self._lofty.account, message_id))

    async def listing(self, states: Collection[State], *, lead_id: str, limit: int) -> list[Message]:
        """Return messages of this account, newest first."""
        return await self.store.run(
            lambda c: journal.listing(c, self._lofty.account, states=states, lead_id=lead_id, limit=limit)
        )

    async def keep_note(self, note: Note, *, reason: Literal["update", "delete"]) -> None:
        """See `Outbox.keep_note`."""
        row = {
            "account": self._lofty.account,
            "lead_id": note.lead_id,
            "note_id": note.id,
            "content": note.content,
            "pinned": note.pinned,
            "reason": reason,
            "kept_at": self._clock.now(),
        }
        await self.store.run(lambda c: c.execute(insert(kept_notes).values(**row)))

    async def kept_notes(self, note_id: str) -> list[str]:
        """See `Outbox.kept_notes`."""
        query = (
            select(kept_notes.c.content)
            .where(kept_notes.c.account == self._lofty.account, kept_notes.c.note_id == note_id)
            .order_by(kept_notes.c.id)
        )
        return await self.store.run(lambda c: [str(content) for content in c.execute(query).scalars()])

    async def recover(self) -> None:
        """Mark as unknown whatever a process that is gone was sending: nobody can say whether it went out."""
        now = self._clock.now()

        def mark(connection: Connection) -> None:
            for message in journal.listing(connection, self._lofty.account, states={State.SENDING}):
                mine = message.claimed_by == self._owner.id
                alive = self.dispatcher.is_under_way(message.id) if mine else self._owner.is_alive(message.claimed_by)
                if not alive:
                    reason = "the process that was sending it ended before it could record the outcome"
                    detail = {"owner": message.claimed_by}
                    journal.step(connection, message, State.UNKNOWN, now=now, detail=detail, reason=reason)

        await self.store.run(mark)
        await anyio.to_thread.run_sync(self._owner.sweep)

    async def tick(self) -> None:
        """See `Outbox.tick`."""
        await self.recover()
        now = self._clock.now()
        for message in await self.listing({State.PENDING, State.APPROVED, State.UNKNOWN}, lead_id="", limit=1000):
            if message.state is State.PENDING and now >= message.expires_at:
                await self.end(message, State.EXPIRED)
            elif message.state is State.APPROVED and now >= (message.not_before or now):
                await self.dispatcher.send(message.id)
            elif message.state is State.UNKNOWN:
                await reconcile(self.store, self._lofty, self._clock, message)

    async def close(self) -> None:
        """Finish what is under way, then let go."""
        await self.dispatcher.finish()
        self.store.close()
        self._owner.close()
