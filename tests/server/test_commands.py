"""The commands that a person types: help, exit codes, one line on stderr, and a terminal where one is needed."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import anyio
import httpx
import pexpect
import pytest

from lofty_mcp.clients import CLIENTS
from lofty_mcp.settings import TOOLSETS
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.server.command import COMMAND, PATIENCE_S, environment, run

COMMANDS = [
    *("serve", "demo", "sandbox", "tools", "doctor", "login", "logout", "install", "uninstall"),
    *("outbox", "approve", "reject", "console", "stop", "resume", "note"),
]
KEY = "sandbox-api-key"


def at_terminal(home: Path, *arguments: str, **variables: str) -> Any:
    env = environment(home, TERM="dumb", **variables)
    spawn: Any = pexpect.spawn
    return spawn(COMMAND[0], [*COMMAND[1:], *arguments], env=env, encoding="utf-8", timeout=PATIENCE_S)


def ended(child: Any) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str, tmp_path: Path) -> None:
    done = run(tmp_path, name, "--help")
    assert done.returncode == 0
    assert f"Example: lofty-mcp {name}" in done.stdout
    assert done.stderr == ""


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    assert set(re.findall(r"^│ ([a-z]+) ", done.stdout, re.MULTILINE)) == {*COMMANDS, "audit", "voice"}


def test_a_group_without_a_command_shows_its_help_and_no_empty_complaint(tmp_path: Path) -> None:
    done = run(tmp_path, "audit")
    assert "verify" in done.stdout + done.stderr
    assert "lofty-mcp: (" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("command", ["install", "uninstall"])
@pytest.mark.parametrize("client", [(), ("nothing",)])
def test_whoever_names_no_client_is_told_which_there_are(command: str, client: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, command, *client)
    assert done.returncode == 2
    assert all(each.name in done.stderr for each in CLIENTS)


def test_a_person_who_starts_the_server_by_hand_is_told_what_it_waits_for(tmp_path: Path) -> None:
    child = at_terminal(tmp_path, "serve", "--sandbox")
    child.expect(r"waiting for an MCP client on stdin; `.*install CLIENT` sets one up, Ctrl-C stops")
    child.sendintr()
    # told to stop at once, it may not have begun to serve
    assert ended(child) in {0, 1}
    assert "crashed" not in child.before


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("serve", "--transport", "carrier-pigeon"),
        ("serve", "--port", "70000"),
        ("serve", "--toolsets", "everything"),
        ("--toolsets", "everything"),
        ("sandbox", "--dialect", "klingon"),
        ("reject",),
        ("install",),
        ("install", "notepad"),
        ("install", "codex", "--link"),
    ],
)
def test_what_is_not_understood_ends_with_2_and_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("lofty-mcp: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("approve",), ("approve", "m1"), ("reject", "m1"), ("login",)])
def test_no_pipe_stands_in_for_a_person(command: tuple[str, ...], tmp_path: Path) -> None:
    key = {} if command == ("login",) else {"LOFTY_API_KEY": "a-key-of-nobody"}
    done = run(tmp_path, *command, typed="y\ny\n", variables=key)
    assert done.returncode == 2
    assert "terminal" in done.stderr


def test_the_table_of_tools_needs_no_credential(tmp_path: Path) -> None:
    everything = run(tmp_path, "tools")
    reading = run(tmp_path, "tools", "--read-only")
    assert everything.returncode == reading.returncode == 0
    assert {line.split()[1] for line in everything.stdout.splitlines()} == {"read", "write", "delete", "send"}
    assert {line.split()[1] for line in reading.stdout.splitlines()} == {"read"}
    names = {line.split()[0] for line in everything.stdout.splitlines()}
    assert {line.split()[0] for line in reading.stdout.splitlines()} < names


def test_doctor_ends_with_1_when_something_is_wrong(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", variables={"LOFTY_BASE_URL": "http://127.0.0.1:9"})
    assert done.returncode == 1
    assert "lofty-mcp login" in done.stdout
    assert done.stderr == ""


def test_doctor_finds_nothing_wrong_with_the_sandbox(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--sandbox")
    assert (done.returncode, done.stderr) == (0, "")


def test_logging_out_of_nothing_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path, "logout")
    assert (done.returncode, done.stderr) == (0, "lofty-mcp: nothing was stored\n")


def test_login_does_not_hide_behind_a_credential_of_the_environment(tmp_path: Path) -> None:
    done = run(tmp_path, "login", variables={"LOFTY_API_KEY": KEY})
    assert done.returncode == 2
    assert "unset it first" in done.stderr


@pytest.mark.anyio
async def test_a_key_is_checked_stored_and_used_until_logout(sandbox: Sandbox, tmp_path: Path) -> None:
    async with serve(sandbox) as url:

        def live() -> None:
            child = at_terminal(tmp_path, "login", LOFTY_BASE_URL=url)
            child.expect("Lofty API key: ")
            child.sendline(KEY)
            child.expect("Alex Morgan")
            shown = child.before
            assert ended(child) == 0
            assert KEY not in shown
            stored = list((tmp_path / ".config" / "lofty-mcp").iterdir())
            assert [path.name for path in stored] == ["credential-default.json"]
            found = run(tmp_path, "doctor", variables={"LOFTY_BASE_URL": url})
            assert "from the file" in found.stdout
            assert "Alex Morgan" in found.stdout
            assert run(tmp_path, "logout").stderr == "lofty-mcp: removed from file\n"
            assert not stored[0].exists()

        await anyio.to_thread.run_sync(live)


@pytest.mark.anyio
@pytest.mark.parametrize("typed", ["no-such-key", " "])
async def test_a_key_that_lofty_refuses_is_not_stored(typed: str, sandbox: Sandbox, tmp_path: Path) -> None:
    async with serve(sandbox) as url:

        def refused() -> None:
            child = at_terminal(tmp_path, "login", LOFTY_BASE_URL=url)
            child.expect("Lofty API key: ")
            child.sendline(typed)
            assert ended(child) == 1
            assert not (tmp_path / ".config" / "lofty-mcp").exists()

        await anyio.to_thread.run_sync(refused)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_sandbox_alone_says_how_to_reach_it_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = [*COMMAND, "sandbox", "--port", "0", "--dialect", "guide"]
    with subprocess.Popen(command, env=environment(tmp_path), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        first = process.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert url
        assert "guide" in first
        with httpx.Client(trust_env=False) as http:
            assert http.get(f"{url[0]}/_sandbox/state").json()["dialect"] == "guide"
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(PATIENCE_S) == 0
    assert KEY in rest
    assert "Traceback" not in rest


def test_toolsets_on_the_command_line_are_those_of_the_settings(tmp_path: Path) -> None:
    assert ", ".join(TOOLSETS) in run(tmp_path, "serve", "--toolsets", "x").stderr


@pytest.mark.parametrize(
    "command",
    [
        ("outbox",),
        ("approve",),
        ("reject", "m1"),
        ("console",),
        ("audit", "verify"),
        ("audit", "export"),
        ("audit", "note", "1"),
        ("stop",),
    ],
)
def test_without_a_credential_no_other_outbox_is_taken_for_the_clients(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(tmp_path, *command, "--profile", "second")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no Lofty credential is configured here for the profile `second`" in done.stderr
    assert "lofty-mcp login" in done.stderr


def test_the_table_of_tools_follows_the_settings(tmp_path: Path) -> None:
    done = run(tmp_path, "tools", variables={"LOFTY_MCP_TOOLSETS": "notes", "LOFTY_MCP_READ_ONLY": "1"})
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["list_notes"]
