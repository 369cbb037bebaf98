"""What becomes of a send, over a real socket: each way to fail says whether Lofty may have acted."""

import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import httpx
import pytest

from lofty_crm.api.client import Lofty
from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import (
    BrokenAnswerError,
    CredentialError,
    LoftyError,
    NoAnswerError,
    NotConnectedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerError,
)
from lofty_crm.api.models import Channel
from lofty_crm.api.payloads import email_payload, sms_payload
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.crm.api.clients import JANE, client_of

pytestmark = pytest.mark.anyio

SMS = sms_payload(JANE, body="Three works. See you Thursday — Alex 👍", phone="+13035550101")
EMAIL = email_payload(JANE, subject="Thursday", body="At 2:\n<Ivanhoe> & Grape", email="jane.hollis@example.com")
SENDS = "/v1.0/message/"


@pytest.fixture
async def base_url(sandbox: Sandbox) -> AsyncGenerator[str]:
    async with serve(sandbox) as url:
        yield url


@pytest.fixture
async def socketed(sandbox: Sandbox, base_url: str) -> AsyncGenerator[Lofty]:
    no_keep_alive = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient() as http, httpx.AsyncClient(limits=no_keep_alive) as send_http:
        yield client_of(http, clock=sandbox.clock, send_http=send_http, base_url=base_url)


async def test_a_text_arrives_as_exactly_the_bytes_that_were_given(socketed: Lofty, sandbox: Sandbox) -> None:
    receipt = await socketed.post_message(Channel.SMS, SMS)
    assert sandbox.requests[-1].body == SMS
    (sent,) = sandbox.sent
    assert (sent.lead_id, sent.content) == (int(JANE), "Three works. See you Thursday — Alex 👍")
    assert receipt.message_id == sent.message_id
    assert receipt.destination == "+13035550101"


async def test_an_email_arrives_as_exactly_the_bytes_that_were_given(socketed: Lofty, sandbox: Sandbox) -> None:
    receipt = await socketed.post_message(Channel.EMAIL, EMAIL)
    assert sandbox.requests[-1].body == EMAIL
    (sent,) = sandbox.sent
    assert (sent.subject, sent.content) == ("Thursday", "At 2:<br>\n&lt;Ivanhoe&gt; &amp; Grape")
    assert receipt.destination == "jane.hollis@example.com"


@pytest.mark.parametrize(
    ("fault", "options", "kind", "acted"),
    [
        ("status", {"status": 429}, RateLimitedError, False),
        ("business_code", {"code": 429, "message": "Too Many Requests"}, RateLimitedError, False),
        ("status", {"status": 400}, RefusedError, False),
        ("status", {"status": 401, "body": '{"message":"Bad credentials"}'}, CredentialError, False),
        ("status", {"status": 403, "body": ""}, CredentialError, False),
        ("status", {"status": 404, "code": 20006}, NotFoundError, False),
        ("redirect", {}, RefusedError, False),
        ("business_code", {"code": 200100}, CredentialError, False),
        ("business_code", {"code": 20012}, RefusedError, False),
        ("status", {"status": 500}, ServerError, False),
        ("error_after", {"status": 500}, ServerError, True),
        ("error_after", {"status": 502}, ServerError, True),
        ("error_after", {"status": 503}, ServerError, True),
        ("error_after", {"status": 504}, ServerError, True),
        ("reset_before", {}, NoAnswerError, False),
        ("reset_after", {}, NoAnswerError, True),
        ("cut", {}, NoAnswerError, True),
        ("html", {}, BrokenAnswerError, True),
        ("malformed", {}, BrokenAnswerError, True),
        ("empty_object", {}, BrokenAnswerError, True),
    ],
)
async def test_each_way_to_fail_becomes_its_error_and_nothing_is_sent_twice(
    socketed: Lofty,
    sandbox: Sandbox,
    fault: str,
    options: dict[str, object],
    kind: type[LoftyError],
    acted: bool,
) -> None:
    for channel, payload in ((Channel.SMS, SMS), (Channel.EMAIL, EMAIL)):
        sandbox.fail("POST", SENDS, fault, **options)  # type: ignore[arg-type]
        with anyio.fail_after(5), pytest.raises(kind) as caught:
            await socketed.post_message(channel, payload)
        assert type(caught.value) in {kind, NotFoundError}
        sandbox.clock.advance(61)
    assert sandbox.count("POST", SENDS) == 2
    assert len(sandbox.sent) == (2 if acted else 0)


async def test_an_answer_that_never_comes_is_given_up_at_the_deadline(sandbox: Sandbox, base_url: str) -> None:
    async with httpx.AsyncClient() as http:
        lofty = client_of(http, clock=sandbox.clock, base_url=base_url, deadline_s=0.2)
        sandbox.fail("POST", SENDS, "hang_after")
        with anyio.fail_after(5), pytest.raises(NoAnswerError):
            await lofty.post_message(Channel.SMS, SMS)
    assert len(sandbox.sent) == 1


async def test_an_answer_that_drips_is_given_up_at_the_deadline(sandbox: Sandbox, base_url: str) -> None:
    async with httpx.AsyncClient() as http:
        lofty = client_of(http, clock=sandbox.clock, base_url=base_url, deadline_s=0.3)
        sandbox.fail("POST", SENDS, "drip", seconds=0.05)
        with anyio.fail_after(5), pytest.raises(NoAnswerError):
            await lofty.post_message(Channel.SMS, SMS)
    assert len(sandbox.sent) == 1


async def test_a_closed_port_means_that_lofty_has_not_seen_it(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with httpx.AsyncClient() as http:
        lofty = client_of(http, clock=sandbox.clock, base_url=f"http://127.0.0.1:{port}")
        with pytest.raises(NotConnectedError):
            await lofty.post_message(Channel.SMS, SMS)


async def test_a_server_that_does_not_speak_tls_has_not_seen_it(sandbox: Sandbox, base_url: str) -> None:
    async with httpx.AsyncClient() as http:
        lofty = client_of(http, clock=sandbox.clock, base_url=base_url.replace("http:", "https:"))
        with pytest.raises(NotConnectedError):
            await lofty.post_message(Channel.SMS, SMS)
    assert sandbox.requests == []


async def test_no_free_connection_means_that_lofty_has_not_seen_it(sandbox: Sandbox, base_url: str) -> None:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1), timeout=0.2) as http:
        busy = client_of(http, clock=sandbox.clock, base_url=base_url, deadline_s=5)
        hurried = client_of(http, clock=sandbox.clock, base_url=base_url, deadline_s=0.2)
        sandbox.fail("GET", "/v1.0/me", "hold")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(busy.me)
            await sandbox.arrived("GET", "/v1.0/me")
            with anyio.fail_after(5), pytest.raises((NotConnectedError, NoAnswerError)):
                await hurried.post_message(Channel.SMS, SMS)
            sandbox.release()
    assert sandbox.sent == []


async def test_a_place_that_was_not_meant_is_told(socketed: Lofty, sandbox: Sandbox) -> None:
    sandbox.fail("POST", SENDS, "wrong_destination", to="4045550199")
    assert (await socketed.post_message(Channel.SMS, SMS)).destination == "+14045550199"


async def test_a_key_sent_as_an_oauth_token_is_the_operator_s_to_mend(sandbox: Sandbox, base_url: str) -> None:
    async with httpx.AsyncClient() as http:
        wrong = Credential.access_token("sandbox-api-key")
        lofty = client_of(http, clock=sandbox.clock, base_url=base_url, credential=wrong)
        with pytest.raises(CredentialError) as caught:
            await lofty.post_message(Channel.SMS, SMS)
        assert caught.value.code == 200058
        right = Credential.access_token("sandbox-access-token")
        lofty = client_of(http, clock=sandbox.clock, base_url=base_url, credential=right)
        assert (await lofty.me()).name == "Alex Morgan"


async def test_each_send_runs_on_a_connection_of_its_own(socketed: Lofty, sandbox: Sandbox) -> None:
    await socketed.post_message(Channel.SMS, SMS)
    sandbox.fail("POST", SENDS, "reset_after")
    with pytest.raises(NoAnswerError):
        await socketed.post_message(Channel.SMS, SMS)
    assert (await socketed.post_message(Channel.SMS, SMS)).destination == "+13035550101"
    assert sandbox.count("POST", SENDS) == 3


async def test_two_processes_share_the_account_s_limit(tmp_path: Path) -> None:
    narrow = Sandbox(frozen=True, rate_limit=10)
    path = tmp_path / "limits.db"
    async with serve(narrow) as url, httpx.AsyncClient() as http:
        one, two = (client_of(http, clock=narrow.clock, base_url=url, limiter_path=path) for _ in range(2))
        for lofty in [one, two, one, two, one, two, one, two, one]:
            await lofty.me()
        with pytest.raises(RateLimitedError):
            await two.me()
        assert (await two.post_message(Channel.SMS, SMS)).destination == "+13035550101"
    assert [request.status for request in narrow.requests] == [200] * 10
