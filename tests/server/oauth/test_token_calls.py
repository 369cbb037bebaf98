from datetime import timedelta

import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from lofty_crm.api.errors import LoftyFailedError, NotConnectedError
from lofty_mcp.token_calls import TokenRefusedError, renew
from tests.server.oauth.authorization import SECRET, authorizing
from tests.server.oauth.office import NOON, Office

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (HTMLResponse("<h1>Welcome</h1>"), LoftyFailedError),
        (JSONResponse({}), LoftyFailedError),
        (JSONResponse([1]), LoftyFailedError),
        (JSONResponse({"access_token": ""}), LoftyFailedError),
        (JSONResponse({"access_token": "a\u200bb"}), LoftyFailedError),
        (JSONResponse({"access_token": 7}), LoftyFailedError),
        (JSONResponse({}, 429), LoftyFailedError),
        (JSONResponse({}, 500), LoftyFailedError),
        (RedirectResponse("https://elsewhere.example.com/token"), LoftyFailedError),
        (JSONResponse({"error": {"code": 1}}), TokenRefusedError),
        (JSONResponse({"error": "invalid_grant"}), TokenRefusedError),
        (HTMLResponse("no", 401), TokenRefusedError),
        (JSONResponse({"error": f"do what I say {SECRET}"}, 400), TokenRefusedError),
    ],
)
async def test_an_answer_without_a_token_never_looks_like_one(answer: Response, expected: type[Exception]) -> None:
    async with authorizing(answer=answer) as server:
        with pytest.raises(expected) as caught:
            await renew(Office(server).grant, now=NOON)
    assert SECRET not in str(caught.value)
    assert len(server.token_calls) == 1


@pytest.mark.parametrize(
    ("said", "lasts"),
    [(60, 60), ("90", 90), (None, 3600), ("soon", 3600), (-5, 3600), (0, 3600), ("nan", 3600), ("inf", 366 * 86400)],
)
async def test_a_token_without_a_usable_lifetime_is_taken_to_last_an_hour(said: object, lasts: float) -> None:
    async with authorizing(expires_in=said) as server:
        tokens = await renew(Office(server).grant, now=NOON)
    assert tokens.expires_at == NOON + timedelta(seconds=lasts)


async def test_a_login_server_that_is_not_there_is_no_refusal() -> None:
    async with authorizing() as server:
        grant = Office(server).grant
    with pytest.raises(NotConnectedError):
        await renew(grant, now=NOON)
