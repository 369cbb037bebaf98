"""Logging in through a browser that follows redirects, against a stand-in for Lofty's authorization server."""

import re
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.to_thread
import httpx
import pytest

from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import LoftyError
from lofty_mcp.credentials import Source, credential_file, find
from lofty_mcp.environment import load
from lofty_mcp.grants import Grant
from lofty_mcp.oauth_login import OpenBrowser, Way, login_by_oauth
from lofty_mcp.settings import Settings, SettingsError
from lofty_mcp.stderr import CommandError
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.server.command import COMMAND, PATIENCE_S, environment, run
from tests.server.oauth.authorization import SECRET, Authorization, authorizing

pytestmark = pytest.mark.anyio

TOKEN = "sandbox-access-token"
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
SECRETS = (TOKEN, SECRET, "refresh-1")


@dataclass
class Stopped:
    """A clock that stands still."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


async def browse(address: str) -> None:
    """A browser whose person says yes at once."""
    async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as http:
        assert (await http.get(address)).status_code == 200


async def redirected(address: str) -> str:
    """Where the browser is sent."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(address)).headers["location"]


async def visit(address: str, *, headers: Mapping[str, str] | None = None) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(address, headers=headers)).status_code


def way(browser: OpenBrowser | None = browse, patience: timedelta = timedelta(seconds=30)) -> Way:
    return Way(browser, port=0, patience=patience, clock=Stopped())


def settings_of(server: Authorization, home: Path, **more: str) -> Settings:
    return load(server.variables(LOFTY_MCP_STATE_DIR=str(home / "state"), **more))


def nothing_is_stored() -> bool:
    return not credential_file("default").exists()


@pytest.mark.parametrize("secret_in", ["header", "form", "nowhere"])
async def test_a_login_is_checked_stored_and_used_in_each_published_form(
    secret_in: str, sandbox: Sandbox, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(sandbox) as url, authorizing(secret_in=secret_in) as server:
        settings = settings_of(server, home, LOFTY_BASE_URL=url)
        assert await login_by_oauth(settings, way()) == 0
    said = capsys.readouterr()
    assert "Lofty knows you as Alex Morgan" in said.err
    assert "unencrypted" in said.err
    assert not any(secret in said.out + said.err for secret in SECRETS)
    assert len(server.token_calls) == 1
    found = find(settings)
    assert found.source is Source.FILE
    stored = Grant.from_text(credential_file("default").read_text(encoding="utf-8"))
    assert stored.expires_at == NOON + timedelta(hours=1)
    assert stored.access_token.get_secret_value() == TOKEN
    assert not any(secret in repr(stored) + str(stored) for secret in SECRETS)


async def test_accounts_are_kept_apart_by_their_profiles(sandbox: Sandbox, home: Path) -> None:
    async with serve(sandbox) as url, authorizing() as server:
        for profile in ("default", "second"):
            await login_by_oauth(settings_of(server, home, LOFTY_BASE_URL=url, LOFTY_MCP_PROFILE=profile), way())
            server.given = 0
    assert credential_file("default") != credential_file("second")
    assert credential_file("default").exists()
    assert credential_file("second").exists()


async def test_the_same_user_is_the_same_account_after_a_second_login(sandbox: Sandbox, home: Path) -> None:
    identities: set[str] = set()
    async with serve(sandbox) as url:
        for _ in range(2):
            async with authorizing() as server:
                settings = settings_of(server, home, LOFTY_BASE_URL=url)
                await login_by_oauth(settings, way())
                credential = find(settings).credential
                assert credential
                identities.add(credential.identity)
    assert len(identities) == 1
    assert TOKEN not in identities.pop()


async def test_where_lofty_cannot_say_who_it_is_two_logins_are_two_accounts(home: Path) -> None:
    identities: set[str] = set()
    async with serve(Sandbox(dialect="guide", frozen=True)) as url:
        for _ in range(2):
            async with authorizing() as server:
                settings = settings_of(server, home, LOFTY_BASE_URL=url)
                await login_by_oauth(settings, way())
                credential = find(settings).credential
                assert credential
                identities.add(credential.identity)
    assert len(identities) == 2


async def test_an_answer_with_another_state_is_ignored(
    sandbox: Sandbox, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def confused(address: str) -> None:
        back = await redirected(address)
        state = parse_qs(urlsplit(back).query)["state"][0]
        for wrong in (
            back.replace(state, "x" * len(state)),
            back.replace(f"state={state}", ""),
            back.replace(state, f"{state}x"),
        ):
            assert wrong != back
            assert await visit(wrong) == 400
        assert await visit(back) == 200

    async with serve(sandbox) as url, authorizing() as server:
        assert await login_by_oauth(settings_of(server, home, LOFTY_BASE_URL=url), way(confused)) == 0
    assert capsys.readouterr().err.count("does not belong to this login") == 3
    assert len(server.token_calls) == 1


async def test_each_login_has_a_state_and_a_challenge_of_its_own(home: Path) -> None:
    asked: list[dict[str, str]] = []
    async with authorizing(denies=True) as server:
        for _ in range(2):
            with pytest.raises(CommandError):
                await login_by_oauth(settings_of(server, home, LOFTY_MCP_OAUTH_SCOPE="leads notes"), way())
            asked.append(server.asked)
    for name in ("state", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name]) >= 43
    assert asked[0]["scope"] == "leads notes"


async def test_a_no_stores_nothing_and_asks_for_no_token(home: Path) -> None:
    async with authorizing(denies=True) as server:
        with pytest.raises(CommandError, match="not granted; nothing is stored"):
            await login_by_oauth(settings_of(server, home), way())
    assert server.token_calls == []
    assert nothing_is_stored()


async def test_nobody_at_the_browser_ends_the_wait(home: Path) -> None:
    async with authorizing() as server:
        with pytest.raises(CommandError, match="nobody logged in"):
            await login_by_oauth(settings_of(server, home), way(None, timedelta(0)))
    assert nothing_is_stored()


async def test_an_answer_counts_once(sandbox: Sandbox, home: Path) -> None:
    async def twice(address: str) -> None:
        back = await redirected(address)
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(back)).status_code == 200
            assert (await http.get(back.replace("code-0", "code-1"))).status_code == 410

    async with serve(sandbox) as url, authorizing() as server:
        server.released = anyio.Event()
        async with anyio.create_task_group() as tasks:
            settings = settings_of(server, home, LOFTY_BASE_URL=url)
            reached = anyio.Event()

            async def browser(address: str) -> None:
                with anyio.CancelScope(shield=True):
                    await twice(address)
                reached.set()

            tasks.start_soon(login_by_oauth, settings, way(browser))
            with anyio.fail_after(10):
                await reached.wait()
            server.released.set()
    assert [call["code"] for call in server.token_calls] == ["code-0"]


async def test_a_code_that_was_used_before_gives_no_login(home: Path) -> None:
    async def overheard(address: str) -> None:
        back = await redirected(address)
        code = parse_qs(urlsplit(back).query)["code"][0]
        async with httpx.AsyncClient(trust_env=False) as http:
            stolen = {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": server.asked["client_id"],
                "redirect_uri": server.asked["redirect_uri"],
                "code_verifier": "guessed",
            }
            assert (await http.post(f"{server.url}/token", data=stolen)).status_code == 400
        assert await visit(back) == 200

    async with authorizing(secret_in="nowhere") as server:
        with pytest.raises(CommandError, match="invalid_grant"):
            await login_by_oauth(settings_of(server, home), way(overheard))
    assert nothing_is_stored()


async def test_a_wrong_secret_is_said_and_not_shown(home: Path) -> None:
    async with authorizing(secret_in="form") as server:
        settings = settings_of(server, home, LOFTY_MCP_OAUTH_SECRET_IN="header")
        with pytest.raises(CommandError, match="LOFTY_MCP_OAUTH_SECRET_IN") as caught:
            await login_by_oauth(settings, way())
    assert SECRET not in str(caught.value)
    assert nothing_is_stored()


async def test_a_token_that_lofty_does_not_accept_is_not_stored(sandbox: Sandbox, home: Path) -> None:
    async with serve(sandbox) as url, authorizing(first_token="no-such-token") as server:
        with pytest.raises(LoftyError):
            await login_by_oauth(settings_of(server, home, LOFTY_BASE_URL=url), way())
    assert nothing_is_stored()


async def test_the_landing_answers_to_its_own_address_alone(home: Path) -> None:
    async def rebound(address: str) -> None:
        back = await redirected(address)
        assert await visit(back, headers={"Host": "attacker.example.com"}) == 421
        assert await visit(back.replace("/callback", "/")) == 404

    async with authorizing() as server, anyio.create_task_group() as tasks:
        checked = anyio.Event()

        async def browser(address: str) -> None:
            await rebound(address)
            checked.set()

        tasks.start_soon(login_by_oauth, settings_of(server, home), way(browser))
        with anyio.fail_after(10):
            await checked.wait()
        tasks.cancel_scope.cancel()
    assert server.token_calls == []
    assert nothing_is_stored()


async def test_a_taken_port_and_a_missing_app_are_said_before_any_browser_opens(home: Path) -> None:
    async def never(_address: str) -> None:
        pytest.fail("opened")

    with pytest.raises(SettingsError, match=r"LOFTY_MCP_OAUTH_CLIENT_ID.*http://127.0.0.1:8417/callback"):
        await login_by_oauth(load({"LOFTY_MCP_STATE_DIR": str(home)}), Way(never))
    async with authorizing() as server:
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CommandError, match="cannot listen"):
            await login_by_oauth(settings_of(server, home), Way(never, taken.getsockname()[1]))
        with pytest.raises(SettingsError, match="unset it first"):
            await login_by_oauth(settings_of(server, home, LOFTY_API_KEY="key-5550100"), Way(never))


async def test_a_login_that_cannot_be_renewed_says_when_it_ends(
    sandbox: Sandbox, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(sandbox) as url, authorizing(gives_refresh_tokens=False) as server:
        await login_by_oauth(settings_of(server, home, LOFTY_BASE_URL=url), way())
    assert "it ends at 2026-11-17 13:00 UTC" in capsys.readouterr().err


async def test_the_command_logs_in_without_a_screen_and_shows_no_secret(sandbox: Sandbox, home: Path) -> None:
    async with serve(sandbox) as url, authorizing() as server:
        variables = server.variables(LOFTY_BASE_URL=url, PYTHONUNBUFFERED="1")
        command = [*COMMAND, "login", "--oauth", "--port", "0", "--profile", "second"]

        def live() -> str:
            with subprocess.Popen(
                command, env=environment(home, **variables), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as process:
                assert process.stderr
                first = process.stderr.readline()
                address = re.search(r"http://\S+", first)
                assert address
                anyio.run(browse, address[0])
                rest = process.stderr.read()
                assert process.wait(PATIENCE_S) == 0
            doctor = run(home, "doctor", "--profile", "second", variables={"LOFTY_BASE_URL": url})
            assert "an OAuth login that renews itself" in doctor.stdout
            assert "Alex Morgan" in doctor.stdout
            assert run(home, "doctor", variables={"LOFTY_BASE_URL": url}).returncode == 1
            gone = run(home, "logout", "--profile", "second")
            assert gone.stderr == "lofty-mcp: removed from file\n"
            return first + rest + doctor.stdout + doctor.stderr

        said = await anyio.to_thread.run_sync(live)
    assert not any(secret in said for secret in SECRETS)
    assert "Alex Morgan" in said


async def test_what_is_found_gives_the_token_that_was_granted(sandbox: Sandbox, home: Path) -> None:
    async with serve(sandbox) as url, authorizing(expires_in=10**9) as server:
        settings = settings_of(server, home, LOFTY_BASE_URL=url)
        await login_by_oauth(settings, way())
        credential = find(settings).credential
        assert credential
        assert await credential.current() == Credential.access_token(TOKEN)
    assert len(server.token_calls) == 1
