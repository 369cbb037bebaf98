"""The switch that stops all sending, and the approval page, from a real terminal, also over ssh."""

import os
import re
import stat
from pathlib import Path
from typing import Any

import anyio
import httpx
import pexpect
import pytest

from tests.server.test_end_to_end import JANE, WORDS, connected, environment, sent
from tests.server.test_terminal import COMMAND

pytestmark = pytest.mark.anyio

SCREENS = ("SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def terminal(folder: Path, *arguments: str, **variables: str) -> "pexpect.spawn[str]":
    """Type a command at a terminal where no browser can be shown, but for what is given."""
    plain = {name: value for name, value in environment(folder).items() if name not in SCREENS}
    env: Any = {**plain, "TERM": "dumb", "COLUMNS": "120", "LOFTY_MCP_OPEN_PAGE": "1", **variables}
    return pexpect.spawn(COMMAND[0], [*COMMAND[1:], *arguments], env=env, encoding="utf-8", timeout=30)


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


async def states(client: Any) -> list[str]:
    listed = await client.call_tool("list_messages", {"state": "all"})
    return [message["state"] for message in listed.structured_content["messages"]]


async def test_a_stop_at_the_terminal_holds_everything_until_a_person_resumes(tmp_path: Path) -> None:
    async with connected("stdio", "auto", tmp_path, None) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        for _ in range(2):
            stopped = terminal(tmp_path, "stop", "--sandbox")
            stopped.expect("All sending is stopped")
            stopped.expect("needs a new yes")
            assert ended(stopped) == 0
        refused = terminal(tmp_path, "approve", "--sandbox")
        refused.expect("Send exactly this")
        refused.sendline("y")
        refused.expect("All sending is stopped; nothing was sent")
        assert ended(refused) == 1
        assert await sent(tmp_path) == []
        assert await states(client) == ["awaiting_approval"]
        resumed = terminal(tmp_path, "resume", "--sandbox")
        resumed.expect("can be approved and sent again")
        assert ended(resumed) == 0
        assert await sent(tmp_path) == []
        approved = terminal(tmp_path, "approve", "--sandbox")
        approved.expect("Send exactly this")
        approved.sendline("y")
        approved.expect("was sent once")
        assert ended(approved) == 0
        assert await sent(tmp_path) == [WORDS]


def link(child: "pexpect.spawn[str]") -> httpx.URL:
    """Return the link that the terminal shows."""
    child.expect(r"http://127\.0\.0\.1:\d+/\S+")
    return httpx.URL(re.sub(r"\s", "", str(child.after)))


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22", "DISPLAY": ":0"},
        {"DISPLAY": ":0", "LOFTY_MCP_OPEN_PAGE": "0"},
    ],
    ids=["no screen", "over ssh", "told not to"],
)
async def test_where_no_browser_can_be_shown_the_terminal_says_what_to_do(
    variables: dict[str, str], tmp_path: Path
) -> None:
    async with connected("stdio", "auto", tmp_path, None) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        child = terminal(tmp_path, "console", "--sandbox", **variables)
        child.expect("Open this in a browser on this machine; it works once, for five minutes")
        address = link(child)
        child.expect(rf"ssh -L {address.port}:127\.0\.0\.1:{address.port}")
        child.expect("Ctrl-C ends the page")
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as person:
            assert WORDS in (await person.get(address)).text
        async with httpx.AsyncClient(trust_env=False) as second:
            assert (await second.get(address)).status_code == 401
        child.sendintr()
        assert ended(child) == 0
        async with httpx.AsyncClient(trust_env=False) as late:
            with pytest.raises(httpx.ConnectError):
                await late.get(address)
        assert await sent(tmp_path) == []


async def test_where_a_browser_can_be_shown_it_gets_the_link_and_the_terminal_does_not(tmp_path: Path) -> None:
    went = tmp_path / "went"
    os.mkfifo(went)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {went}\n', encoding="ascii")
    browser.chmod(stat.S_IRWXU)
    async with connected("stdio", "auto", tmp_path, None) as client:
        await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        child = terminal(tmp_path, "console", "--sandbox", DISPLAY=":0", BROWSER=str(browser))
        child.expect("opens in your browser; Ctrl-C ends it")
        said = str(child.before)
        assert "http" not in said
        with anyio.fail_after(30):
            address = await anyio.to_thread.run_sync(went.read_text, abandon_on_cancel=True)
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as person:
            assert WORDS in (await person.get(address)).text
        child.sendintr()
        assert ended(child) == 0
