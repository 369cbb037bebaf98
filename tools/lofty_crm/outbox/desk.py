"""The opened outbox: the journal, who may approve what, and what becomes due."""

import json
from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, select

from lofty_crm.api.client import Lofty
from lofty_crm.api.models import Note
from lofty_crm.clock import Clock
from lofty_crm.outbox import audit, export, identity, journal, stopping
from lofty_crm.outbox.config import ApprovalMode, OutboxConfig
from lofty_crm.outbox.dispatch import Dispatcher
from lofty_crm.outbox.drafts import Drafts
from lofty_crm.outbox.message import Approver, Message, OutboxClosedError, OutboxError
from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.reviewing import HOUR
from lofty_crm.outbox.states import WAITING, State
from lofty_crm.outbox.store import Store
from lofty_crm.outbox.tables import kept_notes
from lofty_crm.outbox.upkeep import Upkeep
from lofty_crm.policy.review import POLICY_VERSION

JOURNAL = "outbox.sqlite3"
GRACE = timedelta(seconds=3)
"""The process that took the yes sends; another one steps in only after this."""


class Desk:
    """Where one account's messages are decided on and handed to the dispatcher."""

    def __init__(self, lofty: Lofty, clock: Clock, config: OutboxConfig) -> None:
        self.store = Store(config.folder / JOURNAL, lofty.account)
        try:
            self._owner = Owner(config.folder / "owners")
        except OSError as error:
            self.store.close()
            raise OutboxClosedError(
                f"The folder {config.folder} cannot be used (no room or no permission); nothing can be sent until it "
                "can. Run `lofty-mcp doctor`."
            ) from error
        self._key = lofty.account
        known = self.store.known
        self.is_settled = known is not None
        """Whether it has been decided whose outbox the credential opens."""
        self._account = known or self._key
        self._lofty = lofty
        self._clock = clock
        self._config = config
        self.drafts = Drafts(self.store, lofty, self._account, clock, config)
        self.dispatcher = Dispatcher(
            self.store, lofty, self._account, clock, self._owner, window=config.window, sandbox=config.sandbox
        )
        self.upkeep = Upkeep(
            self.store, lofty, self._account, clock, self._owner, self.dispatcher, keep_words=config.keep_words
        )

    async def settle(self) -> bool:
        """Decide whose outbox the credential opens; return whether it is another one than this."""
        user = None if self.is_settled else await identity.user_of(self._lofty)
        if user is None:
            return False
        now = self._clock.now()
        account = await self.store.run(lambda c: identity.settle(c, self._key, user, now=now))
        self.is_settled = account == self._account
        return not self.is_settled

    async def approve(self, message: Message, *, by: Approver, reason: str) -> bool:
        """Move a message from `pending` to `approved` if it is still what was shown; return whether this yes did it."""
        return await self.store.run(lambda c: self._approve(c, message, by, reason.strip()))

    def _approve(self, connection: Connection, shown: Message, by: Approver, reason: str) -> bool:
        now = self._clock.now()
        account = self._account
        message = journal.fetch(connection, account, shown.id)
        if message.digest != shown.digest:
            raise OutboxError("That is not the message that was shown; nothing was sent.")
        if message.state is not State.PENDING:
            return False
        if stopping.is_stopped(connection, account):
            raise OutboxError("All sending is stopped; nothing was sent. A person has to resume it first.")
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
        accepted = [f.key for f in message.held]
        detail = {
            "by": by,
            "shown": sha256(message.question.encode()).hexdigest(),
            "destination": message.words.destination,
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
            approval_reason=reason,
            reason="",
            not_before=now + (self._config.undo or GRACE),
        )

    def _chat_counts(self, connection: Connection, message: Message, by: Approver) -> bool:
        now = self._clock.now()
        if message.held or message.console_only:
            return False
        if by is Approver.HOST:
            recent = journal.count_approved_since(connection, message.words.account, now - HOUR, by=Approver.HOST)
            return self._config.approval is ApprovalMode.HOST and recent < self._config.host_per_hour
        if self._config.approval is not ApprovalMode.ASK or message.asked_at is None:
            return False
        if self._config.min_reading and now - message.asked_at < self._config.min_reading:
            detail = {"too_fast": True}
            journal.refresh(connection, message, now=now, detail=detail, console_only=True)
            return False
        return True

    async def asked(self, message: Message) -> None:
        """See `Outbox.asked`."""
        now = self._clock.now()
        await self.store.run(lambda c: journal.refresh(c, message, now=now, detail={"asked": "chat"}, asked_at=now))

    async def end(self, message: Message, to: Literal[State.REJECTED, State.CANCELLED], *, by: str) -> Message:
        """Reject or cancel a waiting message; only a cancellation takes back what was approved."""
        now = self._clock.now()

        def finish(connection: Connection) -> Message:
            current = journal.fetch(connection, self._account, message.id)
            if current.state not in WAITING or (to is State.REJECTED and current.state is State.APPROVED):
                return current
            journal.step(connection, current, to, now=now, detail={"by": by})
            return journal.fetch(connection, self._account, message.id)

        return await self.store.run(finish)

    async def get(self, message_id: str) -> Message:
        """Return one message of this account."""
        return await self.store.run(lambda c: journal.fetch(c, self._account, message_id))

    async def listing(self, states: Collection[State], *, lead_id: str, limit: int) -> list[Message]:
        """Return messages of this account, newest first."""
        return await self.store.run(
            lambda c: journal.listing(c, self._account, states=states, lead_id=lead_id, limit=limit)
        )

    async def stop(self, *, by: Approver) -> None:
        """See `Outbox.stop`."""
        now = self._clock.now()
        await self.store.run(lambda c: stopping.stop(c, self._account, by=by, now=now))

    async def resume(self, *, by: Approver) -> None:
        """See `Outbox.resume`."""
        now = self._clock.now()
        await self.store.run(lambda c: stopping.resume(c, self._account, by=by, now=now))

    async def stopped(self) -> bool:
        """See `Outbox.stopped`."""
        return await self.store.run(lambda c: stopping.is_stopped(c, self._account))

    async def audit_verify(self) -> str | None:
        """See `Outbox.audit_verify`."""
        head = audit.mirrored(self.store.head_path)  # before the rows, which may grow meanwhile
        return await self.store.run(lambda c: audit.first_broken(c, head))

    async def audit_export(self) -> list[dict[str, object]]:
        """See `Outbox.audit_export`."""
        return await self.store.run(lambda c: export.records(c, self._account))

    async def keep_note(self, note: Note, *, reason: Literal["update", "delete"]) -> None:
        """See `Outbox.keep_note`."""
        now = self._clock.now()
        await self.store.run(lambda c: journal.keep_note(c, self._account, note, reason=reason, now=now))

    async def kept_notes(self, note_id: str) -> list[str]:
        """See `Outbox.kept_notes`."""
        query = (
            select(kept_notes.c.content)
            .where(kept_notes.c.account == self._account, kept_notes.c.note_id == note_id)
            .order_by(kept_notes.c.id)
        )
        return await self.store.run(lambda c: [str(content) for content in c.execute(query).scalars()])

    async def close(self) -> None:
        """Finish what is under way, begin nothing more, then let go."""
        await self.dispatcher.finish()
        self.store.close()
        self._owner.close()
