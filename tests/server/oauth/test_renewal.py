"""Renewing a login: before it ends, once, and never in a storm."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import NoCredentialError, NotConnectedError
from lofty_mcp.credentials import Source, credential_file, find, forget, keeper, store
from lofty_mcp.environment import load
from lofty_mcp.grants import Grant
from lofty_mcp.renewal import EARLY, PAUSE, OAuthLogin
from tests.server.command import PATIENCE_S, environment
from tests.server.oauth.authorization import SECRET, authorizing
from tests.server.oauth.office import HOUR, NOON, Office

pytestmark = pytest.mark.anyio

PROCESS = """
import anyio
from lofty_mcp.credentials import find
from lofty_mcp.environment import load
async def ask():
    return await find(load({})).credential.current()
print(anyio.run(ask).secret.get_secret_value())
"""


async def token(login: OAuthLogin) -> str:
    return (await login.current()).secret.get_secret_value()


def refused() -> Response:
    return JSONResponse({"error": "invalid_grant"}, 400)


async def test_a_token_is_renewed_shortly_before_its_end_and_the_new_refresh_token_is_stored() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR - EARLY - timedelta(seconds=1))
        assert await token(login) == "access-0"
        assert server.token_calls == []
        office.clock.pass_(timedelta(seconds=1))
        assert await token(login) == await token(login) == "access-1"
        assert [call["refresh_token"] for call in server.token_calls] == ["refresh-0"]
        stored = office.stored()
        assert stored
        assert stored.refresh_token == SecretStr("refresh-2")
        assert stored.expires_at == office.clock.at + HOUR
        office.clock.pass_(HOUR)
        assert await token(office.login()) == "access-2"


async def test_the_account_stays_the_same_through_renewals() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        seen: list[str] = []

        def lofty(request: httpx.Request) -> httpx.Response:
            seen.append(request.headers["authorization"])
            return httpx.Response(200, json={"id": 1, "firstName": "Alex"})

        async with httpx.AsyncClient(transport=httpx.MockTransport(lofty)) as http:
            client = Lofty(http, ApiConfig(credential=login), clock=office.clock)
            before = client.account
            await client.me()
            office.clock.pass_(HOUR)
            await client.me()
            assert client.account == before == ApiConfig(credential=office.login()).account
    assert seen == ["Bearer access-0", "Bearer access-1"]


async def test_a_refresh_token_that_is_not_replaced_is_kept() -> None:
    async with authorizing(gives_refresh_tokens=False) as server:
        office = Office(server)
        login = office.login()
        for expected in ("access-1", "access-2"):
            office.clock.pass_(HOUR)
            assert await token(login) == expected


async def test_many_calls_at_once_make_one_renewal() -> None:
    async with authorizing() as server:
        office = Office(server)
        office.clock.pass_(HOUR)
        ours, theirs = office.login(), office.login()
        got: list[str] = []

        async def ask(login: OAuthLogin) -> None:
            got.append(await token(login))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(ask, ours)
                tasks.start_soon(ask, theirs)
    assert got == ["access-1"] * 20
    assert len(server.token_calls) == 1


async def test_processes_renew_one_at_a_time_and_the_others_take_what_it_stored(home: Path) -> None:
    async with authorizing() as server:
        office = Office(server)
        store(office.grant.model_copy(update={"expires_at": NOON - timedelta(days=365)}), profile="default")
        printed: list[bytes] = []

        async def process() -> None:
            env = environment(home, XDG_CONFIG_HOME=str(home / "config"))
            printed.append((await anyio.run_process([sys.executable, "-c", PROCESS], env=env)).stdout)

        with anyio.fail_after(PATIENCE_S):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(process)
    assert printed == [b"access-1\n"] * 4
    assert len(server.token_calls) == 1


async def test_an_outage_is_met_with_the_old_token_and_one_attempt_a_minute() -> None:
    """D72"""
    async with authorizing(answer=Response(status_code=503)) as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR - EARLY)
        for _ in range(50):
            assert await token(login) == "access-0"
        assert len(server.token_calls) == 1
        assert await token(office.login()) == "access-0"
        assert len(server.token_calls) == 1
        office.clock.pass_(PAUSE)
        assert await token(login) == "access-0"
        assert len(server.token_calls) == 2
        office.clock.pass_(HOUR)
        for _ in range(50):
            with pytest.raises(NotConnectedError, match="renewed"):
                await token(login)
        assert len(server.token_calls) == 3
        server.answer = None
        office.clock.pass_(PAUSE)
        assert await token(login) == "access-1"


@pytest.mark.parametrize(
    ("answer", "age", "times"), [(None, HOUR, 2), (Response(status_code=503), HOUR - EARLY, 1)], ids=["given", "outage"]
)
async def test_the_keyring_is_asked_before_and_after_lofty_however_many_calls_wait(
    answer: Response | None, age: timedelta, times: int
) -> None:
    async with authorizing(answer=answer) as server:
        office = Office(server)
        reads: list[Grant | None] = []

        def read() -> Grant | None:
            reads.append(office.stored())
            return reads[-1]

        login = OAuthLogin(office.grant, replace(keeper("default"), read=read), clock=office.clock)
        office.clock.pass_(age)
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(login.current)
        await login.current()
    assert len(reads) == times


async def test_a_clock_that_is_set_back_does_not_stop_renewals() -> None:
    async with authorizing(answer=Response(status_code=503)) as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR * 24)
        with pytest.raises(NotConnectedError):
            await token(login)
        server.answer = None
        office.clock.at = NOON + HOUR
        assert await token(login) == "access-1"


async def test_a_rejected_renewal_says_how_to_log_in_again_and_forgets_nothing() -> None:
    """D72"""
    async with authorizing(answer=refused()) as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR - EARLY)
        assert await token(login) == "access-0"
        office.clock.pass_(HOUR)
        for _ in range(20):
            with pytest.raises(NoCredentialError, match="lofty-mcp login --oauth"):
                await token(login)
        assert len(server.token_calls) == 2
        assert office.stored() == office.grant


async def test_a_new_login_at_the_terminal_is_taken_up_at_once() -> None:
    async with authorizing(answer=refused()) as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR)
        with pytest.raises(NoCredentialError):
            await token(login)
        fresh = {"access_token": SecretStr("access-new"), "expires_at": office.clock.at + HOUR}
        store(office.grant.model_copy(update=fresh), profile="default")
        assert await token(login) == "access-new"


async def test_a_token_that_lofty_refuses_is_renewed_before_its_time_but_only_once_a_minute() -> None:
    """D72"""
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        for expected in ("access-1", "access-1", "access-1"):
            login.refused()
            assert await token(login) == expected
        assert len(server.token_calls) == 1
        office.clock.pass_(PAUSE)
        login.refused()
        assert await token(login) == "access-2"
        server.answer = refused()
        office.clock.pass_(PAUSE)
        login.refused()
        for _ in range(5):
            with pytest.raises(NoCredentialError):
                await token(login)
        assert len(server.token_calls) == 3


async def test_a_call_that_is_given_up_does_not_lose_the_new_refresh_token() -> None:
    async with authorizing() as server:
        office = Office(server)
        office.clock.pass_(HOUR)
        login = office.login()
        server.released = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(login.current)
            with anyio.fail_after(10):
                await server.arrived.wait()
            tasks.cancel_scope.cancel()
            server.released.set()
        stored = office.stored()
        assert stored
        assert stored.refresh_token == SecretStr("refresh-2")
        assert await token(login) == "access-1"


async def test_a_logout_ends_the_login_of_a_running_server_at_the_next_renewal() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        assert forget("default") == [Source.FILE]
        office.clock.pass_(HOUR)
        with pytest.raises(NoCredentialError, match="gone"):
            await token(login)
    assert server.token_calls == []


async def test_a_logout_while_lofty_is_asked_is_not_undone_by_the_answer() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR)
        server.released = anyio.Event()
        ended: list[str] = []

        async def ask() -> None:
            with pytest.raises(NoCredentialError) as caught:
                await token(login)
            ended.append(str(caught.value))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            with anyio.fail_after(10):
                await server.arrived.wait()
            forget("default")
            server.released.set()
    assert "gone" in ended[0]
    assert office.stored() is None


async def test_a_new_login_while_lofty_is_asked_stays_stored() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        office.clock.pass_(HOUR)
        server.released = anyio.Event()
        anew = {"access_token": SecretStr("anew"), "refresh_token": SecretStr("anew-0"), "expires_at": NOON + 3 * HOUR}
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(login.current)
            with anyio.fail_after(10):
                await server.arrived.wait()
            store(office.grant.model_copy(update=anew), profile="default")
            server.released.set()
        stored = office.stored()
        assert stored
        assert stored.refresh_token == SecretStr("anew-0")
        assert await token(login) == "anew"


async def test_a_running_server_does_not_turn_into_another_user() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        other = {"owner": "480999", "access_token": SecretStr("theirs"), "expires_at": NOON + 9 * HOUR}
        store(office.grant.model_copy(update=other), profile="default")
        office.clock.pass_(HOUR)
        with pytest.raises(NoCredentialError, match="Another Lofty user"):
            await token(login)
    assert server.token_calls == []


async def test_an_api_key_that_took_the_logins_place_ends_it() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        store(Credential.api_key("key-5550100"), profile="default")
        office.clock.pass_(HOUR)
        with pytest.raises(NoCredentialError):
            await token(login)
    assert server.token_calls == []


async def test_a_store_that_takes_nothing_does_not_end_a_running_server(capsys: pytest.CaptureFixture[str]) -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        kept = credential_file("default").read_bytes()
        office.clock.pass_(HOUR)
        server.released = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(login.current)
            with anyio.fail_after(10):
                await server.arrived.wait()
            credential_file("default").unlink()
            credential_file("default").mkdir()
            server.released.set()
        assert "could not be stored" in capsys.readouterr().err
        left = {path.name for path in credential_file("default").parent.iterdir()}
        assert left == {"credential-default.json", "credential-default.lock"}
        credential_file("default").rmdir()
        credential_file("default").write_bytes(kept)
        credential_file("default").chmod(0o600)
        office.clock.pass_(HOUR)
        assert await token(login) == "access-2"
    assert [call["refresh_token"] for call in server.token_calls] == ["refresh-0", "refresh-2"]


async def test_where_the_login_is_kept_cannot_be_read_nothing_is_renewed() -> None:
    async with authorizing() as server:
        office = Office(server)
        login = office.login()
        credential_file("default").chmod(0o644)
        office.clock.pass_(HOUR - EARLY)
        assert await token(login) == "access-0"
        office.clock.pass_(HOUR)
        with pytest.raises(NotConnectedError, match="chmod 600"):
            await token(login)
    assert server.token_calls == []


async def test_a_stored_login_is_found_with_its_kind_and_shows_nothing() -> None:
    async with authorizing() as server:
        office = Office(server)
    found = find(load({}))
    assert isinstance(found.credential, OAuthLogin)
    told = f"{found!r} {office.grant!r} {office.grant.app!r} {found.credential!r}"
    assert not any(secret in told for secret in ("access-0", "refresh-0", SECRET))
