import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from lofty_mcp.clients import Machine
from lofty_mcp.doctor import Outcome, Report, examine
from lofty_mcp.environment import load
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve

pytestmark = pytest.mark.anyio


NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)


@dataclass
class Stopped:
    """A clock that stands still."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


async def examined(home: Path, *, clock: Stopped | None = None, **environ: str) -> Report:
    settings = load({"LOFTY_MCP_STATE_DIR": str(home / "state"), "LOFTY_API_KEY": "sandbox-api-key", **environ})
    return await examine(settings, clock=clock or Stopped(), machine=Machine("linux", home, {}))


def outcome(report: Report, name: str) -> Outcome:
    return next(check.outcome for check in report.checks if check.name == name)


def remedy(report: Report, name: str) -> str:
    return next(check.remedy for check in report.checks if check.name == name)


async def test_all_is_fine_with_the_sandbox(tmp_path: Path) -> None:
    report = await examined(tmp_path, LOFTY_API_KEY="", LOFTY_MCP_SANDBOX="1")
    assert report.ok
    assert {check.name for check in report.checks if check.outcome is Outcome.FINE} >= {
        "credential",
        "state folder",
        "host",
        "account",
        "dialect",
        "texting",
        "rate limit",
        "timeline",
        "outbox",
        "approval page",
    }


async def test_every_failure_says_what_to_do_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".cursor" / "mcp.json").write_text("{", encoding="utf-8")
    report = await examined(tmp_path, LOFTY_API_KEY="", LOFTY_BASE_URL="http://127.0.0.1:9")
    failed = [check for check in report.checks if check.outcome is Outcome.FAILED]
    assert {check.name for check in failed} == {"credential", "host", "client settings"}
    assert all(bool(check.remedy) == (check.outcome is Outcome.FAILED) for check in report.checks)
    assert not report.ok


async def test_a_refused_key_is_told_from_a_token_in_the_wrong_place(sandbox: Sandbox, tmp_path: Path) -> None:
    async with serve(sandbox) as url:
        refused = await examined(tmp_path, LOFTY_BASE_URL=url, LOFTY_API_KEY="no-such-key")
        misplaced = await examined(tmp_path, LOFTY_BASE_URL=url, LOFTY_API_KEY="", LOFTY_ACCESS_TOKEN="sandbox-api-key")
    assert outcome(refused, "account") is Outcome.FAILED
    assert outcome(misplaced, "account") is Outcome.FAILED
    assert "LOFTY_API_KEY" in remedy(misplaced, "account")


async def test_an_account_of_the_guide_is_recognised_and_no_owner_is_claimed(tmp_path: Path) -> None:
    async with serve(Sandbox(dialect="guide", frozen=True)) as url:
        report = await examined(tmp_path, LOFTY_BASE_URL=url)
    assert report.ok
    assert outcome(report, "account") is Outcome.SKIPPED
    assert next(check.detail for check in report.checks if check.name == "dialect") == "guide"


@pytest.mark.parametrize(("empty", "said"), [(False, "filled by Lofty"), (True, "left empty")])
async def test_an_empty_timeline_is_told_from_one_that_nobody_has_filled(
    empty: bool, said: str, tmp_path: Path
) -> None:
    sandbox = Sandbox(frozen=True, empty_timeline=empty)
    async with serve(sandbox) as url:
        report = await examined(tmp_path, clock=Stopped(sandbox.clock.now()), LOFTY_BASE_URL=url)
        long_after = Stopped(sandbox.clock.now() + timedelta(days=900))
        quiet = await examined(tmp_path / "later", clock=long_after, LOFTY_BASE_URL=url)
    assert said in next(check.detail for check in report.checks if check.name == "timeline")
    assert outcome(report, "timeline") is Outcome.FINE
    assert outcome(quiet, "timeline") is Outcome.SKIPPED


async def test_every_report_has_the_same_checks_in_the_same_order(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    guide = Sandbox(dialect="guide", frozen=True)
    async with serve(sandbox) as url, serve(guide) as other:
        reports = [
            await examined(tmp_path, LOFTY_BASE_URL=url),
            await examined(tmp_path, LOFTY_BASE_URL=other),
            await examined(tmp_path, LOFTY_BASE_URL=url, LOFTY_API_KEY="no-such-key"),
            await examined(tmp_path, LOFTY_BASE_URL=url, LOFTY_API_KEY=""),
            await examined(tmp_path, LOFTY_BASE_URL=url, LOFTY_MCP_STATE_DIR=str(tmp_path / "file")),
            await examined(tmp_path, LOFTY_BASE_URL="http://127.0.0.1:9"),
        ]
    names = [check.name for check in reports[0].checks]
    assert len(set(names)) == len(names) == 14
    for report in reports:
        assert [check.name for check in report.checks] == names


async def test_a_host_on_this_machine_is_asked_without_a_proxy(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serve(sandbox) as url:
        assert outcome(await examined(tmp_path, LOFTY_BASE_URL=url), "host") is Outcome.FINE


async def test_a_user_without_a_virtual_number_is_told_before_the_first_text_fails(tmp_path: Path) -> None:
    async with serve(Sandbox(frozen=True, virtual_number=False)) as url:
        report = await examined(tmp_path, LOFTY_BASE_URL=url)
    assert outcome(report, "texting") is Outcome.FAILED


async def test_a_state_folder_that_cannot_be_written_keeps_lofty_unasked(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    async with serve(sandbox) as url:
        report = await examined(tmp_path, LOFTY_BASE_URL=url)
    assert outcome(report, "state folder") is Outcome.FAILED
    assert sandbox.requests == []


@asynccontextmanager
async def dated(moment: datetime) -> AsyncGenerator[str]:
    """A server that knows nothing but the time."""
    head = f"HTTP/1.1 404 Not Found\r\nDate: {format_datetime(moment, usegmt=True)}\r\n"
    answer = f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()

    async def handle(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(answer)

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 -- nothing of Django's
        yield f"http://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("off", "expected"), [(timedelta(minutes=1), Outcome.FINE), (timedelta(minutes=-10), Outcome.FAILED)]
)
async def test_a_clock_that_is_wrong_is_noticed(off: timedelta, expected: Outcome, tmp_path: Path) -> None:
    async with dated(NOON) as url:
        report = await examined(tmp_path, clock=Stopped(NOON + off), LOFTY_BASE_URL=url)
    assert outcome(report, "clock") is expected


async def test_nothing_shows_the_key(sandbox: Sandbox, tmp_path: Path) -> None:
    async with serve(sandbox) as url:
        report = await examined(tmp_path, LOFTY_BASE_URL=url)
    assert "sandbox-api-key" not in report.text() + report.json()


async def test_the_json_says_the_same_as_the_text(tmp_path: Path) -> None:
    report = await examined(tmp_path, LOFTY_BASE_URL="http://127.0.0.1:9")
    told = json.loads(report.json())
    assert told["ok"] is report.ok
    lines = report.text().splitlines()
    assert len(lines) == len(told["checks"])
    for line, check in zip(lines, told["checks"], strict=True):
        assert line.startswith(check["outcome"])
        assert check["detail"] in line
        assert check["remedy"] in line
