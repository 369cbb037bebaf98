"""Anything that can happen to an outbox, in any order: `python -m tests.promises.machine --examples 2000`.

Two processes share a journal and an account. After every step the sandbox's record of what reached it is compared
with what the outbox says, and in the end the whole history is checked.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from lofty_crm.api.errors import LoftyError
from lofty_crm.outbox.message import Approver, Message, OutboxError
from lofty_crm.outbox.states import ENDED, MAY_HAVE_LEFT, State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import AIKO, BEN, JANE, InProcess, Office, busy_sandbox, office

BODIES = (
    "Three works. See you Thursday!",
    "The inspection is on Monday at nine.",
    "Parking is behind the barn.",
    "Bring a coat for the attic.",
)
LEADS = {JANE: ["3035550101"], AIKO: ["8085550110"], BEN: ["6155550114"]}
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": 429}),
    ("status", {"status": 400}),
    ("error_after", {"status": 502}),
    ("reset_before", {}),
    ("reset_after", {}),
    ("malformed", {}),
    ("business_code", {"code": 20012}),
    ("wrong_destination", {}),
]


Act = Callable[[Office], Awaitable[Any]]


class KilledError(BaseException):
    """The process is gone."""


class Mortal(InProcess):
    """The way to the sandbox of a process that may die at its next send."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.dies: str = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and self.dies:
            when, self.dies = self.dies, ""
            if when == "after":
                await super().handle_async_request(request)
            raise KilledError
        return await super().handle_async_request(request)


@dataclass
class Wristwatch:
    """The time as this computer has it: Lofty's, unless somebody has set it back."""

    sandbox: Sandbox
    behind_s: int = 0

    def now(self) -> datetime:
        return self.sandbox.clock.now() - timedelta(seconds=self.behind_s)


class Process:
    """One process of the two."""

    def __init__(self, sandbox: Sandbox, folder: Path, clock: Wristwatch) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.clock = clock
        self.way = Mortal(sandbox)
        self.stack = AsyncExitStack()
        self.desk: Office | None = None

    async def open(self) -> Office:
        if self.desk is None:
            self.way = Mortal(self.sandbox)
            self.stack = AsyncExitStack()
            opened = office(self.sandbox, self.folder, transport=self.way, clock=self.clock)
            self.desk = await self.stack.enter_async_context(opened)
        return self.desk

    async def close(self) -> None:
        self.desk = None
        await self.stack.aclose()

    async def die(self) -> None:
        """Nothing is finished, nothing is written down: the system takes back the locks and the file, that is all."""
        dying = self.desk
        opened = dying.outbox._desk if dying else None  # pyright: ignore[reportPrivateUsage] -- a death asks nobody
        if opened:
            opened.store.close()
        await self.close()


class Machine(RuleBasedStateMachine):
    """The outbox, its world and its people."""

    delivered = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.sandbox = busy_sandbox()
        self.clock = Wristwatch(self.sandbox)
        self.processes = [Process(self.sandbox, Path(self.folder.name), self.clock) for _ in range(2)]
        self.shown: list[Message] = []
        self.stopped_at: dict[str, int] = {}
        self.renamed = 0
        self.portal_stack = start_blocking_portal()
        self.portal = self.portal_stack.__enter__()

    def teardown(self) -> None:
        Machine.delivered += len(self.sandbox.sent)
        try:
            self.portal.call(self._check_all)
            for process in self.processes:
                self.portal.call(process.close)
        finally:
            self.portal_stack.__exit__(None, None, None)
            self.folder.cleanup()

    def _do(self, which: int, act: Act) -> Any:
        process = self.processes[which]

        async def run() -> Any:
            desk = await process.open()
            try:
                return await act(desk)
            except KilledError:
                await process.die()
            except (OutboxError, LoftyError):
                return None

        return self.portal.call(run)

    which = st.integers(0, 1)
    deaths = st.sampled_from(["before", "after"])

    @rule(which=which, body=st.sampled_from(BODIES), lead_id=st.sampled_from(list(LEADS)))
    def draft(self, which: int, body: str, lead_id: str) -> None:
        message = self._do(which, lambda desk: desk.text(body, lead_id=lead_id))
        if message:
            self.shown.append(message)

    @rule(which=which, body=st.sampled_from(BODIES), lead_id=st.sampled_from(list(LEADS)))
    def draft_and_approve(self, which: int, body: str, lead_id: str) -> None:
        self.draft(which, body, lead_id)
        self.approve_the_newest(which)

    @rule(
        which=which, body=st.sampled_from(BODIES), lead_id=st.sampled_from(list(LEADS)), fault=st.sampled_from(FAULTS)
    )
    def draft_and_approve_while_lofty_fails(self, which: int, body: str, lead_id: str, fault: tuple[Any, Any]) -> None:
        self.lofty_fails(fault)
        self.draft_and_approve(which, body, lead_id)

    @rule(which=which, body=st.sampled_from(BODIES), lead_id=st.sampled_from(list(LEADS)), when=deaths)
    def draft_and_approve_and_die(self, which: int, body: str, lead_id: str, when: str) -> None:
        self.draft(which, body, lead_id)
        self.will_die_at_the_next_send(which, when)
        self.approve_the_newest(which)

    @precondition(lambda self: self.shown)
    @rule(which=which, pick=st.integers(0, 50), by=st.sampled_from(Approver), reason=st.sampled_from(["", "I know"]))
    def approve(self, which: int, pick: int, by: Approver, reason: str) -> None:
        message = self.shown[-1 - pick % len(self.shown)]
        self._do(which, lambda desk: desk.outbox.approve(message, by=by, reason=reason))

    @rule(which=which)
    def approve_the_newest(self, which: int) -> None:
        if self.shown:
            message = self.shown[-1]
            self._do(which, lambda desk: desk.yes(message, "I know"))

    @precondition(lambda self: self.shown)
    @rule(which=which, pick=st.integers(0, 50), no=st.booleans())
    def end(self, which: int, pick: int, no: bool) -> None:
        message = self.shown[-1 - pick % len(self.shown)]
        if no:
            self._do(which, lambda desk: desk.outbox.reject(message, by=Approver.PAGE))
        else:
            self._do(which, lambda desk: desk.outbox.cancel(message.id))

    @precondition(lambda self: self.shown)
    @rule(which=which, pick=st.integers(0, 50))
    def again(self, which: int, pick: int) -> None:
        message = self.shown[-1 - pick % len(self.shown)]
        anew = self._do(which, lambda desk: desk.outbox.again(message.id, by=Approver.PAGE, reason="I know"))
        if anew:
            self.shown.append(anew)

    @rule(which=which)
    def tick(self, which: int) -> None:
        self._do(which, lambda desk: desk.outbox.tick())

    @rule(seconds=st.sampled_from([4, 6, 61, 301, 601, 3600, 86_401]))
    def time_passes(self, seconds: int) -> None:
        self.clock.behind_s = 0
        self.sandbox.clock.advance(seconds)

    @rule(seconds=st.sampled_from([100, 400, 90_000]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.behind_s = seconds

    @rule(fault=st.sampled_from(FAULTS))
    def lofty_fails(self, fault: tuple[Any, dict[str, Any]]) -> None:
        self.sandbox.clear_faults()
        self.sandbox.fail("POST", "/v1.0/message", fault[0], **fault[1])

    @rule(which=which, when=deaths)
    def will_die_at_the_next_send(self, which: int, when: str) -> None:
        self.portal.call(self.processes[which].open)
        self.processes[which].way.dies = when

    @rule(which=which, crash=st.booleans())
    def restart(self, which: int, crash: bool) -> None:
        process = self.processes[which]
        self.portal.call(process.die if crash else process.close)

    @rule(which=which)
    def stop_and_resume(self, which: int) -> None:
        self._do(which, lambda desk: desk.outbox.stop(by=Approver.PAGE))
        self._do(1 - which, lambda desk: desk.outbox.tick())
        self._do(which, lambda desk: desk.outbox.resume(by=Approver.PAGE))

    @precondition(lambda self: len(self.stopped_at) < len(LEADS) - 1)
    @rule(lead_id=st.sampled_from(list(LEADS)))
    def lead_opts_out(self, lead_id: str) -> None:
        self.sandbox.inbound_text(int(lead_id), "STOP")
        self.stopped_at.setdefault(lead_id, len(self.sandbox.sent))

    @rule(lead_id=st.sampled_from(list(LEADS)), swap=st.booleans())
    def lead_is_edited(self, lead_id: str, swap: bool) -> None:
        if swap:
            phones = self.sandbox.world.lead(int(lead_id))["phones"]
            self.sandbox.edit_lead(int(lead_id), phones=["4045550177"] if phones == LEADS[lead_id] else LEADS[lead_id])
        else:
            self.renamed += 1
            self.sandbox.edit_lead(int(lead_id), firstName=f"Name{'x' * self.renamed}")

    @invariant()
    def nobody_is_written_to_after_opting_out(self) -> None:
        for lead_id, before in self.stopped_at.items():
            assert all(str(sent.lead_id) != lead_id for sent in self.sandbox.sent[before:])

    @invariant()
    def what_is_said_to_be_sent_was_sent_and_no_more(self) -> None:
        self.portal.call(self._check_counts)

    async def _check_counts(self) -> None:
        messages = await (await self.processes[0].open()).outbox.listing()
        posts = [r for r in self.sandbox.requests if r.method == "POST" and r.path.startswith("/v1.0/message/")]
        executed = Counter(r.body for r in posts if r.executed)
        left = Counter(m.words.payload for m in messages if m.state in MAY_HAVE_LEFT)
        said = Counter(m.words.payload for m in messages if m.state in {State.SENT, State.MISMATCH})
        known = {m.words.payload: m for m in messages}
        for payload, times in executed.items():
            assert times <= left[payload], "Lofty acted on a message more often than it may have left"
        for payload, times in said.items():
            assert times <= executed[payload], "a message is called sent that Lofty never had"
        for post in posts:
            assert post.body in known, "bytes left that nobody drafted"
        for sent in self.sandbox.sent:
            assert sent.content in BODIES

    async def _check_all(self) -> None:
        desk = await self.processes[0].open()
        if self.processes[1].desk:
            await self.processes[1].close()
        self.clock.behind_s = 0
        for _ in range(3):
            self.sandbox.clear_faults()
            self.sandbox.clock.advance(700)
            await desk.outbox.tick()
        await self._check_counts()
        assert await desk.outbox.audit_verify() is None
        records: list[Any] = await desk.outbox.audit_export()
        messages = {m.id: m for m in await desk.outbox.listing()}
        for record in (each for each in records if each["message_id"]):
            events = [step["event"] for step in record["steps"]]
            message = messages[record["message_id"]]
            assert message.state in ENDED | {State.PENDING}, "something stays open for ever"
            assert events.count("sending") <= events.count("approved"), "a send without a yes"
            assert not set(events[events.index("sent") + 1 :] if "sent" in events else []) & set(State)
            shown = [line[2:] for line in message.question.splitlines() if line.startswith("> ")]
            assert "\n".join(shown) == message.words.body == json.loads(message.words.payload)["content"]


def examine(examples: int, steps: int) -> int:
    """Try so many histories of so many steps each; return how many messages Lofty had in all.

    Raises:
        AssertionError: an invariant does not hold; the shortest history that shows it is printed.
    """
    before = Machine.delivered
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
            database=None,
        ),
    )
    return Machine.delivered - before


def main() -> None:
    """Examine by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=2_000)
    parser.add_argument("--steps", type=int, default=100)
    given = parser.parse_args()
    examine(given.examples, given.steps)
    sys.stdout.write(f"{given.examples} histories of up to {given.steps} steps: every invariant held\n")


if __name__ == "__main__":
    main()
