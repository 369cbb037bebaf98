"""One send or none, and waiting: over real sockets, in real processes, with the faults of each row."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.crm.outbox.office import EMAIL, JANE, SMS, WORDS, busy_sandbox, office
from tests.promises.front import MODES, Mode, Person, whole
from tests.server.console.visiting import page
from tests.server.over_http import client, served

pytestmark = pytest.mark.anyio

both_eras = pytest.mark.parametrize("mode", MODES)


@pytest.mark.parametrize("acted", [True, False])
async def test_an_answer_that_never_comes_is_settled_by_history_or_by_a_person(acted: bool, tmp_path: Path) -> None:
    """D53 D54 I11"""
    sandbox = busy_sandbox()
    async with serve(sandbox) as url, office(sandbox, tmp_path, url=url, deadline_s=0.6) as desk:
        sandbox.fail("POST", SMS, "hang_after", then_act=acted)
        message = await desk.yes(await desk.text())
        assert (message.state, message.evidence) == (State.UNKNOWN, None)
        sandbox.release()
        for seconds in (6, 60, 600):
            sandbox.clock.advance(seconds)
            await desk.outbox.tick()
        end = await desk.outbox.get(message.id)
        assert (end.state, desk.posts, len(sandbox.sent)) == (State.SENT if acted else State.NOT_SEEN, 1, int(acted))
        if acted:
            row = max(sandbox.world.data.texts[int(JANE)], key=lambda text: text.timeline_id)
            assert end.evidence == f"sms:{row.timeline_id}"
        async with page(sandbox, tmp_path, url=url) as served_page:
            told = (await served_page.get(f"/message/{message.id}")).text
            assert "Write the same words again" in told
            assert ("Sent" in told) is acted


CODED = [
    ('{"code":200100,"message":"no"}', "200100"),
    ('{"status":{"code":20012,"msg":"Invalid parameter"},"data":null}', "20012"),
]


@pytest.mark.parametrize(("body", "code"), CODED)
@pytest.mark.parametrize("path", [SMS, EMAIL])
async def test_a_refusal_inside_a_200_is_a_failure_with_its_code(
    body: str, code: str, path: str, tmp_path: Path
) -> None:
    """D57 I11"""
    sandbox = busy_sandbox()
    async with serve(sandbox) as url, office(sandbox, tmp_path, url=url) as desk:
        sandbox.fail("POST", path, "status", status=200, body=body)
        end = await desk.yes(await (desk.text() if path == SMS else desk.email()))
        assert (end.state, end.evidence, desk.posts, sandbox.sent) == (State.FAILED, None, 1, [])
        assert code in end.reason


NOT_PROOF = ["<html>sent</html>", '{"messageId": "4802', "{}", '{"messageId": ""}', '{"messageId": null}', "", "null"]


@pytest.mark.parametrize("body", NOT_PROOF)
@pytest.mark.parametrize("path", [SMS, EMAIL])
async def test_an_answer_that_proves_nothing_is_never_called_sent(body: str, path: str, tmp_path: Path) -> None:
    """D56 I11"""
    sandbox = busy_sandbox()
    async with serve(sandbox) as url, office(sandbox, tmp_path, url=url) as desk:
        sandbox.fail("POST", path, "error_after", status=200, body=body)
        end = await desk.yes(await (desk.text() if path == SMS else desk.email()))
        assert (end.state, end.evidence, desk.posts) == (State.UNKNOWN, None, 1)


@both_eras
async def test_a_call_made_again_after_a_broken_one_finds_the_same_draft(mode: Mode, tmp_path: Path) -> None:
    """D59"""
    asked = anyio.Event()

    async def looks_away(_context: Any, _params: Any) -> Any:
        asked.set()
        await anyio.sleep_forever()

    sandbox = busy_sandbox()
    async with whole(sandbox, tmp_path, mode=mode, person=looks_away) as it:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(it.call)
            with anyio.fail_after(10):
                await asked.wait()
            tasks.cancel_scope.cancel()
        (first,) = await it.drafted()
    async with whole(sandbox, tmp_path, mode=mode, person=Person()) as later:
        assert (await later.call())["message_id"] == first.id
        assert (await later.call())["message_id"] == first.id
        assert (len(await later.drafted()), later.desk.posts) == (1, 1)


@both_eras
async def test_the_same_words_ten_minutes_later_are_the_message_that_was_sent(mode: Mode, tmp_path: Path) -> None:
    """D62 D63"""
    sandbox = busy_sandbox()
    person = Person()
    async with whole(sandbox, tmp_path, mode=mode, person=person) as it:
        first = await it.call()
        sandbox.clock.advance(600)
        again = await it.call()
        assert (again["message_id"], again["state"]) == (first["message_id"], "sent")
        sandbox.fail("POST", SMS, "reset_before")
        unsure = await it.call(lead_id=JANE, body="Other words.")
        assert unsure["state"] == "unknown"
        assert (await it.call(lead_id=JANE, body="Other words."))["message_id"] == unsure["message_id"]
        assert (await it.call(lead_id=JANE, body="other  words."))["state"] == "blocked"
        assert (len(person.asked), it.desk.posts) == (2, 2)


def waits() -> dict[str, dict[str, str]]:
    """Every form of a wait that a rate limit may name, at the sandbox's time."""
    at = Sandbox(frozen=True).clock.now() + timedelta(seconds=7)
    return {
        "seconds": {"Retry-After": "7"},
        "date": {"Retry-After": at.strftime("%a, %d %b %Y %H:%M:%S GMT")},
        "epoch": {"X-RateLimit-Reset": str(int(at.timestamp()))},
        "milliseconds": {"X-RateLimit-Reset": str(int(at.timestamp() * 1000))},
        "delta": {"X-RateLimit-Reset": "7"},
        "none": {},
        "negative": {"Retry-After": "-1"},
        "absurd": {"Retry-After": "9e9"},
        "words": {"Retry-After": "abc"},
    }


@pytest.mark.parametrize("form", list(waits()))
async def test_a_send_waits_within_bounds_whatever_the_limit_says(form: str, tmp_path: Path) -> None:
    """D69 D70"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429, headers=waits()[form])
        message = await desk.yes(await desk.text())
        assert (message.state, desk.posts) == (State.APPROVED, 1)
        assert message.not_before
        wait_s = (message.not_before - sandbox.clock.now()).total_seconds()
        assert 0 <= wait_s <= 60
        if form in {"seconds", "date", "epoch", "milliseconds", "delta"}:
            assert 6 <= wait_s <= 8
        if form in {"none", "words", "negative"}:
            assert wait_s >= 1
        sandbox.clock.advance(wait_s + 61)
        await desk.outbox.tick()
        assert (await desk.state(message), len(sandbox.sent)) == (State.SENT, 1)


async def test_two_processes_stay_within_one_small_limit_and_a_write_finds_room(tmp_path: Path) -> None:
    """D73"""
    sandbox = Sandbox(rate_limit=10)
    given = {"LOFTY_API_KEY": "sandbox-api-key", "LOFTY_MCP_DIALECT": "reference"}
    async with (
        serve(sandbox) as url,
        served(tmp_path, LOFTY_BASE_URL=url, **given) as one,
        served(tmp_path, LOFTY_BASE_URL=url, **given) as two,
        client(one.url) as first,
        client(two.url) as second,
    ):
        refused: list[str] = []
        for number in range(12):
            result = await (first, second)[number % 2].call_tool("find_leads", {"query": f"Jane {number}"})
            if result.is_error:
                refused.append(getattr(result.content[0], "text", ""))
        assert len(refused) == 3
        assert all("rate limit" in words and "seconds" in words for words in refused)
        note = await second.call_tool("create_note", {"lead_id": JANE, "content": "Wants a yard."})
        assert not note.is_error
        assert len(sandbox.requests) == 10
        assert all(request.executed for request in sandbox.requests if request.method == "POST")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_of_a_send_is_not_followed(status: int, tmp_path: Path) -> None:
    """D75 I7"""
    sandbox, elsewhere = busy_sandbox(), busy_sandbox()
    async with serve(sandbox) as url, serve(elsewhere) as other, office(sandbox, tmp_path, url=url) as desk:
        sandbox.fail("POST", SMS, "redirect", status=status, location=f"{other}{SMS}")
        end = await desk.yes(await desk.text())
        assert (end.state, desk.posts, elsewhere.requests) == (State.FAILED, 1, [])
        assert "Lofty refused" in end.reason
        assert "failed" in await desk.events(end)
        await desk.outbox.tick()
        assert (desk.posts, sandbox.sent, elsewhere.sent) == (1, [], [])


@pytest.mark.parametrize("failure", [httpx.ConnectError("[Errno -2] Name or service"), httpx.ConnectTimeout("")])
async def test_what_never_left_goes_out_once_while_the_yes_lasts(failure: Exception, tmp_path: Path) -> None:
    """D71"""
    sandbox = busy_sandbox()
    down = True

    class Line(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if down and request.method == "POST":
                raise failure
            return await super().handle_async_request(request)

    async with office(sandbox, tmp_path, transport=Line(app=sandbox.app)) as desk:
        late = await desk.yes(await desk.text("This one waits too long."))
        assert (late.state, desk.posts) == (State.APPROVED, 0)
        sandbox.clock.advance(301)
        await desk.outbox.tick()
        assert await desk.state(late) is State.PENDING
        soon = await desk.yes(await desk.text())
        down = False
        sandbox.clock.advance(6)
        await desk.outbox.tick()
        assert (await desk.state(soon), [m.content for m in sandbox.sent]) == (State.SENT, [WORDS])
