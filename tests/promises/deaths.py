"""How many deaths it takes to send a message twice: `python -m tests.promises.deaths --count 10000`.

Each death is a real process on a real journal, talking to a sandbox over a real socket, killed at a named step, at a
random line or at a random instant. Afterwards another process takes over, and what it says is compared with what the
sandbox did.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import anyio.lowlevel

from lofty_crm.outbox.message import Message
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.crm.outbox.office import InProcess, Office, busy_sandbox, office
from tests.promises.doomed import NEVER, Order

STEPS = {
    "the draft is written": "add",
    "the yes is taken": "Desk._approve",
    "the lead is looked at": "look",
    "before the claim": "Dispatcher._claim",
    "after the claim": "Dispatcher._post",
    "before connecting": "AsyncHTTPConnection._connect",
    "before the headers": "AsyncHTTP11Connection._send_request_headers",
    "after the headers": "AsyncHTTP11Connection._send_request_body",
    "after the body": "AsyncHTTP11Connection._receive_response_headers",
    "in the answer": "AsyncHTTP11Connection._receive_response_body",
    "after the answer": "receipt",
    "before the record": "Dispatcher._record",
    "in the record": "Dispatcher._write",
    "after the record": "mirror",
}
"""The steps of a send, and the functions that begin them."""

SETTLED_S = 600


class Doomed:
    """The warm process that forks the ones who die."""

    def __init__(self, process: anyio.abc.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._rest = b""

    async def order(self, order: Order) -> dict[str, Any]:
        """Let one live as ordered; say how it ended, or that it was stopped."""
        return await self._ask(json.dumps(asdict(order)))

    async def go_on(self) -> dict[str, Any]:
        """Wake the one that was stopped."""
        return await self._ask("go on")

    async def _ask(self, line: str) -> dict[str, Any]:
        await self._stdin.send(f"{line}\n".encode())
        while b"\n" not in self._rest:
            self._rest += await self._stdout.receive()
        answer, _, self._rest = self._rest.partition(b"\n")
        return json.loads(answer)


@asynccontextmanager
async def doomed() -> AsyncGenerator[Doomed]:
    """Start the warm process."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.promises.doomed"]
    async with await anyio.open_process(command, stderr=subprocess.DEVNULL, cwd=root) as process:
        try:
            yield Doomed(process)
        finally:
            process.kill()


@dataclass
class Scene:
    """One death: the sandbox and the folder that outlive it."""

    sandbox: Sandbox
    url: str
    folder: Path
    body: str = "Three works. See you Thursday!"

    def order(self, **fate: Any) -> Order:
        """An order to send this scene's text."""
        now = self.sandbox.clock.now().isoformat()
        return Order(folder=str(self.folder), url=self.url, now=now, body=self.body, **fate)


@asynccontextmanager
async def scene() -> AsyncGenerator[Scene]:
    """Set a scene of its own for one death."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox = busy_sandbox()
        async with serve(sandbox) as url:
            yield Scene(sandbox, url, Path(folder))


@dataclass(frozen=True)
class End:
    """What was done, and what is said of it."""

    found: State | None
    """What the next process found, after it had looked for the dead."""
    state: State | None
    """What it said in the end."""
    executed: int
    posts: int
    audit: str | None

    @property
    def duplicated(self) -> bool:
        return self.executed > 1 or self.posts > 1

    @property
    def wrong(self) -> bool:
        """Whether something untrue is said."""
        return (self.state is State.SENT) != (self.executed == 1) or self.found is State.SENDING or bool(self.audit)


async def aftermath(s: Scene) -> End:
    """Let another process take over, and time pass until everything is settled."""
    for _ in range(50):  # what the dead process had handed to the system still arrives
        await anyio.lowlevel.checkpoint()
    async with office(s.sandbox, s.folder, url=s.url, transport=InProcess(s.sandbox)) as desk:
        found = await _message(desk, s.body)
        for seconds in (0, 4, 6, SETTLED_S) if found else ():
            s.sandbox.clock.advance(seconds)
            await desk.outbox.tick()
        message = await _message(desk, s.body)
        posts = s.sandbox.count("POST", "/v1.0/message/")
        return End(
            found.state if found else None,
            message.state if message else None,
            len(s.sandbox.sent),
            posts,
            await desk.outbox.audit_verify(),
        )


async def _message(desk: Office, body: str) -> Message | None:
    found = await desk.outbox.listing()
    assert len(found) <= 1
    assert all(message.words.body == body for message in found)
    return found[0] if found else None


@dataclass
class Tally:
    """What came of many deaths."""

    deaths: int = 0
    survived: int = 0
    ends: Counter[tuple[str, bool]] = field(default_factory=Counter[tuple[str, bool]])
    duplicated: list[Order] = field(default_factory=list[Order])
    wrong: list[tuple[Order, End]] = field(default_factory=list[tuple[Order, End]])

    def table(self) -> str:
        """The measured table, in Markdown."""
        lines = ["| deaths | in the end | Lofty had sent it | times |", "| --- | --- | --- | --- |"]
        for (state, executed), times in sorted(self.ends.items()):
            lines.append(f"| | {state} | {'yes' if executed else 'no'} | {times} |")
        lines.append(f"| {self.deaths} | sent twice: {len(self.duplicated)} | wrong reports: {len(self.wrong)} | |")
        return "\n".join(lines)


async def die_often(count: int, seed: int = 0) -> Tally:
    """Die `count` times: in turn at each named step, at random lines and at random instants."""
    tally = Tally()
    async with doomed() as first, doomed() as second:
        async with scene() as s, scene() as t:
            lines = (await first.order(s.order(line=NEVER)))["lines"]
            whole = await first.order(t.order())
            assert not whole["killed"]
        fates = _fates(count, random.Random(seed), lines=lines, lives_s=whole["lived_s"])

        async def work(process: Doomed) -> None:
            for fate in fates:
                await _one(process, fate, tally)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work, first)
            tasks.start_soon(work, second)
    return tally


async def _one(process: Doomed, fate: dict[str, Any], tally: Tally) -> None:
    async with scene() as s:
        order = s.order(**fate)
        ended = await process.order(order)
        end = await aftermath(s)
    tally.deaths += bool(ended["killed"])
    tally.survived += not ended["killed"]
    tally.ends[(end.state.value if end.state else "never drafted", end.executed > 0)] += 1
    if end.duplicated:
        tally.duplicated.append(order)
    if end.wrong:
        tally.wrong.append((order, end))


def _fates(count: int, chance: random.Random, *, lines: int, lives_s: float) -> Iterator[dict[str, Any]]:
    for number in range(count):
        if number < len(STEPS):
            yield {"enter": list(STEPS.values())[number]}
        elif number % 3:
            yield {"line": chance.randint(1, lines)}
        else:
            yield {"after_s": chance.uniform(lives_s / 3, lives_s)}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    tally = anyio.run(die_often, given.count, given.seed)
    sys.stdout.write(tally.table() + "\n")
    for order in tally.duplicated:
        sys.stdout.write(f"twice: {order}\n")
    for order, end in tally.wrong:
        sys.stdout.write(f"wrong: {order} {end}\n")
    return bool(tally.duplicated or tally.wrong)


if __name__ == "__main__":
    sys.exit(main())
