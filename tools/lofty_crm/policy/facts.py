"""What the rules look at: gathered by the outbox, freshly, before a draft and again just before sending."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from lofty_crm.api.models import Channel, Lead, Text
from lofty_crm.policy.destinations import Destination


@dataclass(frozen=True)
class SendHistory:
    """What this account's outbox has sent or is sending, counted at the moment of the review."""

    to_lead_24h: int = 0
    in_hour: int = 0
    in_day: int = 0
    near_duplicates: int = 0
    """Other leads to whom near-same words went within the hour."""
    same_words_24h: int = 0
    """Messages of these very words to this lead within 24 hours, this one excluded."""


@dataclass(frozen=True)
class Caps:
    """How much may go out; tighter where the operator trusts a host's own prompt."""

    to_lead_24h: int = 3
    in_hour: int = 20
    in_day: int = 100
    near_duplicates: int = 10


Source = Literal["email", "note", "transcript", "log", "other_number"]
"""Where words may stand beside Lofty's history of the lead's texts: `log` is a call or text that somebody wrote down,
`other_number` the history of another lead with the same number."""


@dataclass(frozen=True)
class Said:
    """Words of the lead's, or about the lead, outside Lofty's history of texts."""

    source: Source
    words: str
    at: datetime | None = None


@dataclass(frozen=True)
class OtherLead:
    """What has been read, in the session that drafts, of a lead whom the message is not for."""

    id: str
    name: str = ""
    phones: tuple[str, ...] = ()
    """E.164."""
    emails: tuple[str, ...] = ()
    street: str | None = None
    words: tuple[str, ...] = ()
    """What the lead wrote or said, and what was noted; not what agents send to many."""


@dataclass(frozen=True)
class Sender:
    """On whose behalf messages go out."""

    names: tuple[str, ...] = ()
    """The agent's and the brokerage's."""
    hosts: tuple[str, ...] = ()
    """Hosts that their links may lead to without remark."""


@dataclass(frozen=True)
class Facts:
    """All that is known when a message is judged."""

    channel: Channel
    lead: Lead | None
    """None where this account has no lead endpoint at all."""
    destination: Destination | None
    """None where Lofty itself will choose, unseen."""
    body: str
    now: datetime
    subject: str | None = None
    texts: tuple[Text, ...] | None = None
    """The lead's text history as far as it was read, newest first; None when it could not be read."""
    history: SendHistory = field(default_factory=SendHistory)
    namesakes: int = 0
    """Other leads with the same folded name, as far as known."""
    caps: Caps = field(default_factory=Caps)
    said: tuple[Said, ...] = ()
    """What stands outside Lofty's history of texts, as far as read."""
    unread: tuple[Source, ...] = ()
    """Where such words may stand and could not be read."""
    other_leads: tuple[OtherLead, ...] = ()
    sender: Sender = field(default_factory=Sender)
    sales_assistant: bool = False
    """Whether Lofty's own sales assistant is working the lead and is not muted, as far as known."""
