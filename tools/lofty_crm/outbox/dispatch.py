"""One approved message, out once: check freshly, claim on disk, one POST, compare, record."""

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta

import anyio
from sqlalchemy import Connection

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
from lofty_crm.outbox import journal, stopping
from lofty_crm.outbox.drafting import Seen, look, payload, shown_name
from lofty_crm.outbox.drafts import UNSEEN, block
from lofty_crm.outbox.message import Kind, Message, OutboxClosedError, OutboxError
from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.reconcile import FIRST_LOOK
from lofty_crm.outbox.reviewing import judge
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store
from lofty_crm.outbox.wording import question
from lofty_crm.policy.destinations import Destination, ascii_lower
from lofty_crm.policy.verdict import Finding, Weight

MAX_ATTEMPTS = 3
RECONNECT_S = 5.0
LONGEST_PAUSE = timedelta(seconds=30)
"""Between claim and POST: a computer that slept longer finds another hour and another lead."""
TOO_OLD = "the approval is too old; a person has to approve again"


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
        self,
        store: Store,
        lofty: Lofty,
        account: str,
        clock: Clock,
        owner: Owner,
        *,
        window: timedelta,
        sandbox: bool,
    ) -> None:
        self._store = store
        self._lofty = lofty
        self._account = account
        self._clock = clock
        self._owner = owner
        self._window = window
        self._sandbox = sandbox
        self._under_way: dict[str, anyio.Event] = {}
        self._unwritten: dict[str, tuple[Message, Outcome]] = {}
        self._finishing = False

    def is_under_way(self, message_id: str) -> bool:
        """Return whether this process is sending the message at this moment."""
        return message_id in self._under_way

    async def finish(self) -> None:
        """Begin nothing more, and wait until nothing is being sent."""
        self._finishing = True
        for done in list(self._under_way.values()):
            await done.wait()
        with contextlib.suppress(OutboxClosedError):
            await self.write_down()

    async def settled(self, message_id: str) -> None:
        """Wait until this process is not sending the message, which it may never have begun."""
        if running := self._under_way.get(message_id):
            await running.wait()

    async def send(self, message_id: str) -> Message | None:
        """Bring an approved message out; anything else is left as it is.

        The caller's cancellation does not reach in: once claimed, a message is recorded.

        Returns:
            The message as it is then; None when it is being sent already, or nothing more is begun.
        """
        if self._finishing or message_id in self._under_way:
            return None
        done = self._under_way[message_id] = anyio.Event()
        try:
            with anyio.CancelScope(shield=True):
                await self._send(message_id)
                return await self._store.run(lambda c: journal.fetch(c, self._account, message_id))
        finally:
            del self._under_way[message_id]
            done.set()

    async def _send(self, message_id: str) -> None:
        message = await self._store.run(lambda c: journal.fetch(c, self._account, message_id))
        if message.state is not State.APPROVED:
            return None
        words = message.words
        try:
            if self._is_late(message):
                return await self._step_back(message, TOO_OLD)
            seen = await look(self._lofty, words.kind, words.lead_id, words.destination)
        except (RateLimitedError, NotConnectedError) as error:
            return await self._wait(message, error.wait_s if isinstance(error, RateLimitedError) else RECONNECT_S)
        except LoftyError:
            return await self._step_back(message, "the lead could not be checked just before sending")
        except OutboxError:
            seen = None
        claimed = await self._store.run(lambda c: self._claim(c, message, seen))
        if claimed:
            await self._record(claimed, await self._post(claimed))
        return None

    def _is_late(self, message: Message) -> bool:
        # a clock that was set back must not make a yes last for ever
        return abs(self._clock.now() - (message.approved_at or message.created_at)) >= self._window

    def _claim(self, connection: Connection, shown: Message, seen: Seen | None) -> Message | None:
        """Judge once more and take the message, in one transaction; None when it may not leave."""
        now = self._clock.now()
        words = shown.words
        message = journal.fetch(connection, words.account, shown.id)
        if message != shown:
            return None
        if stopping.is_stopped(connection, words.account):
            back = "all sending is stopped"
            journal.step(connection, message, State.PENDING, now=now, detail={"reason": back}, reason=back)
            return None
        if self._is_late(message):
            journal.step(connection, message, State.PENDING, now=now, detail={"reason": TOO_OLD}, reason=TOO_OLD)
            return None
        destination = next((d for d in seen.destinations if d.value == words.destination), None) if seen else None
        changes = _changes(message, seen, destination)
        if changes or seen is None:
            return self._look_again(connection, message, seen, destination, changes)
        findings = judge(connection, words, seen, destination, now=now, this=message)
        doubts = [f for f in findings if f.weight is Weight.STOP or _is_new_hold(f, message)]
        if doubts or (seen.lead is not None and shown_name(seen.lead, words.lead_id) != words.lead_name):
            return self._look_again(connection, message, seen, destination, findings)
        values = {
            "claimed_by": self._owner.id,
            "claimed_at": now,
            "attempts": message.attempts + 1,
            "watermark": seen.watermark,
        }
        detail = {"owner": self._owner.id, "destination": words.destination, "attempt": message.attempts + 1}
        journal.step(connection, message, State.SENDING, now=now, detail=detail, **values)
        if seen.note:
            journal.keep_note(connection, words.account, seen.note, reason="delete", now=now)
        return journal.fetch(connection, words.account, message.id)

    def _look_again(
        self,
        connection: Connection,
        message: Message,
        seen: Seen | None,
        destination: Destination | None,
        findings: tuple[Finding, ...],
    ) -> None:
        """Put an approved message before a person again as it now stands, or block it if something stops it."""
        now = self._clock.now()
        words = message.words
        name = shown_name(seen.lead, words.lead_id) if seen and seen.lead else words.lead_name
        label = destination.label if destination else UNSEEN
        fresh = question(replace(words, lead_name=name), message.id, findings, label=label, sandbox=self._sandbox)
        reason = "something changed since the approval; a person has to look again"
        journal.step(
            connection,
            message,
            State.PENDING,
            now=now,
            detail={"findings": [f.code for f in findings]},
            reason=reason,
            question=fresh,
            lead_name=name,
            findings=journal.dump_findings(findings),
        )
        block(connection, journal.fetch(connection, words.account, message.id), now)

    async def _post(self, message: Message) -> Outcome:
        """Make the one request, and say what its end proves."""
        words = message.words
        if abs(self._clock.now() - (message.claimed_at or message.updated_at)) > LONGEST_PAUSE:
            return Outcome(State.APPROVED, "this computer slept just before sending; nothing was sent")
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
            return Outcome(State.FAILED, f"Lofty refused{f' (code {error.code})' if error.code else ''}: {error}")
        except LoftyFailedError:
            return Outcome(State.UNKNOWN, "no answer that proves anything came back from Lofty")
        if not receipt.destination and words.destination:
            return Outcome(State.UNKNOWN, "Lofty took it without saying which destination it used", receipt=receipt)
        if words.destination and ascii_lower(receipt.destination) != ascii_lower(words.destination):
            return Outcome(State.MISMATCH, "Lofty used another destination than the approved one", receipt=receipt)
        return Outcome(State.SENT, "", receipt=receipt)

    async def _record(self, message: Message, outcome: Outcome) -> None:
        """Write down what happened; while the disk does not take it, it is kept and tried again."""
        if outcome.state is State.APPROVED and message.attempts >= MAX_ATTEMPTS:
            outcome = Outcome(State.FAILED, f"{outcome.reason} after {MAX_ATTEMPTS} tries")
        self._unwritten[message.id] = (message, outcome)
        try:
            await self.write_down()
        except OutboxClosedError as error:
            left = outcome.state in {State.SENT, State.UNKNOWN, State.MISMATCH}
            what = "was handed to Lofty: treat it as sent and do not send it again" if left else "was not sent"
            raise OutboxError(
                f"Message {message.id} {what}. The outcome could not be written down yet (disk full, read-only or "
                "locked). Run `lofty-mcp doctor`."
            ) from error

    async def write_down(self) -> None:
        """Record the outcomes that the disk did not take when they came.

        Raises:
            OutboxClosedError: it still does not.
        """
        for message_id, (message, outcome) in list(self._unwritten.items()):
            await self._store.run(lambda c, m=message, o=outcome: self._write(c, m, o))
            self._unwritten.pop(message_id, None)

    def _write(self, connection: Connection, message: Message, outcome: Outcome) -> None:
        now = self._clock.now()
        current = journal.fetch(connection, message.words.account, message.id)
        values: dict[str, object] = {"reason": outcome.reason}
        detail: dict[str, object] = {"reason": outcome.reason}
        if outcome.receipt:
            values |= {
                "lofty_message_id": outcome.receipt.message_id,
                "lofty_destination": outcome.receipt.destination,
            }
            detail |= {"lofty_message_id": outcome.receipt.message_id, "destination": outcome.receipt.destination}
        if outcome.state is State.SENT:
            values |= {"evidence": f"answer:{message.id}"}
        if outcome.state is State.APPROVED:
            values |= {"not_before": now + timedelta(seconds=outcome.wait_s), "claimed_by": None, "claimed_at": None}
        if outcome.state is State.UNKNOWN:
            values |= {"not_before": now + FIRST_LOOK}
        if current.state is State.SENDING or (current.state, outcome.state) == (State.UNKNOWN, State.SENT):
            journal.step(connection, current, outcome.state, now=now, detail=detail, **values)
        else:
            detail |= {"state": current.state, "outcome": outcome.state}
            journal.note(connection, message.words.account, message.id, "late_outcome", now, detail)

    async def _wait(self, message: Message, wait_s: float) -> None:
        now = self._clock.now()
        values = {"not_before": now + timedelta(seconds=wait_s), "reason": "Lofty could not be asked yet"}
        detail = {"waits_s": wait_s}
        await self._store.run(lambda c: journal.refresh(c, message, now=now, detail=detail, **values))

    async def _step_back(self, message: Message, reason: str) -> None:
        now = self._clock.now()
        detail = {"reason": reason}
        await self._store.run(lambda c: journal.step(c, message, State.PENDING, now=now, reason=reason, detail=detail))


def _changes(message: Message, seen: Seen | None, destination: Destination | None) -> tuple[Finding, ...]:
    """Return what makes the approved bytes the wrong ones now."""
    words = message.words
    if words.kind is Kind.NOTE_DELETION:
        if seen is None or seen.note is None:
            return (_stop("note_gone", "The note is not among the lead's notes any more.", "Nothing is left to do."),)
        if seen.note.content != words.body:
            return (_stop("note_changed", "The note has changed since it was shown.", "Read it, then ask again."),)
    elif seen and destination is None and (words.destination or seen.lead is not None):
        what = "The lead's record does not show the approved destination now."
        return (_stop("destination_changed", what, "Write the message again, to a destination that the lead has now."),)
    composed = payload(
        words.kind, lead_id=words.lead_id, destination=words.destination, body=words.body, subject=words.subject
    )
    if composed != words.payload or words.digest != message.digest:
        return (_stop("words_changed", "What would be sent is not what was approved.", "Write the message again."),)
    return ()


def _stop(code: str, text: str, advice: str) -> Finding:
    return Finding(code, Weight.STOP, text, advice)


def _is_new_hold(finding: Finding, message: Message) -> bool:
    return finding.weight is Weight.HELD and finding.key not in message.accepted
