"""Words and lists that the pages share."""

from lofty_crm.outbox.message import Kind, Message
from lofty_crm.outbox.states import NOT_SENT, UNCLEAR, WAITING, State
from lofty_crm.policy.verdict import Finding, Weight
from lofty_tools.untrusted import one_line

CHANGED = "This changed since you looked at it. Nothing was approved; read it as it is now, then answer again."

FILTERS: dict[str, tuple[str, frozenset[State]]] = {
    "all": ("All", frozenset()),
    "open": ("Waiting", WAITING),
    "sent": ("Sent", frozenset({State.SENT})),
    "unclear": ("Unclear", UNCLEAR),
    "ended": ("Not sent", NOT_SENT),
}
"""By what the outbox can be narrowed: the label, and the states."""

FINDING_LABELS = {"stop": "Blocked", "held": "Held", "warning": "Check", "info": "Note"}
"""What a finding is called, by its weight."""

_WHAT = {Kind.SMS: "Text to", Kind.EMAIL: "Email to", Kind.NOTE_DELETION: "Deletion of a note about"}


def heading_of(message: Message) -> str:
    """Return what a message is, in a few words."""
    return f"{_WHAT[message.words.kind]} {message.words.lead_name or f'lead {message.words.lead_id}'}"


def said_of(finding: Finding) -> str:
    """Return what a finding says, and of a hold what would lift it."""
    return f"{finding.text} {finding.advice}".strip() if finding.weight is Weight.HELD else finding.text


def gist_of(message: Message) -> str:
    """Return the subject or the first words of a message, on one line."""
    return one_line(message.words.subject or message.words.body)
