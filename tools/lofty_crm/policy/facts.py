"""What the rules look at: gathered by the outbox, freshly, before a draft and again just before sending."""

from dataclasses import dataclass, field
from datetime import datetime

from lofty_crm.api.models import Channel, Lead, Text
from lofty_crm.policy.destinations import Destination


@dataclass(frozen=True)
class SendHistory:
    """What this account's outbox has sent or is sending, counted at the moment of the review."""

    to_lead_24h: int = 0
    in_hour: int = 0
    in_day: int = 0
    waiting: int = 0
    """Drafts waiting for a person, this one excluded."""
    near_duplicates: int = 0
    """Other leads to whom near-same words went within the hour."""


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
