import json
from datetime import UTC, datetime

import pytest

from lofty_crm.api.answers import Answer, raise_for
from lofty_crm.api.errors import (
    BrokenAnswerError,
    CredentialError,
    LoftyError,
    NoAnswerError,
    NoEndpointError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerError,
)

NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)


def wrapped(code: int, words: str) -> str:
    return json.dumps({"message": f"BaseApplicationException:errorCode={code},errorMsg={words}"})


def coded(code: int | str, words: str) -> str:
    return json.dumps({"code": code, "message": words})


def error_of(
    status: int, body: str, *, acting: bool = False, headers: dict[str, str] | None = None
) -> LoftyError | None:
    try:
        raise_for(Answer(status, headers or {}, body.encode()), what="lead", now=NOW, acting=acting)
    except LoftyError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, coded(200058, "User in token does not exist."), CredentialError, 200058),
        (400, coded(20001, "Content-type must be: application/json"), RefusedError, 20001),
        (415, "Content-Type 'null' is not supported", RefusedError, None),
        (404, wrapped(20006, "Lead not exist"), NotFoundError, 20006),
        (500, wrapped(20005, "There is an internal error happened"), ServerError, 20005),
        (400, wrapped(20012, "Content is empty"), RefusedError, 20012),
        (400, wrapped(20042, "Limit must be between 1 and 100"), RefusedError, 20042),
        (400, coded(20049, "Please enter url in right format"), RefusedError, 20049),
        (404, "The requested API endpoint does not exist", NoEndpointError, None),
        (404, '"The requested API endpoint does not exist"', NoEndpointError, None),
        (403, coded(200100, "Sorry, the vendor does not have permission for this API."), CredentialError, 200100),
        (401, "Bad credentials", CredentialError, None),
        (401, '{"message":"Bad credentials"}', CredentialError, None),
        (401, coded(401, "BAD_CREDENTIALS"), CredentialError, None),
        (403, "", CredentialError, None),
        (429, '{"message":"Too Many Requests"}', RateLimitedError, None),
        (404, '"LEAD_NOT_FOUND"', NotFoundError, None),
        (400, '"PERMISSION_DENIED"', NotFoundError, None),
        (400, coded(20017, "no"), NotFoundError, 20017),
        (403, coded(20017, "no"), NotFoundError, 20017),
        (400, coded("20006", "Lead not exist"), NotFoundError, 20006),
        (400, coded(99999, "never seen"), RefusedError, 99999),
        (401, coded(99999, "never seen"), CredentialError, 99999),
        (404, "<html>not here</html>", NotFoundError, None),
        (405, "", NoEndpointError, None),
        (408, "", NoAnswerError, None),
        (302, "", RefusedError, None),
        (307, "", RefusedError, None),
        (418, "", RefusedError, None),
        (500, "", ServerError, None),
        (502, "<html>Bad Gateway</html>", ServerError, None),
        (503, '"down"', ServerError, None),
        (200, coded(200100, "no"), CredentialError, 200100),
        (200, coded(20012, "Invalid parameter"), RefusedError, 20012),
        (200, coded(401, "no"), CredentialError, None),
        (200, '{"status":{"code":20006,"msg":"no"},"data":null}', NotFoundError, 20006),
        (200, wrapped(20006, "Lead not exist"), NotFoundError, 20006),
    ],
)
def test_each_body_that_lofty_was_seen_to_send_becomes_its_error(
    status: int, body: str, kind: type[LoftyError], code: int | None
) -> None:
    error = error_of(status, body)
    assert error is not None
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize("status", [400, 401])
def test_one_status_with_three_meanings_is_told_apart_by_its_body(status: int) -> None:
    """D72"""
    assert type(error_of(status, coded(200058, "User in token does not exist."))) is CredentialError
    assert type(error_of(status, '{"message":"rate limit exceeded"}')) is RateLimitedError
    assert type(error_of(status, '{"message":"Your text package is used up"}')) is RefusedError


@pytest.mark.parametrize(
    "body",
    [
        '{"leads":[]}',
        "[]",
        "",
        '{"code":0,"message":"ok"}',
        '{"code":200}',
        '{"status":{"code":0,"msg":"ok"},"data":1}',
        "not JSON",
    ],
)
def test_an_answer_without_a_complaint_is_no_error(body: str) -> None:
    assert error_of(200, body) is None


@pytest.mark.parametrize("code", [20006, 20012, 200058, 20005])
def test_a_5xx_to_a_write_is_never_taken_for_a_refusal(code: int) -> None:
    assert type(error_of(500, wrapped(code, "x"), acting=True)) is ServerError
    assert type(error_of(503, "rate limit", acting=True)) is ServerError


@pytest.mark.parametrize("status", [500, 502, 503, 520])
@pytest.mark.parametrize("named", [301, 400, 401, 404, 429])
def test_no_status_that_a_body_names_softens_a_5xx_to_a_write(status: int, named: int) -> None:
    """D55"""
    for body in ({"code": named, "message": "Too Many Requests"}, {"status": {"code": named}}):
        assert type(error_of(status, json.dumps(body), acting=True)) is ServerError


@pytest.mark.parametrize("status", [408, 409, 423, 425, 499])
def test_a_4xx_that_leaves_it_open_what_was_done_is_no_refusal_of_a_write(status: int) -> None:
    assert type(error_of(status, "", acting=True)) is NoAnswerError


@pytest.mark.parametrize("status", [200, 400])
def test_an_internal_error_below_500_is_a_refusal_to_a_write_and_lofty_s_own_to_a_read(status: int) -> None:
    assert type(error_of(status, wrapped(20005, "x"), acting=True)) is RefusedError
    assert type(error_of(status, wrapped(20005, "x"))) is ServerError


def test_a_message_id_beside_a_complaint_is_a_contradiction_and_no_refusal() -> None:
    assert type(error_of(200, '{"code":20012,"messageId":"5"}', acting=True)) is BrokenAnswerError


def test_a_rate_limit_says_how_long_to_wait() -> None:
    error = error_of(429, '{"message":"Too Many Requests"}', headers={"x-ratelimit-reset": "21"})
    assert isinstance(error, RateLimitedError)
    assert error.wait_s == 21
    silent = error_of(429, "")
    assert isinstance(silent, RateLimitedError)
    assert 0 < silent.wait_s <= 5


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 415, 429, 500, 503])
def test_no_error_repeats_a_word_of_lofty(status: int) -> None:
    secret = "jane.hollis@example.com +13035550101 https://x.example.com/ eyJhbGciOi"
    for body in (coded(20012, secret), wrapped(20006, secret), json.dumps(secret), secret):
        error = error_of(status, body)
        assert not any(word in str(error) for word in secret.split())


@pytest.mark.parametrize(
    "body",
    ["{", "nope", '{"a": NaN}', "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "1" * 5000],
)
def test_what_is_not_json_is_a_broken_answer(body: str) -> None:
    with pytest.raises(BrokenAnswerError):
        Answer(200, {}, body.encode("latin-1")).json()


def test_nineteen_digits_survive() -> None:
    assert Answer(200, {}, b'{"id":9223372036854775807}').json() == {"id": 9223372036854775807}
