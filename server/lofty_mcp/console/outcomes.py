"""What became of a message, for the person who decided on it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lofty_crm.outbox.message import Kind, Message
from lofty_crm.outbox.states import State
from lofty_mcp.console.people import destination_label
from lofty_tools.receipts import describe
from lofty_tools.rendering import clock_time

MOVING = frozenset({State.APPROVED, State.SENDING, State.UNKNOWN})
"""States that a message leaves by itself."""

_TITLES = {
    State.PENDING: ("Waiting", "calm"),
    State.APPROVED: ("Approved", "calm"),
    State.SENDING: ("Being sent", "calm"),
    State.SENT: ("Sent", "good"),
    State.FAILED: ("Not sent", "bad"),
    State.UNKNOWN: ("Not known", "alarm"),
    State.NOT_SEEN: ("Not seen", "alarm"),
    State.MISMATCH: ("Wrong destination", "bad"),
    State.REJECTED: ("You said no", "still"),
    State.EXPIRED: ("Expired", "still"),
    State.CANCELLED: ("Withdrawn", "still"),
    State.BLOCKED: ("Blocked", "bad"),
}


@dataclass(frozen=True)
class Outcome:
    """A state in words."""

    title: str
    tone: str
    what: str
    further: tuple[str, ...] = ()
    """What is known beyond it, and what the person can decide."""


def title_of(message: Message) -> tuple[str, str]:
    """Return a state's name, and what colours it."""
    title, tone = _TITLES[message.state]
    return ("Deleted" if message.words.kind is Kind.NOTE_DELETION and message.state is State.SENT else title), tone


def outcome_of(message: Message, *, now: datetime, zone: ZoneInfo) -> Outcome:
    """Return what is true of a message and what the person can do about it."""
    title, tone = title_of(message)
    undoable = message.state is State.APPROVED and not message.reason
    what = "Nothing has left yet." if undoable else describe(message, zone)
    return Outcome(title, tone, what, tuple(_further(message, now=now, zone=zone)))


def seconds_left(message: Message, now: datetime) -> int:
    """Return how long an approved message can still be taken back, in seconds."""
    if message.state is not State.APPROVED or message.not_before is None:
        return 0
    return max(0, -int((now - message.not_before).total_seconds() // 1))


def _further(message: Message, *, now: datetime, zone: ZoneInfo) -> list[str]:
    where = destination_label(message)
    began = f" on {clock_time(message.claimed_at, now=now, zone=zone)}" if message.claimed_at else ""
    match message.state:
        case State.UNKNOWN:
            return [
                f"What is known: sending began{began}, to {where}, and no answer came that proves anything.",
                "Lofty's history is being read again by itself; when it shows these words, they count as sent.",
                "What you can do: look at the lead in Lofty. Do not write the same words again before this is settled.",
            ]
        case State.NOT_SEEN:
            return [
                f"What is known: sending began{began}, to {where}, and Lofty's history does not show these words.",
                "You decide: look at the lead in Lofty. If the words are not there, you can write them again below.",
            ]
        case State.MISMATCH:
            return [f"You approved {where}; Lofty named {message.lofty_destination or 'another place'}."]
        case State.SENT if message.evidence:
            answered = message.evidence.startswith("answer")
            proof = "Lofty's own answer" if answered else "these words in Lofty's history"
            return [f"To {where}. The evidence is {proof}."]
        case State.CANCELLED | State.REJECTED:
            if message.words.kind is Kind.NOTE_DELETION:
                return ["The note stays. Ask the assistant if it should go after all."]
            return ["For other words, ask the assistant; it drafts a new message."]
        case _:
            return []
