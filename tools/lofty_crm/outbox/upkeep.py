"""What becomes due by itself: the marks of the dead, expiry, approved messages, evidence, forgetting words."""

from datetime import datetime, timedelta

import anyio.to_thread
from sqlalchemy import Connection, update

from lofty_crm.api.client import Lofty
from lofty_crm.clock import Clock
from lofty_crm.outbox import audit, journal, stopping
from lofty_crm.outbox.dispatch import Dispatcher
from lofty_crm.outbox.message import Message
from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.reconcile import Reconciler
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store
from lofty_crm.outbox.tables import messages
from lofty_crm.policy.verdict import Finding

DIED = "the process that was sending it ended before it could record the outcome"


class Upkeep:
    """One account's upkeep, done by every process that lives; the journal keeps them apart."""

    def __init__(
        self,
        store: Store,
        lofty: Lofty,
        account: str,
        clock: Clock,
        owner: Owner,
        dispatcher: Dispatcher,
        *,
        keep_words: timedelta | None,
    ) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._owner = owner
        self._dispatcher = dispatcher
        self._reconciler = Reconciler(store, lofty, account, clock)
        self._keep_words = keep_words

    async def open(self) -> None:
        """Do what an opened journal needs first: notice that it is an older copy, and mark what the dead left."""
        head = audit.mirrored(self._store.head_path)
        if head:
            await self._store.run(lambda c: self._notice_older_copy(c, head))
        await self.recover()

    def _notice_older_copy(self, connection: Connection, head: audit.Head) -> None:
        if audit.holds(connection, head):
            return
        now = self._clock.now()
        detail = {"lost_seq": head.seq, "lost_hash": head.hash}
        journal.note(connection, self._account, "", audit.OLDER_COPY, now, detail)
        reason = "the outbox was put back from an older copy: look in Lofty whether this went out already"
        for account in journal.accounts(connection):  # the next one to open the file finds nothing to notice
            stopping.step_back_all(connection, account, now=now, reason=reason)
            for message in journal.listing(connection, account, states={State.PENDING}):
                journal.refresh(connection, message, now=now, detail=detail, reason=reason, console_only=True)

    async def recover(self) -> None:
        """Mark as unknown whatever a process that is gone was sending: nobody can say whether it went out."""
        await self._store.run(self._mark_the_dead)
        await anyio.to_thread.run_sync(self._owner.sweep)

    def _mark_the_dead(self, connection: Connection) -> None:
        now = self._clock.now()
        for message in journal.listing(connection, self._account, states={State.SENDING}):
            mine = message.claimed_by == self._owner.id
            alive = self._dispatcher.is_under_way(message.id) if mine else self._owner.is_alive(message.claimed_by)
            if not alive:
                detail = {"owner": message.claimed_by}
                journal.step(connection, message, State.UNKNOWN, now=now, detail=detail, reason=DIED, not_before=None)

    async def tick(self) -> None:
        """See `Outbox.tick`."""
        await self._dispatcher.write_down()
        await self.recover()
        now = self._clock.now()
        for message in await self._store.run(self._due):
            if message.state is State.PENDING:
                await self._store.run(lambda c, m=message: journal.step(c, m, State.EXPIRED, now=now))
            elif message.state is State.APPROVED:
                await self._dispatcher.send(message.id)
            else:
                await self._reconciler.reconcile(message)
        if self._keep_words is not None:
            before = now - self._keep_words
            await self._store.run(lambda c: self._forget_words(c, before))

    def _due(self, connection: Connection) -> list[Message]:
        now = self._clock.now()
        waiting = journal.listing(
            connection, self._account, states={State.PENDING, State.APPROVED, State.UNKNOWN}, limit=1000
        )
        return [m for m in waiting if now >= (m.expires_at if m.state is State.PENDING else m.not_before or now)]

    def _forget_words(self, connection: Connection, before: datetime) -> None:
        """Leave a message its digest, its destination and its history, but none of its words."""
        now = self._clock.now()
        for message in journal.ended_before(connection, self._account, before):
            bare = tuple(Finding(f.code, f.weight, "") for f in message.findings)
            connection.execute(
                update(messages)
                .where(messages.c.id == message.id, messages.c.account == self._account)
                .values(
                    lead_name="",
                    body="",
                    subject="",
                    payload=b"",
                    question="",
                    approval_reason="",
                    reason="",
                    findings=journal.dump_findings(bare),
                )
            )
            journal.note(connection, self._account, message.id, "words_forgotten", now, {"digest": message.digest})
