"""What Lofty knows, in one shape for both dialects. Ids are strings, times are aware and in UTC."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

Direction = Literal["inbound", "outbound"]
Origin = Literal["auto", "manual", "logged"]
"""How a communication came to be: by a Lofty automation, by a person, or logged after the fact."""


class Channel(StrEnum):
    """A way to communicate with a lead."""

    SMS = "sms"
    EMAIL = "email"
    CALL = "call"


class PhoneStatus(IntEnum):
    """What Lofty knows of one phone (`phoneStatuses` of its reference)."""

    INVALID = 1
    VALID = 2
    TALKED = 3
    DNC_NUMBER = 4
    DNC_CONTACT = 5


class TranscriptState(StrEnum):
    """How far Lofty is with the transcript of a call."""

    NONE = "none"
    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Model(BaseModel):
    """Frozen; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Phone(Model):
    """One phone of a lead."""

    number: str
    """E.164 when it can be read as a US or international number, else the digits as Lofty has them."""
    raw: str
    """As Lofty has it."""
    status: PhoneStatus | None = None


class Lead(Model):
    """A lead's record."""

    id: str
    first_name: str = ""
    last_name: str = ""
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()
    cannot_text: bool = False
    cannot_call: bool = False
    cannot_email: bool = False
    unsubscribed: bool = False
    stage: str | None = None
    source: str | None = None
    score: int | None = None
    lead_types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    assigned_to: str | None = None
    language: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    buying_time_frame: str | None = None
    pre_qualified: str | None = None
    created_at: datetime | None = None
    last_touch_at: datetime | None = None

    @property
    def name(self) -> str:
        """First and last name, or a stand-in when Lofty has neither."""
        return f"{self.first_name} {self.last_name}".strip() or f"Lead {self.id}"


class Text(Model):
    """One text message in Lofty's history."""

    id: str
    lead_id: str
    direction: Direction
    at: datetime | None
    origin: Origin
    body: str | None = None
    outcome: str | None = None


class Email(Model):
    """One email *event* in Lofty's history: Lofty gives subjects, never bodies."""

    id: str
    lead_id: str
    direction: Direction
    at: datetime | None
    origin: Origin
    event: Literal["sent", "opened", "bounced", "other"] = "sent"
    subject: str | None = None


class Call(Model):
    """One call. `transcript`, `summary` and `recording_url` come embedded in the guide dialect only."""

    id: str
    lead_id: str
    direction: Direction
    at: datetime | None
    duration_s: int | None = None
    status: str | None = None
    outcome: str | None = None
    lead_phone: str | None = None
    recorded: bool | None = None
    recording_id: str | None = None
    """`dialerCallRecordId`: possibly what the AI summary is found by."""
    note: str | None = None
    recording_url: str | None = None
    transcript: str | None = None
    summary: str | None = None


class Activity(Model):
    """One row of the v2 timeline."""

    id: str
    lead_id: str
    channel: Channel
    direction: Direction
    at: datetime | None
    origin: Origin | None = None
    text: str | None = None
    """Logged rows: the agent's text. Guide dialect: an SMS's content or a call's summary."""
    subject: str | None = None
    outcome: str | None = None
    lead_phone: str | None = None
    email_event: Literal["sent", "opened", "bounced"] | None = None
    duration_s: int | None = None


class SiteActivity(Model):
    """What a lead did on the agent's website."""

    kind: str
    text: str
    at: datetime | None
    link: str | None = None


class Note(Model):
    """A note on a lead. `id` is Lofty's `noteId`, not its timeline id."""

    id: str
    lead_id: str
    content: str
    pinned: bool = False
    system: bool = False
    author: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ManualLog(Model):
    """A contact outside Lofty, logged by hand."""

    id: str
    lead_id: str
    channel: Channel
    direction: Direction
    content: str
    at: datetime | None
    outcome: str | None = None
    phone: str | None = None
    subject: str | None = None


class OutsideContact(Model):
    """A contact that happened outside Lofty, to be logged."""

    channel: Channel
    direction: Direction
    content: str
    at: datetime | None = None
    """The guide dialect stores it; the reference has no such field and takes the moment of logging."""
    duration_s: int | None = None
    outcome: str | None = None
    phone: str | None = None
    subject: str | None = None


class KeyFact(Model):
    """Something Lofty's AI picked out of a call."""

    kind: str
    content: str


class CallSummary(Model):
    """Lofty's AI summary of a recorded call."""

    state: TranscriptState
    summary: str | None = None
    text: str | None = None
    """The whole transcript as one string, without speakers or times unless they stand in it."""
    key_facts: tuple[KeyFact, ...] = ()


class CommunicationRow(Model):
    """One row of the search over all of an agent's leads."""

    id: str
    lead_id: str
    channel: Channel
    direction: Direction
    at: datetime | None
    origin: Origin | None = None
    event: Literal["sent", "opened", "bounced"] | None = None
    outcome: str | None = None
    duration_s: int | None = None


class CommunicationPage(Model):
    """A page of that search."""

    rows: tuple[CommunicationRow, ...]
    next_cursor: str | None = None


class Task(Model):
    """A follow-up for the agent."""

    id: str
    lead_id: str
    kind: str
    content: str
    due_at: datetime | None = None
    finished: bool = False


class Member(Model):
    """A user of Lofty: the owner of the credential, or a colleague."""

    id: str
    name: str
    email: str | None = None
    time_zone: str | None = None
    virtual_number: str | None = None
    """None when Lofty says nothing of it; an empty string means that this user cannot text."""


class SendReceipt(Model):
    """Lofty's answer to a send: evidence, when it has a message id and names the place that was used."""

    message_id: str
    destination: str
    """The phone (E.164 where readable) or address that Lofty says it used."""
