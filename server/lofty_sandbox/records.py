"""What the sandbox remembers: one class for each kind of thing in the CRM.

All are immutable, so that every sandbox can share the seeded ones; a change replaces the record. `visible_at` is when
reads begin to see it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["Manual", "Auto", "Logged"]
Direction = Literal["Inbound", "Outbound"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A communication: one row of the unified timeline."""

    timeline_id: int
    lead_id: int
    at: datetime
    visible_at: datetime
    direction: Direction
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Text(Entry):
    """A text message."""

    content: str
    outcome: str = "Delivered"


@dataclass(frozen=True, kw_only=True)
class Email(Entry):
    """One event in an email's life; no endpoint tells its body."""

    subject: str
    event: Literal["Sent", "Opened", "Bounced"] = "Sent"


@dataclass(frozen=True, kw_only=True)
class Call(Entry):
    """A call through the dialer, or one that was only logged (`Logged`: no status, no recording)."""

    call_id: int
    dialer_id: int
    phone: str
    outcome: str
    status: str
    duration_s: int
    ring_s: int
    recorded: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Lofty's AI on one recording; `state` is 0 pending, 1 processing, 2 finished, 3 failed, None until asked for."""

    state: int | None
    text: str
    summary: str
    keywords: tuple[Json, ...]
    score: int
    asked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ManualLog:
    """A call, text or email that happened outside Lofty, as an agent wrote it down.

    `duration_s` and `happened_at` are the guide's; the reference has no place for them.
    """

    log_id: int
    timeline_id: int
    lead_id: int
    log_type: Literal["logCall", "logText", "logEmail"]
    content: str
    created_at: datetime
    visible_at: datetime
    direction: Direction
    pinned: bool = False
    phone: str = ""
    outcome: str = ""
    subject: str = ""
    to_email: str = ""
    from_email: str = ""
    duration_s: int = 0
    happened_at: datetime | None = None


Contact = Text | Email | Call | ManualLog


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note on a lead."""

    note_id: int
    timeline_id: int
    lead_id: int
    content: str
    pinned: bool
    system: bool
    created_at: datetime
    edited_at: datetime
    visible_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """A follow-up for the agent."""

    task_id: int
    lead_id: int
    kind: str
    content: str
    role: str
    starts_at: datetime | None
    ends_at: datetime
    time_zone: str
    address: str
    created_at: datetime
    finished: bool = False


@dataclass(frozen=True, kw_only=True)
class SiteActivity:
    """What a lead did on the agent's website."""

    lead_id: int
    kind: str
    text: str
    link: str
    picture: str
    at: datetime
    listing: Json | None = None


@dataclass(frozen=True)
class SentMessage:
    """A message that the sandbox took for delivery; `to` is E.164 for an sms, an address for an email."""

    channel: Literal["sms", "email"]
    lead_id: int
    to: str
    subject: str | None
    content: str
    message_id: str
