"""Fast failure while Lofty is down."""

from lofty_crm.api.errors import NotConnectedError

_FAILURES = 5
_PAUSE_S = 10.0


class CircuitOpenError(NotConnectedError):
    """Lofty has failed to answer several times in a row, and was not asked again."""


class Circuit:
    """Opens after five failures in a row; then one read in ten seconds tries whether Lofty is back, never a write."""

    def __init__(self) -> None:
        self._failures = 0
        self._probe_at = 0.0

    def admit(self, now: float, *, reading: bool) -> None:
        """Let a request pass.

        Args:
            now: a monotonic time in seconds.
            reading: whether the request may be the one that tries.

        Raises:
            CircuitOpenError: when it shall not be made.
        """
        if self._failures < _FAILURES:
            return
        if not reading or now < self._probe_at:
            raise CircuitOpenError("Lofty has not answered for a while. Try again in a minute.")
        self._probe_at = now + _PAUSE_S

    def failed(self, now: float) -> None:
        """Count a request that got no answer, or one from a gateway that has none."""
        self._failures += 1
        self._probe_at = now + _PAUSE_S

    def answered(self) -> None:
        """Forget the failures: Lofty is there."""
        self._failures = 0
