"""One approved message, out once: check freshly, claim on disk, one POST, compare, record."""

from dataclasses import dataclass, replace
from datetime import timedelta

import anyio
from sqlalchemy import Connection, insert

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import (
    ConnectionSetupError,
    LoftyError,
    LoftyFailedError,
    NotConnectedError,
    RateLimitedError,
    RefusedError,
)
from lofty_crm.api.models import Channel, SendReceipt
from lofty_crm.clock import Clock
from lofty_crm.outbox import journal
from lofty_crm.outbox.drafting import Seen, look, payload, shown_name
from lofty_crm.outbox.message import Kind, Message, OutboxClosedError, OutboxError
from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.reviewing import judge
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store, kept_notes
from lofty_crm.outbox.wording import question
from lofty_crm.policy.verdict import Finding, Weight

MAX_ATTEMPTS = 3
RECONNECT_S = 5.0


@dataclass(frozen=True)
class Outcome:
    """Where a POST has brought a message."""

    state: State
    reason: str
    wait_s: float = 0.0
    receipt: SendReceipt | None = None


class Dispatcher:
    """Sends approved messages of one account; the claim in the journal makes it safe beside others."""

    def __init__(
        self, store: Store, lofty: Lofty, clock: Clock, owner: Owner, *, window: timedelta, sandbox: bool
    ) -> None:
        self._store = store
        self._lofty = lofty
        self._clock = clock
        self._owner = owner
        self._window = window
        self._sandbox = sandbox
        self._under_way: dict[str, anyio.Event] = {}

    def is_under_way(self, message_id: str) -> bool:
        """Return whether this process is sending the message at this moment."""
        return message_id in self._under_way

    async def finish(self) -> None:
        """Wait until nothing is being sent."""
        for done in list(self._under_way.values()):
            await done.wait()

    async def settled(self, message_id: str) -> None:
        """Wait until this process is not sending the message, which it may never have begun."""
        if running := self._under_way.get(message_id):
            await running.wait()

    async def send(self, message_id: str) -> None:
        """Bring an approved message out; anything else is left as it is.

        The caller's cancellation does not reach in: once claimed, a message is recorded.
        """
        if message_id in self._under_way:
            return await self.settled(message_id)
        done = self._under_way[message_id] = anyio.Event()
        try:
            with anyio.CancelScope(shield=True):
                await self._send(message_id)
        finally:
            del self._under_way[message_id]
            done.set()
        return None

    async def _send(self, message_id: str) -> None:
        account = self._lofty.account
        message = await self._store.run(lambda c: journal.get(c, account, message_id))
        if message is None or message.state is not State.APPROVED or message.approved_at is None:
            return
        if self._clock.now() - message.approved_at >= self._window:
            await self._step_back(message, "the approval is too old; a person has to approve again")
            return
        words = message.words
        try:
            seen = await look(self._lofty, words.kind, words.lead_id, words.destination)
        except (RateLimitedError, NotConnectedError) as error:
            await self._wait(message, error.wait_s if isinstance(error, RateLimitedError) else RECONNECT_S)
        except (LoftyError, OutboxError):
            await self._step_back(message, "the lead could not be checked just before sending")
        else:
            claimed = await self._store.run(lambda c: self._claim(c, message, seen))
            if claimed:
                await self._record(claimed, await self._post(claimed))

    def _claim(self, connection: Connection, message: Message, seen: Seen) -> Message | None:
        """Judge once more and take the message, in one transaction; None when it may not leave."""
        now = self._clock.now()
        words = message.words
        destination = next((d for d in seen.destinations if d.value == words.destination), None)
        held: tuple[Finding, ...] = ()
        if seen.lead is not None and destination is None and words.kind is not Kind.NOTE_DELETION:
            stop = "destination_changed: the lead's record no longer has this destination"
        elif not self._is_intact(message, seen):
            stop = "words_changed: what would be sent is not what was approved"
        else:
            findings = judge(connection, words, seen, destination, now=now, this=message)
            stop = "; ".join(f"{f.code}: {f.text}" for f in findings if f.weight is Weight.STOP)
            held = tuple(f for f in findings if f.weight is Weight.HELD and f.code not in message.accepted)
            if not stop and not held and not self._is_renamed(message, seen):
                values = {
                    "claimed_by": self._owner.id,
                    "claimed_at": now,
                    "attempts": message.attempts + 1,
                    "watermark": seen.watermark,
                }
                detail = {"owner": self._owner.id, "destination": words.destination, "attempt": message.attempts + 1}
                if not journal.step(connection, message, State.SENDING, now=now, detail=detail, **values):
                    return None
                if seen.note:
                    _keep(connection, message, seen, self._clock)
                return journal.get(connection, words.account, message.id)
            if not stop:
                label = destination.label if destination else "the number Lofty has"
                name = shown_name(seen.lead, words.lead_id)
                renamed = replace(words, lead_name=name)
                fresh = question(renamed, message.id, findings, label=label, sandbox=self._sandbox)
                journal.step(
                    connection,
                    message,
                    State.PENDING,
                    now=now,
                    detail={"held": [f.code for f in held]},
                    reason="something changed since the approval; a person has to look again",
                    question=fresh,
                    lead_name=name,
                    findings=journal.dump_findings(findings),
                )
                return None
        if journal.step(connection, message, State.PENDING, now=now, reason=stop):
            back = journal.get(connection, words.account, message.id)
            if back:
                journal.step(connection, back, State.BLOCKED, now=now, detail={"why": stop.split(":")[0]}, reason=stop)
        return None

    def _is_intact(self, message: Message, seen: Seen) -> bool:
        words = message.words
        if words.kind is Kind.NOTE_DELETION and (seen.note is None or seen.note.content != words.body):
            return False
        composed = payload(
            words.kind,
            lead_id=words.lead_id,
            destination=words.destination,
            body=words.body,
            subject=words.subject,
        )
        return composed == words.payload and words.digest == message.digest

    @staticmethod
    def _is_renamed(message: Message, seen: Seen) -> bool:
        return seen.lead is not None and shown_name(seen.lead, message.words.lead_id) != message.words.lead_name

    async def _post(self, message: Message) -> Outcome:
        """Make the one request, and say what its end proves."""
        words = message.words
        try:
            if words.kind is Kind.NOTE_DELETION:
                await self._lofty.delete_note(words.destination)
                return Outcome(State.SENT, "")
            receipt = await self._lofty.post_message(Channel(words.kind), words.payload)
        except NotConnectedError:
            return Outcome(State.APPROVED, "Lofty could not be reached; nothing was sent", RECONNECT_S)
        except RateLimitedError as error:
            return Outcome(State.APPROVED, "Lofty's rate limit was reached; nothing was sent", error.wait_s)
        except (RefusedError, ConnectionSetupError) as error:
            return Outcome(State.FAILED, f"Lofty refused: {error}")
        except LoftyFailedError:
            return Outcome(State.UNKNOWN, "no answer that proves anything came back from Lofty")
        if words.destination and receipt.destination.casefold() != words.destination.casefold():
            return Outcome(State.MISMATCH, "Lofty used another destination than the approved one", receipt=receipt)
        return Outcome(State.SENT, "", receipt=receipt)

    async def _record(self, message: Message, outcome: Outcome) -> None:
        """Write down what happened; twice if need be, since by now the message may be out."""
        if outcome.state is State.APPROVED and message.attempts >= MAX_ATTEMPTS:
            outcome = Outcome(State.FAILED, f"{outcome.reason} after {MAX_ATTEMPTS} tries")
        try:
            await self._store.run(lambda c: self._write(c, message, outcome))
        except OutboxClosedError:
            try:
                await self._store.run(lambda c: self._write(c, message, outcome))
            except OutboxClosedError as error:
                raise OutboxError(
                    f"Message {message.id} was handed to Lofty, but the outcome could not be written down: "
                    "treat it as sent and do not send it again. Run `lofty-mcp doctor`."
                ) from error

    def _write(self, connection: Connection, message: Message, outcome: Outcome) -> None:
        now = self._clock.now()
        current = journal.get(connection, message.words.account, message.id)
        if current is None or current.state not in {State.SENDING, State.UNKNOWN}:
            return
        if current.state is State.UNKNOWN and outcome.state is not State.SENT:
            return
        values: dict[str, object] = {"reason": outcome.reason}
        detail: dict[str, object] = {"reason": outcome.reason}
        if outcome.state is State.APPROVED:
            values |= {"not_before": now + timedelta(seconds=outcome.wait_s), "claimed_by": None, "claimed_at": None}
        if outcome.receipt:
            values |= {
                "lofty_message_id": outcome.receipt.message_id,
                "lofty_destination": outcome.receipt.destination,
                "evidence": f"answer:{message.id}",
            }
            detail |= {"lofty_message_id": outcome.receipt.message_id, "destination": outcome.receipt.destination}
        journal.step(connection, current, outcome.state, now=now, detail=detail, **values)

    async def _wait(self, message: Message, wait_s: float) -> None:
        now = self._clock.now()
        values = {"not_before": now + timedelta(seconds=wait_s), "reason": "Lofty could not be asked yet"}
        detail = {"waits_s": wait_s}
        await self._store.run(lambda c: journal.refresh(c, message, now=now, detail=detail, **values))

    async def _step_back(self, message: Message, reason: str) -> None:
        now = self._clock.now()
        detail = {"reason": reason}
        await self._store.run(lambda c: journal.step(c, message, State.PENDING, now=now, reason=reason, detail=detail))


def _keep(connection: Connection, message: Message, seen: Seen, clock: Clock) -> None:
    note = seen.note
    assert note is not None  # noqa: S101 -- the caller looked
    connection.execute(
        insert(kept_notes).values(
            account=message.words.account,
            lead_id=message.words.lead_id,
            note_id=note.id,
            content=note.content,
            pinned=note.pinned,
            reason="delete",
            kept_at=clock.now(),
        )
    )
