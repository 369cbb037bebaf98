"""The file on disk: what it promises, and what happens when it cannot."""

import contextlib
import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from lofty_crm.outbox import store
from lofty_crm.outbox.message import OutboxClosedError, OutboxError
from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import InProcess, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

FILE = "outbox.sqlite3"


async def test_the_journal_survives_a_power_cut_by_its_settings(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        assert await desk.outbox.settings() == {"journal_mode": "wal", "synchronous": "FULL"}
        db = sqlite3.connect(tmp_path / FILE)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        db.close()
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@contextlib.contextmanager
def locked(folder: Path) -> Generator[None]:
    """Another program holds the write lock."""
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


class Disk(InProcess):
    """The way to Lofty, on which the disk fails: before the POST, or when its answer is back."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        *,
        when: str,
        fault: Callable[[Path], contextlib.AbstractContextManager[None]],
    ) -> None:
        super().__init__(sandbox)
        self.folder = folder
        self.when = when
        self.fault = fault
        self.failing = contextlib.ExitStack()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.method == self.when:
            self.when = ""
            self.failing.enter_context(self.fault(self.folder))
        return answer


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_S", 0.05)


@pytest.mark.usefixtures("short_patience")
async def test_a_locked_journal_at_the_claim_sends_nothing(tmp_path: Path) -> None:
    """D66"""
    sandbox = busy_sandbox()
    way = Disk(sandbox, tmp_path, when="GET", fault=locked)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
    async with office(sandbox, tmp_path, transport=way) as desk:
        with pytest.raises(OutboxClosedError, match="nothing new was sent"):
            await desk.yes(message)
        way.failing.close()
        assert desk.posts == 0
        sandbox.clock.advance(4)
        await desk.outbox.tick()
        assert (await desk.state(message), desk.posts) == (State.SENT, 1)


@pytest.mark.usefixtures("short_patience")
async def test_an_outcome_that_the_disk_does_not_take_is_told_and_written_down_later(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Disk(sandbox, tmp_path, when="POST", fault=locked)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()
        with pytest.raises(OutboxError, match="treat it as sent"):
            await desk.yes(message)
        with pytest.raises(OutboxClosedError):
            await desk.outbox.tick()
        way.failing.close()
        assert await desk.state(message) is State.SENDING
        await desk.outbox.tick()
        assert (await desk.state(message), desk.posts) == (State.SENT, 1)


@pytest.mark.usefixtures("short_patience")
async def test_an_outcome_that_was_never_written_down_is_unknown_to_the_next_process(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Disk(sandbox, tmp_path, when="POST", fault=locked)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()
        with pytest.raises(OutboxError, match="treat it as sent"):
            await desk.yes(message)
    way.failing.close()
    async with office(sandbox, tmp_path) as later:
        assert await later.state(message) is State.UNKNOWN
        sandbox.clock.advance(6)
        await later.outbox.tick()
        assert (await later.state(message), later.posts) == (State.SENT, 1)


@pytest.mark.usefixtures("short_patience")
async def test_a_refusal_that_the_disk_does_not_take_is_not_called_sent(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Disk(sandbox, tmp_path, when="POST", fault=locked)
    async with office(sandbox, tmp_path, transport=way) as desk:
        sandbox.fail("POST", "/v1.0/message", "status", status=400)
        message = await desk.text()
        with pytest.raises(OutboxError, match="was not sent"):
            await desk.yes(message)
        way.failing.close()


@contextlib.contextmanager
def full_disk(folder: Path) -> Generator[None]:
    """No file may grow."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
        assert folder.exists()


async def test_a_full_disk_sends_nothing(tmp_path: Path) -> None:
    """D66"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        with full_disk(tmp_path):
            with pytest.raises(OutboxClosedError, match="nothing new was sent"):
                await desk.yes(message)
            with pytest.raises(OutboxClosedError):
                await desk.text("Another.")
        assert (await desk.state(message), desk.posts) == (State.PENDING, 0)
        assert (await desk.yes(message)).state is State.SENT


class FullDisk(InProcess):
    """The disk fills up while Lofty answers the POST."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(sandbox)
        self.folder = folder
        self.full = contextlib.ExitStack()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.method == "POST":
            self.full.enter_context(full_disk(self.folder))
        return answer


async def test_a_disk_that_fills_up_after_the_post_does_not_make_it_twice(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = FullDisk(sandbox, tmp_path)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()
        with pytest.raises(OutboxError, match="treat it as sent"):
            await desk.yes(message)
        way.full.close()
        await desk.outbox.tick()
        assert (await desk.state(message), desk.posts) == (State.SENT, 1)


async def test_a_journal_that_is_read_only_sends_nothing(tmp_path: Path) -> None:
    """D66"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes())
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("CREATE TRIGGER no_writes BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'read-only'); END")
    db.commit()
    db.close()
    async with office(sandbox, tmp_path) as desk:
        with pytest.raises(OutboxClosedError, match="nothing new was sent"):
            await desk.yes(message)
        assert desk.posts == 0


async def _opens(desk: Office) -> None:
    await desk.outbox.listing()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be looked at" * 20, b"SQLite format 3\x00" + b"\x01" * 4096]
)
async def test_a_damaged_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    """D108"""
    (tmp_path / FILE).write_bytes(content)
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError, match="nothing can be sent"):
            await _opens(desk)
    assert (tmp_path / FILE).read_bytes() == content


@pytest.mark.parametrize("version", [0, 1, 99])
async def test_a_journal_of_another_version_is_refused_and_left_alone(tmp_path: Path, version: int) -> None:
    """D108"""
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.text()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute(f"PRAGMA user_version={version}")
    db.close()
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError, match=f"format {version}"):
            await _opens(desk)


async def test_a_file_system_without_write_ahead_log_is_refused(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.text()
    (tmp_path / f"{FILE}-wal").unlink(missing_ok=True)
    (tmp_path / f"{FILE}-shm").unlink(missing_ok=True)
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    held = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    held.execute("BEGIN")
    held.execute("SELECT * FROM audit").fetchone()
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError, match="nothing can be sent"):
            await _opens(desk)
    held.close()


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    async with office(busy_sandbox(), tmp_path / "file" / "state") as desk:
        with pytest.raises(OutboxClosedError, match="nothing can be sent"):
            await _opens(desk)


async def test_a_folder_without_room_for_the_locks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "owners").write_text("", encoding="ascii")
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError, match="nothing can be sent"):
            await _opens(desk)


async def test_a_store_that_was_closed_is_not_used_any_more(tmp_path: Path) -> None:
    opened = store.Store(tmp_path / FILE, "a key")
    opened.close()
    with pytest.raises(OutboxClosedError, match="stopping"):
        await opened.run(lambda connection: connection)


async def test_a_process_is_alive_as_long_as_it_holds_its_lock(tmp_path: Path) -> None:
    one, two = Owner(tmp_path), Owner(tmp_path)
    assert (one.is_alive(one.id), one.is_alive(two.id), one.is_alive(None), one.is_alive("gone")) == (
        True,
        True,
        False,
        False,
    )
    left = tmp_path / "1234567890abcdef"
    left.write_bytes(b"")
    one.sweep()
    assert not left.exists()
    assert one.is_alive(two.id)
    two.close()
    two.close()
    assert not one.is_alive(two.id)
    one.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- names are enough


async def test_a_folder_that_is_removed_while_it_is_used_sends_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    async with office(busy_sandbox(), folder) as desk:
        message = await desk.text()
        shutil.rmtree(folder)
        with pytest.raises(OutboxError):
            await desk.yes(message)
        assert desk.posts == 0


@contextlib.contextmanager
def failing_disk(folder: Path) -> Generator[None]:
    """Every fsync of the log fails, as on a dying disk: SQLite's log is exchanged for a device that knows no fsync."""
    log = (folder / f"{FILE}-wal").stat()
    held = [fd for fd in range(3, 256) if _is(fd, log)]
    assert held
    with contextlib.ExitStack() as stack:
        for fd in held:
            kept = os.dup(fd)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, fd)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, fd)
            os.close(null)
        yield


def _is(fd: int, wanted: os.stat_result) -> bool:
    try:
        found = os.fstat(fd)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)


def moves(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The steps that were logged."""
    return [record.__dict__["state"] for record in caplog.records if record.msg == "message_moved"]


@pytest.mark.parametrize("when", ["at the yes", "at the claim"])
async def test_a_disk_that_fails_at_a_commit_sends_nothing_and_no_step_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, when: str
) -> None:
    """D66"""
    caplog.set_level("INFO")
    sandbox = busy_sandbox()
    way = Disk(sandbox, tmp_path, when="", fault=failing_disk)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()
        if when == "at the yes":
            way.failing.enter_context(failing_disk(tmp_path))
        else:
            way.when = "GET"
        with pytest.raises(OutboxClosedError, match="nothing new was sent") as raised:
            await desk.yes(message)
        assert "disk I/O error" in str(raised.value.__cause__)
        way.failing.close()
        assert desk.posts == 0
        before = State.PENDING if when == "at the yes" else State.APPROVED
        assert (await desk.state(message), moves(caplog)) == (before, [before.value] if before != State.PENDING else [])
        sandbox.clock.advance(4)
        await desk.outbox.tick()
        sent = await desk.outbox.get(message.id) if before != State.PENDING else await desk.yes(message)
        assert (sent.state, desk.posts) == (State.SENT, 1)
        assert moves(caplog) == ["approved", "sending", "sent"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_disk_that_fails_after_the_post_is_not_called_sent_and_does_not_make_it_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, restarted: bool
) -> None:
    caplog.set_level("INFO")
    sandbox = busy_sandbox()
    way = Disk(sandbox, tmp_path, when="POST", fault=failing_disk)
    async with contextlib.AsyncExitStack() as stack:
        desk = await stack.enter_async_context(office(sandbox, tmp_path, transport=way))
        message = await desk.text()
        with pytest.raises(OutboxError, match="treat it as sent"):
            await desk.yes(message)
        assert moves(caplog) == ["approved", "sending"]
        if restarted:
            await stack.aclose()
            way.failing.close()
            desk = await stack.enter_async_context(office(sandbox, tmp_path))
            assert await desk.state(message) is State.UNKNOWN
            sandbox.clock.advance(6)
        else:
            way.failing.close()
            assert await desk.state(message) is State.SENDING
        await desk.outbox.tick()
        assert (await desk.state(message), desk.posts) == (State.SENT, 1)
