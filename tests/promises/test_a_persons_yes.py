"""Nothing leaves without a person's yes to the exact words, and one yes is one send."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError
from mcp.types import ElicitResult, InputRequiredResult, InputResponses

from lofty_crm.outbox.config import ApprovalMode
from lofty_crm.outbox.message import Approver, Message
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import JANE, SMS, WORDS, busy_sandbox
from tests.promises.front import MODES, Chat, Mode, Person, chat

pytestmark = pytest.mark.anyio

both_eras = pytest.mark.parametrize("mode", MODES)


@both_eras
async def test_a_yes_in_the_chat_sends_exactly_what_was_shown_once(tmp_path: Path, mode: Mode) -> None:
    person = Person()
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=person) as c:
        result = await c.call()
        assert result["state"] == "sent"
        assert [(m.to, m.content) for m in c.sandbox.sent] == [("+13035550101", WORDS)]
        assert len(person.asked) == 1
        assert f"> {WORDS}" in person.asked[0].splitlines()
        assert person.asked[0].startswith("Text Jane Hollis at +1 303 555 0101?")
        assert (await c.drafted())[0].approved_by is Approver.CHAT


@both_eras
@pytest.mark.parametrize(
    ("action", "content", "state"),
    [
        ("decline", None, "rejected"),
        ("accept", {"confirm": False}, "rejected"),
        ("cancel", None, "awaiting_approval"),
    ],
)
async def test_anything_but_a_yes_sends_nothing(
    tmp_path: Path, mode: Mode, action: Any, content: Any, state: str
) -> None:
    """D06 D10"""
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=Person(action, content)) as c:
        assert (await c.call())["state"] == state
        assert c.desk.posts == 0


@both_eras
@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {"confirm": "true"},
        {"confirm": 1},
        {"confirm": None},
        {"confirm": ["yes"]},
        {"confirm": True, "force": True},
        {"send": True},
        {"Confirm": True},
    ],
    ids=str,
)
async def test_a_malformed_answer_sends_nothing(tmp_path: Path, mode: Mode, content: Any) -> None:
    """D04 D10"""
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=Person("accept", content)) as c:
        try:
            result = await c.call()
        except MCPError:
            result = {}
        assert result.get("state") != "sent"
        assert c.desk.posts == 0
        assert {m.state for m in await c.drafted()} <= {State.PENDING, State.REJECTED}


@both_eras
async def test_a_client_that_cannot_ask_sends_nothing_and_says_how_to_go_on(tmp_path: Path, mode: Mode) -> None:
    """D07"""
    async with chat(busy_sandbox(), tmp_path, mode=mode) as c:
        result = await c.call()
        assert result["state"] == "awaiting_approval"
        assert "approve" in result["next"]
        assert c.desk.posts == 0


@both_eras
async def test_no_answer_at_all_sends_nothing(tmp_path: Path, mode: Mode) -> None:
    """D06"""
    asked = anyio.Event()

    async def silent(_context: Any, _params: Any) -> ElicitResult:
        asked.set()
        await anyio.sleep_forever()
        raise AssertionError

    async with chat(busy_sandbox(), tmp_path, mode=mode, person=silent) as c:  # pyright: ignore[reportArgumentType] -- any callable will do
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(c.call)
            with anyio.fail_after(5):
                await asked.wait()
            tasks.cancel_scope.cancel()
        assert c.desk.posts == 0
        c.sandbox.clock.advance(24 * 3600 + 1)
        await c.outbox.tick()
        assert [m.state for m in await c.drafted()] == [State.EXPIRED]


@both_eras
async def test_in_console_mode_the_chat_is_never_asked(tmp_path: Path, mode: Mode) -> None:
    person = Person()
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=person, approval=ApprovalMode.CONSOLE) as c:
        assert (await c.call())["state"] == "awaiting_approval"
        assert (person.asked, c.desk.posts) == ([], 0)
        message = (await c.drafted())[0]
        assert (await c.outbox.approve(message, by=Approver.CHAT)).state is State.PENDING
        assert (await c.outbox.approve(message, by=Approver.HOST)).state is State.PENDING
        assert (await c.outbox.approve(message, by=Approver.PAGE)).state is State.SENT
        assert c.desk.posts == 1


async def _first_round(c: Chat, lead_id: str = JANE) -> tuple[InputResponses, str]:
    asked = await c.client.session.call_tool("send_sms", {"lead_id": lead_id, "body": WORDS}, allow_input_required=True)
    assert isinstance(asked, InputRequiredResult)
    assert asked.input_requests
    assert asked.request_state
    answers: InputResponses = {}
    for key in asked.input_requests:
        answers[key] = ElicitResult(action="accept", content={"confirm": True})
    return answers, asked.request_state


async def _second_round(c: Chat, answers: InputResponses, state: str | None, lead_id: str = JANE) -> Any:
    return await c.client.session.call_tool(
        "send_sms",
        {"lead_id": lead_id, "body": WORDS},
        input_responses=answers,
        request_state=state,
        allow_input_required=True,
    )


async def test_the_same_accepted_answer_replayed_sends_nothing_more(tmp_path: Path) -> None:
    """D08"""
    async with chat(busy_sandbox(), tmp_path, person=Person()) as c:
        answers, state = await _first_round(c)
        for _ in range(3):
            result = await _second_round(c, answers, state)
            assert result.structured_content["state"] == "sent"
        c.sandbox.clock.advance(25 * 3600)
        assert isinstance(await _second_round(c, answers, state), InputRequiredResult)
        assert c.desk.posts == 1


async def test_an_answer_for_one_lead_does_not_count_for_another(tmp_path: Path) -> None:
    """D09"""
    async with chat(busy_sandbox(), tmp_path, person=Person()) as c:
        answers, state = await _first_round(c)
        with pytest.raises(MCPError):
            await _second_round(c, answers, state, lead_id="480213577100010")
        assert c.desk.posts == 0


async def test_an_answer_given_before_the_question_is_not_taken(tmp_path: Path) -> None:
    async with chat(busy_sandbox(), tmp_path, person=Person()) as c:
        answers, _ = await _first_round(c)
        for state in (None, "made-up"):
            try:
                again = await _second_round(c, answers, state)
            except MCPError:
                continue
            assert isinstance(again, InputRequiredResult)
        assert c.desk.posts == 0


@both_eras
async def test_twenty_identical_calls_at_once_send_one_message(tmp_path: Path, mode: Mode) -> None:
    """D59"""
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=Person()) as c:
        results: list[dict[str, Any]] = []

        async def once() -> None:
            results.append(await c.call())

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(once)
        assert c.desk.posts == 1
        assert {r["state"] for r in results} == {"sent"}
        assert len({r["message_id"] for r in results}) == 1


@both_eras
async def test_a_client_that_goes_away_in_the_middle_of_the_post_finds_the_truth_later(
    tmp_path: Path, mode: Mode
) -> None:
    """D58"""
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=Person()) as c:
        c.sandbox.fail("POST", SMS, "hold", then_act=True)
        message: Message | None = None
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(c.call)
                await c.sandbox.arrived("POST", SMS)
                message = (await c.drafted())[0]
                assert message.state is State.SENDING
                tasks.cancel_scope.cancel()
                c.sandbox.release()
            await c.outbox.close()
    assert message
    async with chat(c.sandbox, tmp_path, mode=mode) as later:
        assert (await later.call("get_message", message_id=message.id))["state"] == "sent"
        assert later.desk.posts == 1


async def test_an_answer_faster_than_anyone_reads_is_not_a_persons(tmp_path: Path) -> None:
    """D05"""
    async with chat(busy_sandbox(), tmp_path, person=Person(), min_reading=timedelta(seconds=2)) as c:
        result = await c.call()
        assert (result["state"], c.desk.posts) == ("awaiting_approval", 0)
        message = (await c.drafted())[0]
        assert message.console_only
        assert "yes_not_counted" in await c.desk.events(message)
        c.sandbox.clock.advance(60)
        assert (await c.call())["state"] == "awaiting_approval"
        assert (await c.desk.yes(message)).state is State.SENT
