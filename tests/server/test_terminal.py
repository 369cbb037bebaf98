"""A person decides at a real terminal; a pipe cannot."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pexpect
import pytest

from tests.server.test_end_to_end import JANE, WORDS, connected, environment, sent

pytestmark = pytest.mark.anyio

COMMAND = [sys.executable, "-m", "lofty_mcp"]


def terminal(folder: Path, *arguments: str) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *arguments],
        env={**environment(folder), "TERM": "dumb", "COLUMNS": "120"},
        encoding="utf-8",
        timeout=30,
    )


async def test_a_yes_at_the_terminal_sends_what_waits_and_says_what_came_of_it(tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, None) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        child = terminal(tmp_path, "approve", "--sandbox")
        child.expect("Text Jane Hollis at \\+1 303 555 0101\\?")
        child.expect(WORDS.replace("?", "\\?").replace(".", "\\."))
        child.expect("Send exactly this")
        assert await sent(tmp_path) == []
        child.sendline("y")
        child.expect("was sent once")
        child.expect(pexpect.EOF)
        assert await sent(tmp_path) == [WORDS]
        listed = await client.call_tool("list_messages", {"state": "all"})
    assert listed.structured_content is not None
    assert [m["state"] for m in listed.structured_content["messages"]] == ["sent"]


@pytest.mark.parametrize(
    ("answer", "said", "state"), [("n", "nothing was sent", "rejected"), ("", "still waits", "awaiting_approval")]
)
async def test_anything_but_a_yes_sends_nothing(answer: str, said: str, state: str, tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, None) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        child = terminal(tmp_path, "approve", "--sandbox")
        child.expect("Send exactly this")
        child.sendline(answer)
        child.expect(said)
        child.expect(pexpect.EOF)
        assert await sent(tmp_path) == []
        listing = terminal(tmp_path, "outbox", "--sandbox", "--all")
        listing.expect(state)
        listing.expect(pexpect.EOF)


async def test_a_message_held_for_the_hour_needs_a_reason_at_the_terminal(tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, None) as client:
        running = json.loads(next((tmp_path / "sandbox").glob("run-*/running.json")).read_text(encoding="utf-8"))
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.post(f"{running['base_url']}/_sandbox/clock", json={"now": "2026-11-18T23:30:00-07:00"})
        held = await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        assert held.structured_content is not None
        assert held.structured_content["held_for"]
        silent = terminal(tmp_path, "approve", "--sandbox")
        silent.expect("Held:")
        silent.expect("Send exactly this")
        silent.sendline("y")
        silent.expect("Why")
        silent.sendline("  ")
        silent.expect("Without a reason nothing is sent")
        silent.expect(pexpect.EOF)
        assert await sent(tmp_path) == []
        spoken = terminal(tmp_path, "approve", "--sandbox", held.structured_content["message_id"])
        spoken.expect("Send exactly this")
        spoken.sendline("y")
        spoken.expect("Why")
        spoken.sendline("She asked me to text her tonight.")
        spoken.expect("was sent once")
        spoken.expect(pexpect.EOF)
        assert await sent(tmp_path) == [WORDS]


@pytest.mark.parametrize("arguments", [["approve"], ["approve", "m-22222222"], ["reject", "m-22222222"]])
async def test_a_pipe_cannot_decide(arguments: list[str], tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, None) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        piped = subprocess.run(  # noqa: ASYNC221 -- the server runs in a process of its own
            [*COMMAND, *arguments, "--sandbox"],
            input="y\ny\n",
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert piped.returncode == 2
        assert piped.stdout == ""
        assert "a person has to answer this at a terminal" in piped.stderr
        assert await sent(tmp_path) == []


async def test_of_several_sandboxes_the_one_that_knows_the_message_is_asked(tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, None) as first:
        drafted = await first.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        assert drafted.structured_content is not None
        message_id = drafted.structured_content["message_id"]
        async with connected("stdio", "auto", tmp_path, None):
            listing = terminal(tmp_path, "outbox", "--sandbox")
            listing.expect(message_id)
            listing.expect(pexpect.EOF)
            child = terminal(tmp_path, "reject", "--sandbox", message_id)
            child.expect("A person said no")
            child.expect(pexpect.EOF)
        looked = terminal(tmp_path, "doctor", "--sandbox")
        looked.expect(pexpect.EOF)
        again = terminal(tmp_path, "outbox", "--sandbox", "--all")
        again.expect("rejected")
        again.expect(pexpect.EOF)
