"""What a rule can say about a message that someone wants to send."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding weighs, the gravest first."""

    STOP = "stop"
    """The message is blocked; no approval lifts it."""
    HELD = "held"
    """Only a person on the approval page or at a terminal may send it, with a typed reason."""
    WARNING = "warning"
    """Shown to the person who decides."""
    INFO = "info"
    """Shown where there is room."""


@dataclass(frozen=True)
class Finding:
    """What one rule found."""

    code: str
    """Stable, snake_case: `quiet_hours`, `opted_out` ..."""
    weight: Weight
    text: str
    """One sentence for the person who decides; it may quote the message or the lead, cleaned and clipped."""
    advice: str = ""
    """What would make the finding go, or what to do instead; a stop or a hold always says it. Safe for a model to read:
    no word of anyone's in it. That a person may send a held message with a typed reason goes without saying here."""
    about: str = ""
    """What it is about, where the same rule may later find something else: an acceptance covers this alone."""
    proposal: str = ""
    """Other words for the message, where the rule can offer some: a new draft, never sent in place of this one."""

    @property
    def key(self) -> str:
        """What tells one finding from another: its code, and what it is about."""
        return f"{self.code}:{self.about}" if self.about else self.code
