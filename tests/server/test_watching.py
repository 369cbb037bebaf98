"""Clients that listen are told what changed: in the outbox by any process, and in Lofty by a look now and then."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import pytest
from mcp import Client

from lofty_crm.outbox.message import Approver, Message
from lofty_crm.outbox.outbox import Outbox
from lofty_mcp.app import build_server
from lofty_mcp.audience import Audience
from lofty_mcp.settings import TOOLSETS
from lofty_mcp.watching import LONGEST_S, InboxWatch
from lofty_sandbox.faults import FaultKind
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from tests.crm.outbox.office import AIKO, JANE, WALTER, Office, busy_sandbox, office
from tests.promises.front import MODES, Mode
from tests.server.listening import PATIENCE_S, Ear

pytestmark = pytest.mark.anyio

INBOX = "lofty://inbox"
TIMELINE = f"lofty://leads/{JANE}/timeline"
SEARCH = "/v2.0/communication/agent"
EVERY_S = 60.0
AT_ONCE_S = 0.01
modes = pytest.mark.parametrize("mode", MODES)


@dataclass
class Listener:
    """A client of the whole server that can listen."""

    client: Client
    desk: Office
    ear: Ear

    def to(self, *uris: str) -> Any:
        """Listen to these addresses."""
        return self.ear.listening(self.client, *uris)


@asynccontextmanager
async def listener(
    sandbox: Sandbox, folder: Path, *, mode: Mode = "auto", watch_s: float = 0
) -> AsyncGenerator[Listener]:
    async with office(sandbox, folder) as desk:

        @asynccontextmanager
        async def opened() -> AsyncGenerator[Deps]:
            yield Deps(desk.lofty, desk.outbox, sandbox.clock, ZoneInfo("America/New_York"))

        ear = Ear()
        server = build_server(opened, toolsets=TOOLSETS, audience=Audience(look_every_s=watch_s))
        async with Client(server, mode=mode, message_handler=ear) as client:
            yield Listener(client, desk, ear)
        ear.close()


@asynccontextmanager
async def watch(sandbox: Sandbox, folder: Path) -> AsyncGenerator[InboxWatch]:
    async with office(sandbox, folder) as desk:
        yield InboxWatch(Audience(look_every_s=EVERY_S), desk.lofty, sandbox.clock)


def uri_of(message: Message) -> str:
    return f"lofty://messages/{message.id}"


@modes
async def test_a_client_hears_of_a_message_that_another_process_moves(tmp_path: Path, mode: Mode) -> None:
    async with listener(busy_sandbox(), tmp_path, mode=mode) as it:
        first, second = await it.desk.text(), await it.desk.text("Four works too.")
        other = Outbox(it.desk.lofty, it.desk.sandbox.clock, it.desk.outbox.config)
        async with it.to(uri_of(first), uri_of(second)) as heard:
            await other.reject(second, by=Approver.PAGE)
            assert await heard() == uri_of(second)
            await other.approve(first, by=Approver.PAGE)
            assert await heard() == uri_of(first)
        await other.close()


@modes
async def test_what_a_client_then_reads_is_what_became_of_the_message(tmp_path: Path, mode: Mode) -> None:
    async with listener(busy_sandbox(), tmp_path, mode=mode) as it:
        message = await it.desk.text()
        async with it.to(uri_of(message)) as heard:
            await it.desk.yes(message)
            assert await heard() == uri_of(message)
            (content,) = (await it.client.read_resource(uri_of(message))).contents
    assert getattr(content, "text", "").startswith("sent: ")


@modes
async def test_a_message_that_is_not_there_is_never_told_of(tmp_path: Path, mode: Mode) -> None:
    async with listener(busy_sandbox(), tmp_path, mode=mode) as it:
        message = await it.desk.text()
        async with it.to("lofty://messages/m-22222222", "lofty://messages/%2e%2e", uri_of(message)) as heard:
            await it.desk.outbox.cancel(message.id)
            assert await heard() == uri_of(message)


async def test_a_message_to_which_nobody_listens_is_not_read(tmp_path: Path) -> None:
    async with listener(busy_sandbox(), tmp_path) as it:
        async with it.to(TIMELINE):
            await anyio.lowlevel.checkpoint()
        assert not (tmp_path / "outbox.sqlite3").exists()


@modes
async def test_a_new_text_is_told_to_the_inbox_and_to_the_timeline_of_its_lead_alone(
    tmp_path: Path, mode: Mode
) -> None:
    sandbox = busy_sandbox()
    async with listener(sandbox, tmp_path, mode=mode, watch_s=AT_ONCE_S) as it:
        other = f"lofty://leads/{WALTER}/timeline"
        async with it.to(other, INBOX, TIMELINE) as heard:
            with anyio.fail_after(PATIENCE_S):
                await sandbox.arrived("GET", SEARCH)
            sandbox.clock.advance(30)
            sandbox.inbound_text(int(JANE), "Is Thursday still on?")
            sandbox.clock.advance(30)
            assert [await heard(), await heard()] == [INBOX, TIMELINE]
            sandbox.inbound_text(int(WALTER), "Call me.")
            sandbox.clock.advance(30)
            assert [await heard(), await heard()] == [INBOX, other]


@modes
async def test_lofty_is_not_asked_unless_somebody_listens_to_what_it_knows(tmp_path: Path, mode: Mode) -> None:
    sandbox = busy_sandbox()
    async with listener(sandbox, tmp_path, mode=mode, watch_s=AT_ONCE_S) as it:
        message = await it.desk.text()
        before = sandbox.count("*", "/")
        async with it.to(uri_of(message)) as heard:
            await it.desk.outbox.cancel(message.id)
            await heard()
        assert sandbox.count("*", "/") == before
        async with it.to(INBOX):
            with anyio.fail_after(PATIENCE_S):
                await sandbox.arrived("GET", SEARCH)


async def test_nothing_is_watched_unless_the_operator_wants_it(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with listener(sandbox, tmp_path) as it:
        message = await it.desk.text()
        async with it.to(INBOX, uri_of(message)) as heard:
            await it.desk.outbox.cancel(message.id)
            await heard()
        assert sandbox.count("GET", SEARCH) == 0


async def test_an_hour_of_looks_once_a_minute_takes_sixty_requests(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with watch(sandbox, tmp_path) as it:
        for _ in range(60):
            await it.look()
            assert it.pause_s == EVERY_S
            sandbox.clock.advance(it.pause_s)
        assert sandbox.count("*", "/") == 60


async def test_a_look_by_days_takes_four_requests(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.fail("GET", SEARCH, "status", times=None, status=405, code=0, message="Method Not Allowed")
    async with watch(sandbox, tmp_path) as it:
        await it.look()
        assert it.pause_s == EVERY_S
        assert sandbox.count("*", "/") == 4


async def test_a_look_leaves_half_of_the_budget_to_others(tmp_path: Path) -> None:
    sandbox = Sandbox(frozen=True, rate_limit=20)
    async with office(sandbox, tmp_path) as desk:
        it = InboxWatch(Audience(look_every_s=EVERY_S), desk.lofty, sandbox.clock)
        for _ in range(11):
            await desk.lofty.lead(JANE)
        await it.look()
        assert sandbox.count("GET", SEARCH) == 0
        sandbox.clock.advance(61)
        await it.look()
        assert sandbox.count("GET", SEARCH) == 1


async def test_looks_become_rarer_while_lofty_is_down_and_tell_what_came_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sandbox = busy_sandbox()
    async with watch(sandbox, tmp_path) as it:
        await it.look()
        sandbox.fail("GET", SEARCH, "status", times=None, status=500)
        pauses: list[float] = []
        for _ in range(6):
            sandbox.clock.advance(it.pause_s)
            await it.look()
            pauses.append(it.pause_s)
        assert pauses == [120, 240, 480, LONGEST_S, LONGEST_S, LONGEST_S]
        sandbox.inbound_text(int(AIKO), "Hello?")
        sandbox.clock.advance(it.pause_s)
        sandbox.clear_faults()
        await it.look()
        assert it.pause_s == EVERY_S
    changed = [record for record in caplog.records if record.getMessage() == "inbox_changed"]
    assert [record.__dict__["count"] for record in changed] == [1]
    assert "Hello" not in caplog.text
    assert AIKO not in caplog.text


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("reset_before", {}),
        ("malformed", {}),
        ("html", {}),
        ("redirect", {}),
        ("business_code", {}),
        ("status", {"status": 401}),
        ("status", {"status": 403}),
        ("status", {"status": 429}),
        ("status", {"status": 503}),
    ],
)
async def test_no_fault_of_lofty_ends_the_watch(tmp_path: Path, fault: FaultKind, options: dict[str, int]) -> None:
    sandbox = busy_sandbox()
    async with watch(sandbox, tmp_path) as it:
        await it.look()
        sandbox.fail("GET", SEARCH, fault, times=None, **options)
        await it.look()
        assert it.pause_s == 2 * EVERY_S
        sandbox.clear_faults()
        sandbox.clock.advance(it.pause_s)
        await it.look()
        assert it.pause_s == EVERY_S


async def test_an_account_without_a_search_over_all_leads_is_asked_once(tmp_path: Path) -> None:
    sandbox = Sandbox("guide", frozen=True, rate_limit=None)
    async with listener(sandbox, tmp_path, watch_s=AT_ONCE_S) as it:
        message = await it.desk.text()
        async with it.to(INBOX, uri_of(message)) as heard:
            with anyio.fail_after(PATIENCE_S):
                await sandbox.arrived("POST", "/v1.0/agent/communication")
            await it.desk.outbox.cancel(message.id)
            await heard()
        assert sandbox.count("GET", SEARCH) == 1


async def test_what_was_there_is_not_told_and_what_a_look_sees_again_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sandbox = busy_sandbox()
    sandbox.inbound_text(int(WALTER), "Before")
    sandbox.clock.advance(30)
    async with watch(sandbox, tmp_path) as it:
        await it.look()
        assert "inbox_changed" not in caplog.text
        sandbox.clock.advance(30)
        sandbox.inbound_text(int(JANE), "One")
        for _ in range(8):
            sandbox.clock.advance(30)
            await it.look()
    assert [record.getMessage() for record in caplog.records if record.name == "lofty_mcp.watching"] == [
        "inbox_changed"
    ]
