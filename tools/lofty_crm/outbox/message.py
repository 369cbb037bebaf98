"""A message in the outbox, and how its identity follows from what a person is shown."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lofty_crm.outbox.states import State
from lofty_crm.policy.verdict import Finding, Weight


class Kind(StrEnum):
    """What happens when the message leaves."""

    SMS = "sms"
    EMAIL = "email"
    NOTE_DELETION = "note_deletion"

    @property
    def done(self) -> str:
        """What has been done when it has left."""
        return "deleted" if self is Kind.NOTE_DELETION else "sent"


class Approver(StrEnum):
    """By what channel a person said yes or no."""

    CHAT = "chat"
    TERMINAL = "terminal"
    PAGE = "page"
    HOST = "host"
    """The operator trusts the host's own prompt; nobody was asked by us."""


@dataclass(frozen=True)
class Words:
    """What is to leave, in the form that a person reads, and the bytes that say it to Lofty."""

    account: str
    kind: Kind
    lead_id: str
    lead_name: str
    destination_id: str
    destination: str
    """E.164 or address; empty where Lofty itself chooses; a note's id for a deletion."""
    body: str
    subject: str
    payload: bytes

    @property
    def digest(self) -> str:
        """SHA-256 over all that a yes is a yes to, as 64 hex digits."""
        parts = [self.account, self.kind, self.lead_id, self.destination, self.subject, self.body]
        framed = json.dumps(parts, ensure_ascii=True).encode() + b"\0" + self.payload
        return hashlib.sha256(framed).hexdigest()


@dataclass(frozen=True)
class Message:
    """One row of the outbox."""

    id: str
    words: Words
    digest: str
    generation: int
    """1 for the first draft of these words; more when the earlier ones ended without leaving."""
    state: State
    question: str
    """Exactly what a person is shown; part of what the yes is bound to."""
    findings: tuple[Finding, ...]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    asked_at: datetime | None = None
    """When a person was first shown the question in the chat."""
    console_only: bool = False
    """True when the chat may no longer ask for this one."""
    approved_at: datetime | None = None
    approved_by: Approver | None = None
    accepted: tuple[str, ...] = ()
    """Codes of held findings that the approver accepted with a reason."""
    approval_reason: str = ""
    """What the approver typed."""
    reason: str = ""
    """Why the message is in the state that it is in, where there is more to say."""
    attempts: int = 0
    not_before: datetime | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    watermark: str | None = None
    """The newest id in Lofty's history of this lead before the claim."""
    lofty_message_id: str | None = None
    lofty_destination: str | None = None
    evidence: str | None = None
    """What shows that it was sent: `answer`, or the row of Lofty's history."""

    @property
    def held(self) -> tuple[Finding, ...]:
        """Findings that only a person on the page or at a terminal may accept."""
        return tuple(f for f in self.findings if f.weight is Weight.HELD)

    @property
    def stops(self) -> tuple[Finding, ...]:
        """Findings that no approval lifts."""
        return tuple(f for f in self.findings if f.weight is Weight.STOP)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that the person is shown."""
        return tuple(f for f in self.findings if f.weight is Weight.WARNING)


class OutboxError(Exception):
    """The outbox cannot do what was asked; its text says what did not happen."""


class UnknownMessageError(OutboxError):
    """There is no such message in this account's outbox."""


class OutboxClosedError(OutboxError):
    """The journal cannot be read or written: nothing is sent without it."""
