"""A process that drafts a text, says yes to it, and is killed or stopped on the way.

One warm process waits for orders, a line of JSON each, and forks a child for each: that saves the start of Python and
the imports, which would take most of the time of a death.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, cast

import anyio
import httpcore
import phonenumbers
import stamina

from lofty_crm.outbox import desk
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import office, trusted

WARM = (httpcore, phonenumbers, stamina, desk, trusted())
COUNTED = str(Path("lofty_crm", "outbox"))
"""Lines elsewhere are not counted: most of them read the lead's history, long before there is anything to lose."""
WATCHED = ("lofty_crm", "httpcore")
ARMED_BY = "Dispatcher._post"
"""The names of functions in httpcore mean the send only from here on: before, they carry reads."""


NEVER = 10**9
"""A line that no life reaches: it is counted to the end."""


@dataclass
class Order:
    """What one child is to do, and when it dies."""

    folder: str
    url: str
    now: str
    body: str
    line: int = 0
    """Dies at the so-manieth line of the outbox, which is far slower for the counting; 0 does not count."""
    enter: str = ""
    """Dies when this function is entered."""
    after_s: float = 0.0
    """Dies after so many seconds, wherever it is; 0 is never."""
    stop: bool = False
    """Is stopped, as by a closed lid, and not killed."""


@dataclass
class Clock:
    """Stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class Fate:
    """Watches every line that runs, in every thread, and strikes at the one that was ordered."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.lines = 0
        self._armed = False
        self._seen: dict[CodeType, str] = {}

    def watch(self) -> None:
        """Begin."""
        threading.settrace(self._call)
        sys.settrace(self._call)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
        del event, arg
        code = frame.f_code
        where = self._seen.get(code)
        if where is None:
            where = next((name for name in WATCHED if name in code.co_filename), "")
            where = self._seen[code] = COUNTED if COUNTED in code.co_filename else where
        if not where:
            return None
        name = code.co_qualname
        self._armed = self._armed or name == ARMED_BY
        if self.order.enter == name and (where != "httpcore" or self._armed):
            self._strike()
        return self._line if where == COUNTED else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Callable[..., Any]:
        del frame, arg
        if event == "line":
            self.lines += 1
            if self.lines == self.order.line:
                self._strike()
        return self._line

    def _strike(self) -> None:
        if not self.order.stop:
            os.kill(os.getpid(), signal.SIGKILL)
        self.order.enter, self.order.line = "", 0
        os.kill(os.getpid(), signal.SIGSTOP)


async def _act(order: Order) -> None:
    beside = cast("Sandbox", _Beside(Clock(datetime.fromisoformat(order.now))))
    async with office(beside, Path(order.folder), url=order.url) as opened:
        await opened.yes(await opened.text(order.body))


@dataclass
class _Beside:
    clock: Clock


def _live(order: Order, result: int) -> None:
    fate = Fate(order)
    if order.line or order.enter:
        fate.watch()
    anyio.run(_act, order)
    sys.settrace(None)
    os.write(result, str(fate.lines).encode())
    os._exit(0)


def _wait(child: int, result: int, began: float) -> dict[str, object]:
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return {"stopped": True}
    lines = os.read(result, 32).decode()
    os.close(result)
    return {"killed": os.WIFSIGNALED(status), "lines": int(lines or 0), "lived_s": time.monotonic() - began}


def _serve() -> None:
    child, reads, began = 0, -1, 0.0
    for line in sys.stdin:
        if line.strip() == "go on":
            os.kill(child, signal.SIGCONT)
        else:
            order = Order(**json.loads(line))
            reads, writes = os.pipe()
            began = time.monotonic()
            child = os.fork()
            if child == 0:
                os.close(reads)
                _live(order, writes)
            os.close(writes)
            if order.after_s:
                time.sleep(order.after_s)
                os.kill(child, signal.SIGKILL)
        sys.stdout.write(json.dumps(_wait(child, reads, began)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
