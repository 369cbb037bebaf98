"""How requests travel. Waits take no time here: the loop jumps to its next timer."""

import json
from collections.abc import AsyncIterator
from email.utils import format_datetime

import anyio
import httpx
import pytest

from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import (
    BrokenAnswerError,
    LoftyError,
    NoAnswerError,
    NoCredentialError,
    NotConnectedError,
    RateLimitedError,
    RefusedError,
    ServerError,
)
from lofty_crm.api.models import Channel, OutsideContact
from lofty_crm.api.transport import path_of
from tests.crm.api.clients import JANE, Ask, answering, client_of
from tests.crm.api.script import Script, good
from tests.crm.api.virtual_time import START, VIRTUAL_TIME, LoopClock, VirtualTime

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> VirtualTime:
    return VIRTUAL_TIME


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_read_is_tried_three_times(status: int) -> None:
    """D68"""
    script = Script(httpx.Response(status), httpx.Response(status), good())
    assert (await answering(script).me()).name == "Alex Morgan"
    assert len(script.requests) == 3
    assert anyio.current_time() < 20


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x")])
async def test_a_read_is_tried_again_when_the_connection_fails(error: Exception) -> None:
    script = Script(error, error, good())
    assert (await answering(script).me()).name == "Alex Morgan"
    assert len(script.requests) == 3


async def test_a_read_is_not_tried_a_fourth_time() -> None:
    script = Script(httpx.Response(503))
    with pytest.raises(ServerError):
        await answering(script).me()
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(400), httpx.Response(404), httpx.Response(200, text="<")]
)
async def test_what_would_fail_again_is_not_tried_again(answer: httpx.Response) -> None:
    script = Script(answer, good())
    with pytest.raises((ServerError, RefusedError, BrokenAnswerError)):
        await answering(script).me()
    assert len(script.requests) == 1


WRITES: list[Ask] = [
    lambda lofty: lofty.create_note(JANE, content="Hi", pinned=False),
    lambda lofty: lofty.update_note("5", lead_id=JANE, content="Hi", pinned=False),
    lambda lofty: lofty.delete_note("5"),
    lambda lofty: lofty.log_contact(JANE, OutsideContact(channel=Channel.SMS, direction="inbound", content="Hi")),
    lambda lofty: lofty.create_task(JANE, kind="Call", content="Ring", due_at=START, time_zone="America/Denver"),
    lambda lofty: lofty.generate_call_summary("5", lead_id=JANE),
    lambda lofty: lofty.post_message(Channel.SMS, b"{}"),
    lambda lofty: lofty.post_message(Channel.EMAIL, b"{}"),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(429, headers={"retry-after": "0"}), RateLimitedError),
        (httpx.Response(503), ServerError),
        (httpx.ConnectError("x"), NotConnectedError),
        (httpx.ReadTimeout("x"), NoAnswerError),
    ],
)
async def test_no_write_is_ever_repeated(write: Ask, answer: httpx.Response | Exception, kind: type[Exception]) -> None:
    """I2"""
    script = Script(answer)
    with pytest.raises(kind):
        await write(answering(script, dialect=Dialect.REFERENCE))
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "DATE+9"}, 9),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-reset": "EPOCH+11"}, 11),
        ({"x-ratelimit-reset": "EPOCH_MS+11"}, 11),
    ],
)
async def test_a_read_waits_as_long_as_lofty_asks(headers: dict[str, str], wait_s: float) -> None:
    """D69"""
    at = START.timestamp() + wait_s
    spelt = {
        f"DATE+{wait_s}": format_datetime(START.fromtimestamp(at, START.tzinfo), usegmt=True),
        f"EPOCH+{wait_s}": str(int(at)),
        f"EPOCH_MS+{wait_s}": str(int(at * 1000)),
    }
    asked = {name: spelt.get(value, value) for name, value in headers.items()}
    script = Script(httpx.Response(429, headers=asked), good())
    await answering(script).me()
    assert len(script.at) == 2
    assert script.at[1] - script.at[0] >= wait_s
    assert script.at[1] - script.at[0] < wait_s + 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["25", "9e9"])
async def test_a_wait_beyond_the_budget_is_an_error_at_once(status: int, wait: str) -> None:
    """D69"""
    script = Script(httpx.Response(status, headers={"retry-after": wait}))
    with pytest.raises((RateLimitedError, ServerError)) as caught:
        await answering(script).me()
    assert len(script.requests) == 1
    assert anyio.current_time() == 0
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.wait_s == min(float(wait), 60)


@pytest.mark.parametrize("wait", ["-1", "0", "abc"])
async def test_a_wait_of_junk_is_no_reason_to_hammer(wait: str) -> None:
    script = Script(httpx.Response(429, headers={"retry-after": wait}))
    with pytest.raises(RateLimitedError):
        await answering(script).me()
    assert len(script.requests) == 3


async def test_the_usual_reset_header_of_a_503_is_not_taken_for_a_wait() -> None:
    script = Script(httpx.Response(503, headers={"x-ratelimit-reset": "59"}), good())
    await answering(script).me()
    assert anyio.current_time() < 5


async def test_three_tries_take_twenty_seconds_at_most() -> None:
    async def slow(_: httpx.Request) -> httpx.Response:
        await anyio.sleep(9)
        return httpx.Response(503)

    with pytest.raises((ServerError, NoAnswerError)):
        await answering(slow).me()
    assert anyio.current_time() <= 20


class Dripping(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await anyio.sleep(0.5)
            yield b" "


async def test_an_answer_that_drips_does_not_outlive_the_deadline() -> None:
    """D74"""
    lofty = answering(lambda _: httpx.Response(200, stream=Dripping()))
    with pytest.raises(NoAnswerError):
        await lofty.me()
    assert anyio.current_time() <= 20
    before = anyio.current_time()
    with pytest.raises(NoAnswerError):
        await lofty.post_message(Channel.SMS, b"{}")
    assert anyio.current_time() - before == 30


class Endless(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1024 * 1024


async def test_an_answer_without_end_is_cut() -> None:
    with pytest.raises(BrokenAnswerError):
        await answering(lambda _: httpx.Response(200, stream=Endless())).me()


async def test_every_request_names_its_content_type_and_the_credential() -> None:
    script = Script(httpx.Response(200, json={"notes": [], "noteId": 5}))
    lofty = answering(script)
    await lofty.notes(JANE)
    await lofty.create_note(JANE, content="Hi", pinned=False)
    await lofty.update_note("5", lead_id=JANE, content="Hi", pinned=True)
    await lofty.delete_note("5")
    assert [request.method for request in script.requests] == ["GET", "POST", "PUT", "DELETE"]
    for request in script.requests:
        assert request.headers["content-type"] == "application/json"
        assert request.headers["accept"] == "application/json"
        assert request.headers["authorization"] == "token sandbox-api-key"
        assert request.url.host == "api.lofty.com"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_takes_no_credential_along(status: int) -> None:
    """D75 I7"""
    script = Script(httpx.Response(status, headers={"location": "https://elsewhere.example.com/"}))
    http = httpx.AsyncClient(transport=httpx.MockTransport(script), follow_redirects=True)
    lofty = client_of(http, clock=LoopClock())
    with pytest.raises(RefusedError):
        await lofty.me()
    with pytest.raises(RefusedError):
        await lofty.post_message(Channel.SMS, b"{}")
    assert [request.url.host for request in script.requests] == ["api.lofty.com"] * 2


async def test_without_a_credential_nothing_leaves() -> None:
    script = Script(good())
    lofty = answering(script, credential=None)
    for ask in (lofty.me, lambda: lofty.notes(JANE), lambda: lofty.post_message(Channel.SMS, b"{}"), lofty.dialect):
        with pytest.raises(NoCredentialError, match="lofty-mcp login"):
            await ask()
    assert script.requests == []


@pytest.mark.parametrize("lead_id", ["0", "-1", "1e3", "١٢٣", "9223372036854775808", "", "7/../8", "7?x=1", "7%2f8"])
async def test_an_id_that_is_none_leads_to_no_request(lead_id: str) -> None:
    script = Script(good())
    lofty = answering(script, dialect="reference")
    calls = [
        lofty.lead,
        lofty.activities,
        lofty.site_activity,
        lofty.texts,
        lofty.emails,
        lofty.calls,
        lofty.notes,
        lofty.tasks,
    ]
    for call in calls:
        with pytest.raises(ValueError, match="whole number"):
            await call(lead_id)
    assert script.requests == []


@pytest.mark.parametrize("note_id", ["", "a/b", "..", "a b", "é", "a" * 65, "%2e"])
async def test_an_opaque_id_that_could_change_the_path_leads_to_no_request(note_id: str) -> None:
    script = Script(good())
    lofty = answering(script)
    for call in (lofty.note, lofty.delete_note, lofty.call, lofty.recording_url, lofty.call_summary):
        with pytest.raises(ValueError, match="letters"):
            await call(note_id)
    assert script.requests == []


def test_no_part_of_a_path_can_become_two() -> None:
    assert path_of("v1.0", "a/b", "../c?d#e") == "/v1.0/a%2Fb/..%2Fc%3Fd%23e"


async def test_no_error_and_no_log_holds_the_key_an_address_or_a_number(caplog: pytest.LogCaptureFixture) -> None:
    """D85"""
    caplog.set_level("DEBUG", logger="lofty_crm")
    caplog.set_level("DEBUG", logger="stamina")
    body = {"message": "sandbox-api-key jane.hollis@example.com 3035550101"}
    script = Script(
        httpx.Response(503, json=body), httpx.ReadError("sandbox-api-key 3035550101"), httpx.Response(401, json=body)
    )
    lofty = answering(script)
    with pytest.raises(LoftyError) as caught:
        await lofty.leads("jane.hollis@example.com")
    told = f"{caught.value!r} {caught.value} {caplog.text} {lofty.config!r} {lofty.account}"
    assert not any(secret in told for secret in ("sandbox-api-key", "jane.hollis", "3035550101"))
    assert "://" not in str(caught.value)


async def test_a_retry_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    await answering(Script(httpx.Response(503), good())).me()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == ""


async def test_a_send_leaves_as_exactly_the_bytes_given() -> None:
    payload = json.dumps({"leadId": 7, "content": "é👍"}, ensure_ascii=False).encode()
    script = Script(httpx.Response(200, json={"messageId": "5", "phoneNumber": "3035550101", "phoneCode": "1"}))
    await answering(script).post_message(Channel.SMS, payload)
    assert script.requests[0].content == payload


async def test_only_sends_travel_over_the_client_for_sends() -> None:
    reads, sends = Script(good()), Script(httpx.Response(200, json={"messageId": "5"}))
    http, send_http = (httpx.AsyncClient(transport=httpx.MockTransport(script)) for script in (reads, sends))
    lofty = client_of(http, clock=LoopClock(), send_http=send_http)
    await lofty.me()
    await lofty.delete_note("5")
    await lofty.post_message(Channel.SMS, b"{}")
    await lofty.post_message(Channel.EMAIL, b"{}")
    assert [request.url.path for request in reads.requests] == ["/v1.0/me", "/v1.0/notes/5"]
    assert [request.url.path for request in sends.requests] == ["/v1.0/message/sms/send", "/v1.0/message/email/send"]


async def test_the_login_of_the_http_client_is_not_used() -> None:
    script = Script(good())
    http = httpx.AsyncClient(transport=httpx.MockTransport(script), auth=("someone", "else"))
    await client_of(http, clock=LoopClock()).me()
    assert script.requests[0].headers["authorization"] == "token sandbox-api-key"
