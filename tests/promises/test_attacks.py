"""Ways round the guard that were found by trying, each closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from lofty_crm.api.dialect import Dialect
from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import BEN, JANE, SMS, WORDS, busy_sandbox, office
from tests.promises.front import Person, chat

pytestmark = pytest.mark.anyio


async def test_a_yes_that_was_taken_back_by_a_stop_cannot_be_played_again(sandbox: Sandbox, tmp_path: Path) -> None:
    """D08 D13 D97"""
    sandbox.fail("POST", SMS, "status", status=429, headers={"Retry-After": "30"})
    async with chat(sandbox, tmp_path, person=Person()) as it:
        first = await it.call()
        assert first["state"] == "approved"
        (message,) = await it.drafted()
        old = message.question
        await it.outbox.stop(by=Approver.TERMINAL)
        await it.outbox.resume(by=Approver.TERMINAL)
        (message,) = await it.drafted()
        assert message.state is State.PENDING
        assert message.question != old
        assert message.asked_at is None
    assert sandbox.sent == []


async def test_each_yes_that_ran_out_leaves_a_question_of_its_own(tmp_path: Path) -> None:
    """D13 D98"""
    busy = busy_sandbox()
    async with office(busy, tmp_path) as desk:
        message = await desk.text()
        questions = {message.question}
        for _ in range(2):
            busy.fail("POST", SMS, "status", status=429, headers={"Retry-After": "30"})
            assert (await desk.yes(message)).state is State.APPROVED
            busy.clock.advance(600)
            await desk.outbox.tick()
            message = await desk.outbox.get(message.id)
            assert message.state is State.PENDING
            questions.add(message.question)
    assert len(questions) == 3
    assert busy.sent == []


async def test_a_reason_given_for_one_doubtful_text_does_not_cover_a_later_one(tmp_path: Path) -> None:
    """D78 D99"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.inbound_text(int(JANE), "please stop calling my office")
        sandbox.clock.advance(5)
        message = await desk.text()
        assert [f.code for f in message.held] == ["resembles_opt_out"]
        sandbox.fail("POST", SMS, "status", status=429, headers={"Retry-After": "20"})
        assert (await desk.yes(message, reason="her office, not her")).state is State.APPROVED
        sandbox.inbound_text(int(JANE), "Please do not text me any more about this house ok")
        sandbox.clock.advance(30)
        await desk.outbox.tick()
        assert await desk.state(message) is State.PENDING
    assert sandbox.sent == []


async def test_a_lead_that_cannot_be_seen_any_more_is_not_texted_at_the_old_number(tmp_path: Path) -> None:
    """D21 D100 I5"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.edit_lead(int(JANE), cannotText=True)
        gone = "The requested API endpoint does not exist"
        sandbox.fail("GET", f"/v1.0/leads/{JANE}", "status", status=404, body=gone, times=None)
        assert (await desk.yes(message)).state is State.PENDING
    async with office(sandbox, tmp_path, dialect=Dialect.GUIDE) as desk:
        assert (await desk.yes(await desk.outbox.get(message.id))).state is State.BLOCKED
    assert sandbox.sent == []


@pytest.mark.parametrize("variant", [f"{WORDS} ", f"{WORDS}\n", WORDS.upper(), WORDS.replace(" ", "\u00a0", 1)])
async def test_blanks_and_case_make_no_other_message_while_the_first_is_unknown(variant: str, tmp_path: Path) -> None:
    """D63 D101"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "error_after", status=500)
        assert (await desk.yes(await desk.text())).state is State.UNKNOWN
        again = await desk.text(variant)
        assert again.state is State.BLOCKED
        assert "same_words_unsettled" in {f.code for f in again.stops}
    assert len(sandbox.sent) == 1


@pytest.mark.parametrize("body", [{"code": 429, "message": "Too Many Requests"}, {"status": {"code": 400}}])
async def test_a_server_error_that_names_another_status_is_never_tried_again(body: object, tmp_path: Path) -> None:
    """D55 D102"""
    sandbox = busy_sandbox()
    answer = httpx.Response(503, json=body)
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "error_after", status=503, body=answer.text, headers={"Retry-After": "1"}, times=None)
        message = await desk.text()
        await desk.yes(message)
        sandbox.clock.advance(30)
        await desk.outbox.tick()
        assert await desk.state(message) in {State.UNKNOWN, State.SENT}
    assert sandbox.count("POST", SMS) == 1
    assert len(sandbox.sent) == 1


async def test_what_was_read_of_one_lead_does_not_go_to_another_unseen(tmp_path: Path) -> None:
    """D30"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.lead(BEN)
        phone = (await desk.lofty.lead(BEN)).phones[0].number
        message = await desk.text(f"Ask Ben, his number is {phone}.")
        assert [f.code for f in message.held] == ["cross_lead_data"]
        assert not desk.outbox.may_ask_in_chat(message)


async def test_leads_of_the_same_name_are_pointed_out(tmp_path: Path) -> None:
    """D26"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text(lead_id="480213577100006")
    assert "namesakes" in {f.code for f in message.warnings}
    assert "similar name" in message.question


@dataclass
class Late:
    """A clock that somebody has set back."""

    sandbox: Sandbox
    by: timedelta

    def now(self) -> datetime:
        return self.sandbox.clock.now() - self.by


@pytest.mark.parametrize("by", [timedelta(seconds=100), timedelta(days=400)])
async def test_an_opt_out_that_a_wrong_clock_puts_into_the_future_still_counts(by: timedelta, tmp_path: Path) -> None:
    """D105 D78 I6"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, clock=Late(sandbox, by)) as desk:
        waiting = await desk.text()
        sandbox.inbound_text(int(JANE), "STOP")
        assert (await desk.yes(waiting, "I insist")).state is State.BLOCKED
        assert (await desk.text("Other words.")).state is State.BLOCKED
    assert sandbox.sent == []
