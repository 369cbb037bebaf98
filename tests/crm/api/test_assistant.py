"""Lofty's own sales assistant, in every shape in which Lofty may speak of it."""

import httpx
import pytest

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import ServerError
from lofty_sandbox.sandbox import Sandbox
from tests.crm.api.clients import JANE, answering
from tests.crm.api.virtual_time import VIRTUAL_TIME, VirtualTime

pytestmark = pytest.mark.anyio

HUGO = "480213577100018"


@pytest.fixture
def anyio_backend() -> VirtualTime:
    return VIRTUAL_TIME


async def test_the_sandbox_s_assistant_works_one_lead_until_it_is_muted(lofty: Lofty, sandbox: Sandbox) -> None:
    assert [await lofty.sales_assistant_works(lead) for lead in (JANE, HUGO)] == [False, True]
    sandbox.world.muted.add(int(HUGO))
    assert not await lofty.sales_assistant_works(HUGO)


@pytest.mark.parametrize(
    ("answer", "works"),
    [
        (True, True),
        ({"data": True}, True),
        ({"leadId": 7, "firstName": "Jane"}, True),
        ({"data": {"leadId": 7}}, True),
        (False, False),
        ({"data": False}, False),
        ({"data": None}, False),
        ({}, False),
        (None, False),
        ({"leadId": 8}, False),
    ],
)
async def test_an_object_and_a_boolean_are_both_understood(answer: object, works: bool) -> None:
    def lofty(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer if "working-lead" in request.url.path else {"data": {"mute": "false"}})

    assert await answering(lofty).sales_assistant_works("7") is works


@pytest.mark.parametrize(("mute", "works"), [("true", False), ("false", True), (None, True)])
async def test_a_muted_assistant_does_not_work(mute: str | None, works: bool) -> None:
    def lofty(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=True if "working-lead" in request.url.path else {"data": {"mute": mute}})

    assert await answering(lofty).sales_assistant_works("7") is works


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"code": 20007, "message": "Sales agent not exist"}),
        httpx.Response(404, text="The requested API endpoint does not exist"),
    ],
)
async def test_an_account_without_the_assistant_has_none_at_work(answer: httpx.Response) -> None:
    assert not await answering(lambda _: answer).sales_assistant_works("7")


async def test_an_assistant_that_cannot_be_asked_for_is_an_error() -> None:
    with pytest.raises(ServerError):
        await answering(lambda _: httpx.Response(500)).sales_assistant_works("7")
