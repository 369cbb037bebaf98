"""The rate limits: so many requests in each minute, and fewer to the AI."""

from lofty_sandbox.answers import RefusalError
from lofty_sandbox.clock import Clock
from lofty_sandbox.quirks import Quirks

_WINDOW_S = 60


class RateLimit:
    """Counts requests in windows of a minute, each opened by its first request.

    Lofty says that its AI endpoints have a lower limit of their own, and that their headers tell it.
    """

    def __init__(self, clock: Clock, quirks: Quirks, *, ai: bool = False) -> None:
        self._clock = clock
        self._quirks = quirks
        self._ai = ai
        self._ends_at = 0.0
        self._used = 0

    @property
    def _limit(self) -> int | None:
        lifted = self._quirks.rate_limit is None
        return self._quirks.ai_rate_limit if self._ai and not lifted else self._quirks.rate_limit

    def take(self) -> None:
        """Count one request, or refuse it if it is one too many."""
        if self._limit is None:
            return
        now = self._clock.now().timestamp()
        if not self._ends_at - _WINDOW_S <= now < self._ends_at:
            self._ends_at, self._used = now + _WINDOW_S, 0
        if self._used >= self._limit:
            raise RefusalError(429, None, "Too Many Requests")
        self._used += 1

    def headers(self) -> dict[str, str]:
        """What every response says of the limit."""
        if self._limit is None:
            return {}
        left_s = max(0.0, self._ends_at - self._clock.now().timestamp())
        reset = int(self._ends_at) if self._quirks.reset_as == "epoch" else int(left_s) + 1
        return {
            "X-RateLimit-Limit": str(self._limit),
            "X-RateLimit-Remaining": str(max(0, self._limit - self._used)),
            "X-RateLimit-Reset": str(reset),
        }
