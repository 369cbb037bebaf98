"""An event loop whose waits take no time: it jumps to the next timer when there is nothing to do."""

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import anyio

START = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.jump: Callable[[float], None] = lambda _: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits for something that cannot come")
        ready = super().select(0)
        if not ready:
            self.jump(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._now_s = 0.0
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.jump = self._jump

    def time(self) -> float:
        return self._now_s

    def _jump(self, seconds: float) -> None:
        self._now_s += seconds


VirtualTime = tuple[str, dict[str, type[asyncio.AbstractEventLoop]]]
VIRTUAL_TIME: VirtualTime = ("asyncio", {"loop_factory": VirtualTimeLoop})


class LoopClock:
    """The time of day by the running loop's time."""

    def now(self) -> datetime:
        return START + timedelta(seconds=anyio.current_time())
