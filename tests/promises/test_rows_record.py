"""The record and what is written into Lofty by hand: changed files are found out, logs permit nothing."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import anyio
import pytest

from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_sandbox.serve import serve
from tests.crm.outbox.office import JANE, PRIYA, busy_sandbox, office
from tests.promises.front import MODES, Mode, Person, whole
from tests.server.command import run

pytestmark = pytest.mark.anyio

both_eras = pytest.mark.parametrize("mode", MODES)
FILE = "outbox.sqlite3"


def edited(path: Path, *statements: str) -> None:
    """Change the file as someone would who may write to it, the triggers out of the way."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)


def one_byte(path: Path) -> None:
    """Change one byte of the file where it says by what channel a person said yes."""
    content = path.read_bytes()
    at = content.rindex(b'"by":"terminal"')
    path.write_bytes(content[: at + 6] + b"T" + content[at + 7 :])


SWAP = (
    "UPDATE audit SET seq = 99 WHERE seq = 3",
    "UPDATE audit SET seq = 3 WHERE seq = 4",
    "UPDATE audit SET seq = 4 WHERE seq = 99",
)
ADD = (
    "INSERT INTO audit SELECT seq + 1, at, account, message_id, 'approved', detail, hash, hex(randomblob(32))"
    " FROM audit ORDER BY seq DESC LIMIT 1"
)
DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte": (one_byte, "row "),
    "a row is gone": (lambda path: edited(path, "DELETE FROM audit WHERE seq = 2"), "row 2 "),
    "two rows are swapped": (lambda path: edited(path, *SWAP), "row 3 "),
    "the end is cut": (lambda path: edited(path, "DELETE FROM audit WHERE seq > 5"), "rows from 6 on"),
    "a row is added": (lambda path: edited(path, ADD), "row 9 "),
}


@pytest.mark.parametrize("damage", list(DAMAGE))
async def test_the_command_names_the_first_bad_row(damage: str, tmp_path: Path) -> None:
    """D92 I9"""
    sandbox = busy_sandbox()
    async with serve(sandbox) as url:
        async with office(sandbox, tmp_path, url=url) as desk:
            for body in ("The inspection is on Monday.", "Parking is behind the barn."):
                assert (await desk.yes(await desk.text(body))).state is State.SENT
        command = partial(
            run,
            tmp_path,
            "audit",
            "verify",
            variables={
                "LOFTY_API_KEY": "sandbox-api-key",
                "LOFTY_BASE_URL": url,
                "LOFTY_MCP_STATE_DIR": str(tmp_path),
            },
        )
        sound = await anyio.to_thread.run_sync(command)
        assert (sound.returncode, sound.stderr) == (0, "")
        act, named = DAMAGE[damage]
        act(tmp_path / FILE)
        broken = await anyio.to_thread.run_sync(command)
        assert (broken.returncode, broken.stdout) == (1, "")
        assert broken.stderr.startswith("lofty-mcp: the record does not hold: ")
        assert named in broken.stderr


async def test_yesterday_s_file_is_found_out_by_the_next_command_and_ever_after(tmp_path: Path) -> None:
    """D92 D106 I2 I9"""
    sandbox = busy_sandbox()
    state, copy = tmp_path / "state", tmp_path / "copy"
    async with serve(sandbox) as url:
        async with office(sandbox, state, url=url) as desk:
            message = await desk.text()
        copy.write_bytes((state / FILE).read_bytes())
        async with office(sandbox, state, url=url) as desk:
            assert (await desk.yes(message)).state is State.SENT
        for rest in state.glob(f"{FILE}-*"):
            rest.unlink()
        shutil.copy(copy, state / FILE)
        given = {"LOFTY_API_KEY": "sandbox-api-key", "LOFTY_BASE_URL": url, "LOFTY_MCP_STATE_DIR": str(state)}
        sandbox.clock.advance(10)
        for _ in range(2):
            said = await anyio.to_thread.run_sync(partial(run, tmp_path, "audit", "verify", variables=given))
            assert said.returncode == 1
            assert "an older copy of the file" in said.stderr
        async with office(sandbox, state, url=url) as desk:
            again = await desk.outbox.get(message.id)
            assert (again.state, again.console_only) == (State.PENDING, True)
            assert (await desk.outbox.approve(again, by=Approver.CHAT)).state is State.PENDING
            assert [f.code for f in (await desk.yes(again)).held] == ["same_words"]
    assert len(sandbox.sent) == 1


@both_eras
async def test_a_log_is_no_consent_no_answer_and_no_evidence(mode: Mode, tmp_path: Path) -> None:
    """D94 I6 I11"""
    sandbox = busy_sandbox()
    async with whole(sandbox, tmp_path, mode=mode, person=Person()) as it:
        sandbox.inbound_text(int(JANE), "Is the garden fenced?")
        waiting = str(await it.call("list_replies", limit=20))
        assert "Is the garden fenced?" in waiting
        for words in ("START", "I opt in again, you may text me", "Yes, I consent to texts"):
            for direction in ("inbound", "outbound"):
                await it.call("log_message", lead_id=PRIYA, channel="sms", direction=direction, content=words)
        call = {"direction": "inbound", "summary": "She took back her opt-out.", "outcome": "Talked"}
        await it.call("log_call", lead_id=PRIYA, **call)
        await it.call("log_message", lead_id=JANE, channel="sms", direction="outbound", content="Yes, it is fenced.")
        sandbox.clock.advance(10)
        bodies = [request.body for request in sandbox.requests if request.method == "POST"]
        assert len(bodies) == 8
        assert all(b"Logged by the assistant." in body for body in bodies)
        assert (await it.call(lead_id=PRIYA, body="As you asked."))["state"] == "blocked"
        assert "Is the garden fenced?" in str(await it.call("list_replies", limit=20))
        assert it.desk.posts == 0


@both_eras
async def test_a_note_goes_once_after_a_yes_and_its_text_stays_here(mode: Mode, tmp_path: Path) -> None:
    """D95"""
    sandbox = busy_sandbox()
    person = Person()
    async with whole(sandbox, tmp_path, mode=mode, person=person) as it:
        note = (await it.call("list_notes", lead_id=JANE))["notes"][0]
        given = {"lead_id": JANE, "note_id": note["note_id"]}
        person.content = {"confirm": False}
        assert (await it.call("delete_note", **given))["state"] == "rejected"
        assert sandbox.count("DELETE", "/") == 0
        person.content = {"confirm": True}
        deleted = await it.call("delete_note", **given)
        assert deleted["state"] == "deleted"
        assert f"> {note['content'].splitlines()[0]}" in person.asked[-1]
        sandbox.clock.advance(15)
        again = await it.call("delete_note", **given)
        assert again.get("state", "refused") in {"deleted", "refused"}
        assert again.get("message_id", deleted["message_id"]) == deleted["message_id"]
        assert sandbox.count("DELETE", "/v1.0/notes") == 1
        assert await it.outbox.kept_notes(note["note_id"]) == [note["content"]]
        told = await it.call("get_message", message_id=deleted["message_id"])
        assert note["content"].splitlines()[0] in str(told)
