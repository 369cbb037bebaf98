"""Credentials, content types, limits and unknown routes."""

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import HEADERS, JANE, client, error, get, text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("token sandbox-api-key", 200),
        ("Bearer sandbox-access-token", 200),
        ("Bearer sandbox-api-key", 400),
        ("token sandbox-access-token", 401),
        ("Token sandbox-api-key", 401),
        ("", 401),
    ],
)
async def test_each_credential_is_good_in_its_own_scheme(lofty: httpx.AsyncClient, header: str, status: int) -> None:
    answer = await lofty.get("/v1.0/me", headers={"Authorization": header})
    assert answer.status_code == status


@pytest.mark.anyio
async def test_a_key_sent_as_bearer_is_told_with_a_business_code(lofty: httpx.AsyncClient) -> None:
    answer = await lofty.get("/v1.0/me", headers={"Authorization": "Bearer sandbox-api-key"})
    assert answer.json() == {"code": 200058, "message": "User in token does not exist."}


@pytest.mark.anyio
async def test_a_deletion_without_content_type_is_refused_and_deletes_nothing(sandbox: Sandbox) -> None:
    async with client(sandbox) as lofty:
        del lofty.headers["Content-Type"]
        answer = await lofty.delete("/v1.0/notes/480213577300101")
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
        assert (await lofty.get("/v1.0/me")).status_code == 415
    assert not any(seen.executed for seen in sandbox.requests)
    assert sandbox.world.data.notes[480213577300101].deleted_at is None


@pytest.mark.anyio
async def test_an_unknown_route_is_refused_and_remembered(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    answer = await lofty.get(f"/v1.0/leads/{JANE}/notes")
    assert (answer.status_code, answer.text) == (404, "The requested API endpoint does not exist")
    assert [seen.path for seen in sandbox.unknown] == [f"/v1.0/leads/{JANE}/notes"]


@pytest.mark.anyio
async def test_requests_over_the_limit_wait_for_the_next_minute() -> None:
    sandbox = Sandbox(frozen=True, rate_limit=2)
    async with client(sandbox) as lofty:
        left = [(await lofty.get("/v1.0/me")).headers["X-RateLimit-Remaining"] for _ in range(2)]
        refused = await text(lofty, "one too many")
        sandbox.clock.advance(60)
        again = await lofty.get("/v1.0/me")
    assert left == ["1", "0"]
    assert (refused.status_code, refused.json()) == (429, {"message": "Too Many Requests"})
    assert int(refused.headers["X-RateLimit-Reset"]) == int(sandbox.clock.now().timestamp())
    assert again.status_code == 200
    assert sandbox.sent == []
    assert not sandbox.requests[2].executed


@pytest.mark.anyio
async def test_the_reset_header_can_be_a_delay() -> None:
    async with client(Sandbox(frozen=True, reset_as="delay")) as lofty:
        answer = await lofty.get("/v1.0/me")
    assert 0 < int(answer.headers["X-RateLimit-Reset"]) <= 61


@pytest.mark.anyio
async def test_a_scope_that_was_not_granted_is_refused() -> None:
    async with client(Sandbox(frozen=True, missing_scope=("/v1.0/notes",))) as lofty:
        refused = await lofty.get("/v1.0/notes", params={"leadId": JANE})
        granted = await lofty.get("/v1.0/me")
    assert (refused.status_code, refused.json()["code"], granted.status_code) == (403, 200100, 200)


@pytest.mark.anyio
async def test_errors_can_be_bare_strings() -> None:
    async with client(Sandbox(frozen=True, string_errors=True)) as lofty:
        answer = await lofty.get("/v1.0/leads/1")
    assert (answer.status_code, answer.json()) == (404, "Lead not exist")


@pytest.mark.anyio
async def test_every_request_is_written_down_with_what_came_of_it(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    await get(lofty, "/v1.0/leads", key="jane", colour="blue")
    await text(lofty, "Hello")
    refused = await text(lofty, "")
    read, sent, failed = sandbox.requests
    assert (read.method, read.path, read.query, read.executed) == (
        "GET",
        "/v1.0/leads",
        {"key": "jane", "colour": "blue"},
        False,
    )
    assert (sent.status, sent.executed) == (200, True)
    assert (failed.status, failed.executed) == (400, False)
    assert error(refused) == (400, "BaseApplicationException:errorCode=20012,errorMsg=Content is empty")
    assert sandbox.count("POST", "/v1.0/message") == 2
    assert sent.headers["authorization"] == HEADERS["Authorization"]
