"""How the operator wants the outbox to behave."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path


class ApprovalMode(StrEnum):
    """Where a person says yes."""

    ASK = "ask"
    CONSOLE = "console"
    HOST = "host"


@dataclass(frozen=True)
class OutboxConfig:
    """How the operator wants the outbox to behave; read once, at start."""

    folder: Path
    """Holds the journal and the locks of the processes that use it."""
    approval: ApprovalMode = ApprovalMode.ASK
    window: timedelta = timedelta(minutes=5)
    """How long a yes lasts if Lofty cannot take the message at once."""
    lifetime: timedelta = timedelta(hours=24)
    """How long a draft waits for a person."""
    max_waiting: int = 5
    """How many drafts may wait at once, deletions included: a person who faces a pile says yes to a pile."""
    min_reading: timedelta = field(default_factory=timedelta)
    """An answer in the chat that comes faster than this was not read by a person."""
    host_per_hour: int = 5
    undo: timedelta = field(default_factory=timedelta)
    """How long an approved message waits, so that it can still be withdrawn; shorter than `window`."""
    keep_words: timedelta | None = None
    """How long after its end a message's words are kept; None keeps them. Digests and the audit stay for ever."""
    sandbox: bool = False

    def __post_init__(self) -> None:
        if self.undo >= self.window:
            raise ValueError("the undo delay must be shorter than the time for which an approval lasts")
