"""What reached the sandbox, and ways to wait for it."""

from collections import Counter
from dataclasses import dataclass, field

import anyio


@dataclass
class SeenRequest:
    """One request; `status` is `None` while it is under way and where no answer was given.

    `executed` says that an action was done, whatever the answer. `waiting` says that a fault has it in its hands.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    body: bytes
    status: int | None = None
    executed: bool = False
    waiting: bool = False
    finished: bool = False

    def fits(self, method: str, path_prefix: str) -> bool:
        """Whether it is one of these; `*` is any method."""
        return method in {"*", self.method} and self.path.startswith(path_prefix)


class Traffic:
    """Every request but the control ones, in order of arrival."""

    def __init__(self) -> None:
        self.requests: list[SeenRequest] = []
        self.unknown: list[SeenRequest] = []
        self._changed = anyio.Event()
        self._released = anyio.Event()

    def count(self, method: str, path_prefix: str) -> int:
        """How many requests like these arrived."""
        return sum(seen.fits(method, path_prefix) for seen in self.requests)

    def counts(self) -> Counter[str]:
        """How many requests arrived, by method and path."""
        return Counter(f"{seen.method} {seen.path}" for seen in self.requests)

    def notify(self) -> None:
        """Wake those who wait for a request."""
        self._changed.set()
        self._changed = anyio.Event()

    async def arrived(self, method: str, path_prefix: str, *, times: int) -> SeenRequest:
        """Wait until `times` such requests are held by a fault or answered; gives the last of them."""
        while True:
            there = [seen for seen in self.requests if seen.fits(method, path_prefix)]
            there = [seen for seen in there if seen.waiting or seen.finished]
            if len(there) >= times:
                return there[times - 1]
            await self._changed.wait()

    async def hold(self, seen: SeenRequest, *, at_most_s: float | None = None) -> None:
        """Keep a request until `release`, or for so long."""
        released = self._released
        seen.waiting = True
        self.notify()
        with anyio.move_on_after(at_most_s):
            await released.wait()
        seen.waiting = False

    def release(self) -> None:
        """Let go of everything that is being held now."""
        self._released.set()
        self._released = anyio.Event()
