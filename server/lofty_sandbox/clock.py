"""The sandbox's own time."""

import time
from datetime import UTC, datetime, timedelta

STARTS_AT = datetime.fromisoformat("2026-11-17T14:00:00-05:00")


class Clock:
    """Ticks in real time from `STARTS_AT` until it is frozen, set or moved on."""

    def __init__(self, *, frozen: bool = False) -> None:
        self._at = STARTS_AT.astimezone(UTC)
        self._since = None if frozen else time.monotonic()

    def now(self) -> datetime:
        """The time as an aware UTC datetime."""
        if self._since is None:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def set(self, at: datetime) -> None:
        """Make it `at`, which must carry an offset; a ticking clock ticks on from there.

        Raises:
            ValueError: `at` is naive.
        """
        if at.tzinfo is None:
            raise ValueError("the sandbox clock takes a time with an offset")
        self._at = at.astimezone(UTC)
        if self._since is not None:
            self._since = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.set(self.now() + timedelta(seconds=seconds))

    def freeze(self) -> None:
        """Stop at the present moment."""
        self._at, self._since = self.now(), None
