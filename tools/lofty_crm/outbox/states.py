"""The life of a message, and the only steps it may take.

pending  -> rejected | expired | cancelled | blocked | approved
approved -> pending (something changed) | cancelled | sending       the claim: committed before the first byte
sending  -> sent | failed | unknown | mismatch
sending  -> approved        only with proof that Lofty did not act
unknown  -> sent | not_seen by reading Lofty's history; never back to sending
"""

from enum import StrEnum


class State(StrEnum):
    """Where a message is."""

    PENDING = "pending"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_SEEN = "not_seen"
    MISMATCH = "mismatch"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


STEPS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED, State.BLOCKED, State.APPROVED}),
    State.APPROVED: frozenset({State.PENDING, State.CANCELLED, State.SENDING}),
    State.SENDING: frozenset({State.SENT, State.FAILED, State.UNKNOWN, State.MISMATCH, State.APPROVED}),
    State.UNKNOWN: frozenset({State.SENT, State.NOT_SEEN}),
}
"""Every step that exists; states that are absent are final."""

WAITING = frozenset({State.PENDING, State.APPROVED})
"""Nothing has left yet, and it may still be withdrawn."""

ENDED = frozenset(State) - frozenset(STEPS)
"""Nothing more happens to the message."""

UNCLEAR = frozenset({State.SENDING, State.UNKNOWN, State.NOT_SEEN, State.MISMATCH})
"""Whether it went out, or where to, is not known."""

NOT_SENT = frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED, State.BLOCKED, State.FAILED})
"""It ended, and nothing left."""

MAY_HAVE_LEFT = UNCLEAR | {State.SENT}
"""Lofty may have acted: the same words must not go out again by themselves."""
