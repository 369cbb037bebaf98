"""The outbox: a draft, a person's yes to exactly it, one send, and the truth about it afterwards."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.models import Note
from lofty_crm.clock import Clock
from lofty_crm.outbox.config import ApprovalMode, OutboxConfig
from lofty_crm.outbox.message import Approver, Kind, Message, OutboxError, UnknownMessageError
from lofty_crm.outbox.states import WAITING, State

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

    async def draft(
        self, kind: Kind, *, lead_id: str, body: str = "", subject: str = "", to: str = "", note_id: str = ""
    ) -> Message:
        """Find or write the draft of these exact words to this destination, whatever became of it.

        Raises:
            LoftyError: the lead could not be read; nothing is drafted.
            OutboxError: no such destination or note, or too many drafts wait.
        """
        return await (await self._open()).draft(
            kind, lead_id=lead_id, body=body, subject=subject, to=to, note_id=note_id
        )

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

        A yes counts once: when the message has moved on, its present state is returned and nothing happens.

        Raises:
            OutboxError: this channel may not approve this message.
        """
        desk = await self._open()
        with anyio.CancelScope(shield=True):
            if await desk.approve(message, by=by, reason=reason):
                await desk.dispatcher.send(message.id)
        await desk.dispatcher.settled(message.id)
        return await self.get(message.id)

    async def reject(self, message: Message, *, by: Approver) -> Message:
        """Take a person's no."""
        return await (await self._open()).end(message, State.REJECTED, by=by)

    async def cancel(self, message_id: str) -> Message:
        """Withdraw what is still waiting; what has left, or may have, is returned as it is."""
        message = await self.get(message_id)
        return message if message.state not in WAITING else await (await self._open()).end(message, State.CANCELLED)

    async def get(self, message_id: str) -> Message:
        """Return one message.

        Raises:
            UnknownMessageError: this account has none with that id.
        """
        message = await (await self._open()).get(message_id)
        if message is None:
            raise UnknownMessageError(f"There is no message {message_id} in the outbox. Use `list_messages`.")
        return message

    async def listing(self, states: Collection[State] = (), *, lead_id: str = "", limit: int = 1000) -> list[Message]:
        """Return messages, newest first."""
        return await (await self._open()).listing(states, lead_id=lead_id, limit=limit)

    async def keep_note(self, note: Note, *, reason: Literal["update", "delete"]) -> None:
        """Keep the text of a note that is about to change, for ever."""
        await (await self._open()).keep_note(note, reason=reason)

    async def kept_notes(self, note_id: str) -> list[str]:
        """Return the texts kept of a note, oldest first."""
        return await (await self._open()).kept_notes(note_id)

    async def tick(self) -> None:
        """Do what has become due: mark what dead processes left, expire, send what is approved, reconcile."""
        await (await self._open()).tick()

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
        """Let go of the journal; what is being sent is finished first."""
        if self._desk:
            await self._desk.close()
            self._desk = None

    async def _open(self) -> Desk:
        async with self._opening:
            if self._desk is None:
                from lofty_crm.outbox.desk import Desk  # noqa: PLC0415 -- SQLAlchemy would double the start-up time

                desk = await anyio.to_thread.run_sync(Desk, self._lofty, self._clock, self.config)
                await desk.recover()
                self._desk = desk
        return self._desk
