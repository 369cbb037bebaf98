"""Whose outbox a credential opens: one for all keys of a user, and never one for two users."""

from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from lofty_crm.outbox.identity import user_of
from lofty_crm.outbox.message import Approver, Message, OutboxError
from lofty_crm.outbox.states import State
from tests.crm.api.clients import answering
from tests.crm.api.virtual_time import VIRTUAL_TIME
from tests.crm.outbox.office import PRIYA, WORDS, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

NEW_KEY = "sandbox-access-token"
ME = "/v1.0/me"


def ids(messages: list[Message]) -> set[str]:
    return {message.id for message in messages}


async def seen(desk: Office) -> set[str]:
    return ids(await desk.outbox.listing())


async def test_a_user_s_keys_share_one_outbox(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as old, office(sandbox, tmp_path, key=NEW_KEY) as new:
        first = await old.text()
        assert await seen(new) == set()
        assert (await new.text()).id == first.id
        second = await new.text("Bring a coat.")
        assert await seen(old) == await seen(new) == {first.id, second.id}
        assert (await new.yes(first)).state is State.SENT
        assert ((await old.text()).state, new.posts) == (State.SENT, 1)
    async with office(sandbox, tmp_path, key=NEW_KEY) as later:
        asked = sandbox.count("GET", ME)
        assert await seen(later) == {first.id, second.id}
        assert sandbox.count("GET", ME) == asked


async def test_a_stop_by_one_key_stops_the_user_s_other_keys(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as old:
        message = await old.text()
        async with office(sandbox, tmp_path, key=NEW_KEY) as new:
            await new.outbox.stop(by=Approver.TERMINAL)
            assert await new.outbox.stopped()
        with pytest.raises(OutboxError, match="All sending is stopped"):
            await old.yes(message)
        await old.outbox.resume(by=Approver.TERMINAL)
        assert (await old.yes(message)).state is State.SENT


async def test_a_stop_is_set_at_once_though_lofty_cannot_say_whose_key_it_is_and_joins_later(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as old, office(sandbox, tmp_path, key=NEW_KEY) as new:
        message = await old.text()
        sandbox.fail("GET", ME, "status", status=500)
        await new.outbox.stop(by=Approver.PAGE)
        assert [await desk.outbox.stopped() for desk in (new, old)] == [True, False]
        assert (await new.text()).id == message.id
        assert [await desk.outbox.stopped() for desk in (new, old)] == [True, True]


async def test_two_users_never_meet(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as one, office(sandbox, tmp_path, key=NEW_KEY) as other:
        mine = await one.text()
        sandbox.world.user = 1
        theirs = await other.text()
        assert (mine.id != theirs.id, await seen(one), await seen(other)) == (True, {mine.id}, {theirs.id})
        await other.outbox.stop(by=Approver.TERMINAL)
        assert (await one.yes(mine)).state is State.SENT


async def test_a_key_that_has_drafted_before_lofty_could_say_whose_it_is_keeps_its_outbox(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as old, office(sandbox, tmp_path, key=NEW_KEY) as new:
        first = await old.text()
        sandbox.fail("GET", ME, "status", status=500, times=None)
        second = await new.text()
        sandbox.clear_faults()
        third = await new.text("Bring a coat.")
        assert (await seen(old), await seen(new)) == ({first.id}, {second.id, third.id})
    async with office(sandbox, tmp_path, key=NEW_KEY) as later:
        assert await seen(later) == {second.id, third.id}


@pytest.mark.parametrize(
    ("quirks", "fault"),
    [({"dialect": "guide"}, None), ({}, {"status": 403, "code": 200100}), ({}, {"status": 400, "code": 20017})],
)
async def test_where_lofty_does_not_say_whose_a_key_is_each_key_has_an_outbox(
    tmp_path: Path, quirks: dict[str, Any], fault: dict[str, Any] | None
) -> None:
    sandbox = busy_sandbox(**quirks)
    if fault:
        sandbox.fail("GET", ME, "status", times=None, **fault)
    async with office(sandbox, tmp_path) as old, office(sandbox, tmp_path, key=NEW_KEY) as new:
        assert (await old.text()).id != (await new.text()).id
        sandbox.clear_faults()
        await new.text("Bring a coat.")
        assert len(await seen(old)) == 1


async def test_two_first_drafts_at_once_join_one_outbox(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    found: list[Message] = []
    async with office(sandbox, tmp_path) as old, office(sandbox, tmp_path, key=NEW_KEY) as new:
        found.append(await old.text())

        async def draft(body: str) -> None:
            found.append(await new.text(body))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(draft, WORDS)
            tasks.start_soon(draft, "Bring a coat.")
        assert (await seen(old), len(ids(found))) == (ids(found), 2)


async def test_two_processes_with_a_new_key_find_the_same_outbox(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as old:
        first = await old.text()
    async with office(sandbox, tmp_path, key=NEW_KEY) as one, office(sandbox, tmp_path, key=NEW_KEY) as two:
        assert await seen(one) == await seen(two) == set()
        assert (await one.text()).id == (await two.text()).id == first.id


async def test_a_lead_who_opted_out_is_blocked_for_a_new_key_too(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as old, office(sandbox, tmp_path, key=NEW_KEY) as new:
        blocked = await old.text(lead_id=PRIYA)
        assert ((await new.text(lead_id=PRIYA)).id, blocked.state) == (blocked.id, State.BLOCKED)


def member(**fields: object) -> httpx.Response:
    return httpx.Response(200, json={"id": 7, "firstName": "Alex", "email": "alex@example.com"} | fields)


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME])
async def test_only_the_same_id_and_address_on_the_same_host_is_the_same_user() -> None:
    same = [await user_of(answering(lambda _: member())), await user_of(answering(lambda _: member(firstName="Al")))]
    assert len(set(same)) == 1
    others = [
        await user_of(answering(lambda _: member(id=8))),
        await user_of(answering(lambda _: member(email="al@example.com"))),
        await user_of(answering(lambda _: member(), base_url="https://api.chime.me")),
    ]
    assert len({same[0], *others}) == 4
    assert all(others)


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (member(email=None), ""),
        (httpx.Response(404, text="The requested API endpoint does not exist"), ""),
        (httpx.Response(403, json={"code": 200100, "message": "no permission"}), ""),
        (httpx.Response(401, json={"code": 1, "message": "Bad credentials"}), None),
        (httpx.Response(429, json={"message": "Too Many Requests"}), None),
        (httpx.Response(500), None),
    ],
)
async def test_not_saying_is_told_from_not_answering(answer: httpx.Response, expected: str | None) -> None:
    assert await user_of(answering(lambda _: httpx.Response(answer.status_code, content=answer.content))) == expected


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME])
async def test_lofty_is_not_waited_for_longer_than_five_seconds() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    began = anyio.current_time()
    assert await user_of(answering(never)) is None
    assert anyio.current_time() - began == pytest.approx(5)
