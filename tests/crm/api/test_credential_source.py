"""A credential that changes while the client lives, as that of an OAuth login does."""

from dataclasses import dataclass, field

import httpx
import pytest

from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import CredentialError, LoftyError, NoCredentialError
from lofty_crm.api.models import Channel
from tests.crm.api.clients import answering

pytestmark = pytest.mark.anyio

ME = {"id": 1, "firstName": "Alex"}


@dataclass
class Login:
    """Gives a new token each time."""

    identity: str = "alex"
    given: int = 0
    told: int = 0
    ended: bool = False
    seen: list[str] = field(default_factory=list[str])

    async def current(self) -> Credential:
        if self.ended:
            raise NoCredentialError("Log in again.")
        self.given += 1
        return Credential.access_token(f"token-{self.given}")

    def refused(self) -> None:
        self.told += 1

    def lofty(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.headers["authorization"])
        return httpx.Response(200, json=ME)


async def test_each_request_carries_what_holds_now_and_the_account_stays_the_same() -> None:
    login = Login()
    lofty = answering(login.lofty, credential=login)
    before = lofty.account
    await lofty.me()
    await lofty.me()
    assert login.seen == ["Bearer token-1", "Bearer token-2"]
    assert lofty.account == before == ApiConfig(credential=Login()).account
    assert before != ApiConfig(credential=Login("someone else")).account


async def test_no_request_is_made_without_a_credential_even_of_a_login_that_has_ended() -> None:
    login = Login(ended=True)
    lofty = answering(login.lofty, credential=login)
    with pytest.raises(NoCredentialError, match="Log in again"):
        await lofty.me()
    with pytest.raises(NoCredentialError):
        await lofty.post_message(Channel.SMS, b"{}")
    assert login.seen == []


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, {}, 1),
        (400, {"code": 200058}, 1),
        (403, {"code": 200100}, 0),
        (429, {}, 0),
        (401, {"message": "too many requests"}, 0),
        (401, {"message": "your package quota is used up"}, 0),
        (500, {}, 0),
    ],
)
async def test_a_login_hears_of_a_refused_token_and_of_nothing_else(
    status: int, body: dict[str, object], told: int
) -> None:
    """D72"""
    login = Login()
    lofty = answering(lambda _request: httpx.Response(status, json=body), credential=login)
    with pytest.raises(CredentialError if told else LoftyError):
        await lofty.post_message(Channel.SMS, b"{}")
    assert login.told == told
