"""The outbox: a draft, a person's yes to exactly it, one send, and the truth about it afterwards."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.models import Note
from lofty_crm.clock import Clock
from lofty_crm.outbox.config import ApprovalMode, OutboxConfig
from lofty_crm.outbox.message import Approver, Kind, Message, OutboxClosedError, OutboxError
from lofty_crm.outbox.states import State

if TYPE_CHECKING:
    from lofty_crm.outbox.desk import Desk

POLL_S = 2.0
"""How often the background work looks for what another process approved, or for what has become due."""


class Outbox:
    """One account's outbox. It opens its journal when first used, since that costs more than all else at start."""

    def __init__(self, lofty: Lofty, clock: Clock, config: OutboxConfig) -> None:
        self.config = config
        self._lofty = lofty
        self._clock = clock
        self._desk: Desk | None = None
        self._opening = anyio.Lock()
        self._settling = anyio.Lock()
        self._closed = False
        self._deciding: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def draft(
        self, kind: Kind, *, lead_id: str, body: str = "", subject: str = "", to: str = "", note_id: str = ""
    ) -> Message:
        """Find or write the draft of these exact words to this destination, whatever became of it.

        Raises:
            LoftyError: the lead could not be read; nothing is drafted.
            OutboxError: no such destination or note, or too many drafts wait.
        """
        desk = await self._settled()
        return await desk.drafts.draft(kind, lead_id=lead_id, body=body, subject=subject, to=to, note_id=note_id)

    async def again(self, message_id: str, *, by: Approver, reason: str) -> Message:
        """Draft the same words anew after they were sent, or were not seen. Never for a tool: a person decides on it.

        Raises:
            LoftyError: the lead could not be read; nothing is drafted.
            OutboxError: not for this approver, without a reason, or of a message that has not ended so.
        """
        return await (await self._open()).drafts.again(message_id, by=by, reason=reason)

    def may_ask_in_chat(self, message: Message) -> bool:
        """Return whether a yes in the chat would count for this message."""
        return (
            self.config.approval is ApprovalMode.ASK
            and message.state is State.PENDING
            and not message.held
            and not message.console_only
        )

    async def asked(self, message: Message) -> None:
        """Note that a person is being shown the question in the chat; only the first time counts."""
        await (await self._open()).asked(message)

    async def approve(self, message: Message, *, by: Approver, reason: str = "") -> Message:
        """Take a person's yes to `message` exactly as it was shown, send it, and return what came of it.

        With an undo delay it is sent by a later `tick`, of this process or another. A yes counts once: when the
        message has moved on, its present state is returned and nothing happens.

        Raises:
            OutboxError: this channel may not approve this message.
        """
        desk = await self._open()
        end: Message | None = None
        # the second of two yeses waits, and sees what came of the first
        deciding = self._deciding.setdefault(message.id, anyio.Lock())
        with anyio.CancelScope(shield=True):
            async with deciding:
                taken = await desk.approve(message, by=by, reason=reason)
                end = await desk.dispatcher.send(message.id) if taken and not self.config.undo else None
        return end or await self.outcome(message.id)

    async def outcome(self, message_id: str) -> Message:
        """Return one message, once this process is neither taking a yes to it nor sending it."""
        desk = await self._open()
        async with self._deciding.setdefault(message_id, anyio.Lock()):
            await desk.dispatcher.settled(message_id)
        return await self.get(message_id)

    async def reject(self, message: Message, *, by: Approver) -> Message:
        """Take a person's no."""
        return await (await self._open()).end(message, State.REJECTED, by=by.value)

    async def cancel(self, message_id: str, *, by: Approver | None = None) -> Message:
        """Withdraw what is still waiting, `by` a person or, if None, the assistant; else return it as it is."""
        message = await self.get(message_id)
        who = by.value if by else "assistant"
        return await (await self._open()).end(message, State.CANCELLED, by=who)

    async def get(self, message_id: str) -> Message:
        """Return one message.

        Raises:
            UnknownMessageError: this account has none with that id.
        """
        return await (await self._open()).get(message_id)

    async def listing(self, states: Collection[State] = (), *, lead_id: str = "", limit: int = 1000) -> list[Message]:
        """Return messages, newest first."""
        return await (await self._open()).listing(states, lead_id=lead_id, limit=limit)

    async def stop(self, *, by: Approver) -> None:
        """Stop all sending of this account, in every process; approvals that have not been used are taken back."""
        await (await self._open()).stop(by=by)
        await self._settled()  # a credential that has drafted nothing yet stops its user's other ones as well

    async def resume(self, *, by: Approver) -> None:
        """Let messages be approved and sent again; what had been approved before needs a new approval."""
        await (await self._open()).resume(by=by)

    async def stopped(self) -> bool:
        """Return whether all sending is stopped."""
        return await (await self._open()).stopped()

    async def audit_verify(self) -> str | None:
        """Return what is wrong with the first bad row of the audit, or None when all of it holds."""
        return await (await self._open()).audit_verify()

    async def audit_export(self) -> list[dict[str, object]]:
        """Return one record a message, oldest first: what was shown, approved, sent and answered, and by what steps.

        `lofty_crm.outbox.export` writes them as JSON Lines or CSV.
        """
        return await (await self._open()).audit_export()

    async def keep_note(self, note: Note, *, reason: Literal["update", "delete"]) -> None:
        """Keep the text of a note that is about to change, for ever."""
        await (await self._open()).keep_note(note, reason=reason)

    async def kept_notes(self, note_id: str) -> list[str]:
        """Return the texts kept of a note, oldest first."""
        return await (await self._open()).kept_notes(note_id)

    async def tick(self) -> None:
        """Do what has become due: mark what dead processes left, expire, send what is approved, reconcile."""
        await (await self._open()).upkeep.tick()

    async def run(self) -> None:
        """Tick until cancelled; what fails for want of the disk or of Lofty is tried again at the next tick."""
        while True:
            await anyio.sleep(POLL_S)
            try:
                await self.tick()
            except OutboxError:
                continue

    async def settings(self) -> dict[str, str]:
        """Return the journal's own settings as SQLite reports them."""
        return (await self._open()).store.settings

    async def close(self) -> None:
        """Let go of the journal, for good; what is being sent is finished first."""
        self._closed = True
        async with self._opening:
            desk = self._desk
        if desk:
            await desk.close()

    async def _settled(self) -> Desk:
        """Open the outbox that is the user's, once it is decided which that is."""
        desk = await self._open()
        if desk.is_settled:
            return desk
        async with self._settling:
            desk = await self._open()
            if await desk.settle():
                self._desk = None
                await desk.close()
        return await self._open()

    async def _open(self) -> Desk:
        if self._closed and self._desk is None:
            raise OutboxClosedError("The outbox is closed, as this server is stopping; nothing new is sent.")
        async with self._opening:
            if self._desk is None:
                from lofty_crm.outbox.desk import Desk  # noqa: PLC0415 -- SQLAlchemy would double the start-up time

                desk = await anyio.to_thread.run_sync(Desk, self._lofty, self._clock, self.config)
                try:
                    await desk.upkeep.open()
                except BaseException:
                    await desk.close()
                    raise
                self._desk = desk
            return self._desk
