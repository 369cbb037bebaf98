"""What no approval lifts, what waits for the page, and what is looked at again just before sending."""

from pathlib import Path

import pytest

from lofty_crm.outbox.message import Approver, OutboxError
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import (
    CARL,
    JANE,
    PRIYA,
    RUTH,
    SAM,
    SMS,
    TOM,
    busy_sandbox,
    office,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("lead_id", "code"),
    [(TOM, "cannot_text"), (PRIYA, "opted_out"), (RUTH, "do_not_contact"), (CARL, "invalid_number")],
)
async def test_a_text_to_a_lead_who_must_not_be_texted_is_blocked_whoever_says_yes(
    tmp_path: Path, lead_id: str, code: str
) -> None:
    """D77 D78"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text(lead_id=lead_id)
        assert message.state is State.BLOCKED
        assert code in {f.code for f in message.stops}
        for approver in Approver:
            assert (await desk.outbox.approve(message, by=approver, reason="I insist")).state is State.BLOCKED
        assert desk.posts == 0


async def test_an_email_to_a_lead_who_unsubscribed_is_blocked(tmp_path: Path) -> None:
    """D77"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.email(lead_id=RUTH)
        assert {"cannot_email", "unsubscribed"} <= {f.code for f in message.stops}
        assert ((await desk.yes(message, "please")).state, desk.posts) == (State.BLOCKED, 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Hi\u200b Jane", "hidden_characters"),
        ("Hi \u202eenaJ", "hidden_characters"),
        ("Hi\x1b[2K Jane", "hidden_characters"),
        ("Call {{lead.phone}}", "unresolved_merge_field"),
        ("Hello #lead_name#", "unresolved_merge_field"),
        ("Write to %contact_email%", "unresolved_merge_field"),
        ("Hello ${x}", "unresolved_merge_field"),
        ("Hello [[first]]", "unresolved_merge_field"),
        ("x" * 2000, "too_long"),
    ],
)
async def test_words_that_are_not_fit_to_go_out_are_blocked(tmp_path: Path, body: str, code: str) -> None:
    """D19 D23 D32"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text(body)
        assert message.state is State.BLOCKED
        assert code in {f.code for f in message.stops}
        assert ((await desk.yes(message, "go")).state, desk.posts) == (State.BLOCKED, 0)


@pytest.mark.parametrize("to", ["p-000000", "+13035550199", "jane.hollis@example.com", "e-", "-1"])
async def test_only_a_destination_of_the_live_lead_can_be_named(tmp_path: Path, to: str) -> None:
    """D25 I5"""
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxError, match="nothing was sent"):
            await desk.text(to=to)
        assert await desk.outbox.listing() == []


async def test_a_lead_without_a_phone_is_not_texted(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxError, match="nothing was sent"):
            await desk.text(lead_id=SAM)
        assert (await desk.yes(await desk.email(lead_id=SAM))).state is State.SENT


async def test_quiet_hours_hold_a_text_for_a_person_outside_the_chat_with_a_reason(tmp_path: Path) -> None:
    """D80"""
    sandbox = busy_sandbox()
    sandbox.clock.advance(9 * 3600)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        assert [f.code for f in message.held] == ["quiet_hours"]
        assert not desk.outbox.may_ask_in_chat(message)
        await desk.outbox.asked(message)
        message = await desk.outbox.get(message.id)
        assert (await desk.outbox.approve(message, by=Approver.CHAT, reason="now")).state is State.PENDING
        with pytest.raises(OutboxError, match="reason"):
            await desk.yes(message, " ")
        assert desk.posts == 0
        sent = await desk.yes(message, "She asked me to write tonight")
        assert (sent.state, sent.accepted, sent.reason) == (State.SENT, ("quiet_hours",), "")


async def test_a_message_approved_before_quiet_hours_is_not_sent_in_them(tmp_path: Path) -> None:
    """D80"""
    sandbox = busy_sandbox()
    sandbox.clock.advance(7 * 3600 - 60 + 1800 * 2)  # 19:59 in Denver
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        if message.held:
            pytest.fail("the house's hours have moved")
        sandbox.fail("POST", SMS, "status", status=429)
        await desk.yes(message)
        sandbox.clock.advance(120)
        await desk.outbox.tick()
        back = await desk.outbox.get(message.id)
        assert (back.state, [f.code for f in back.held], sandbox.sent) == (State.PENDING, ["quiet_hours"], [])


async def test_an_opt_out_that_comes_after_the_draft_blocks_it(tmp_path: Path) -> None:
    """I6"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.inbound_text(int(JANE), "Stop")
        assert ((await desk.yes(message)).state, desk.posts) == (State.BLOCKED, 0)


@pytest.mark.parametrize("dialect", ["reference", "guide"])
@pytest.mark.parametrize("newest", [False, True])
async def test_an_opt_out_is_found_however_long_the_history_is(tmp_path: Path, dialect: str, newest: bool) -> None:
    """D110 I6"""
    sandbox = busy_sandbox(dialect=dialect)
    words = [f"Another {n}" for n in range(1_100)]
    for text in [*words, "STOP"] if newest else ["STOP", *words]:
        sandbox.inbound_text(int(JANE), text)
        sandbox.clock.advance(1)
    async with office(sandbox, tmp_path) as desk:
        assert (await desk.text()).state is State.BLOCKED


async def test_a_number_that_was_taken_off_the_lead_is_not_used(tmp_path: Path) -> None:
    """D21"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.edit_lead(int(JANE), phones=["3035550199"])
        end = await desk.yes(message)
        assert (end.state, [f.code for f in end.stops], desk.posts) == (
            State.BLOCKED,
            ["destination_changed"],
            0,
        )
        anew = await desk.text()
        assert (anew.state, anew.words.destination) == (State.PENDING, "+13035550199")


async def test_a_flag_that_is_set_after_the_draft_counts(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.edit_lead(int(JANE), cannotText=True)
        assert ((await desk.yes(message)).state, desk.posts) == (State.BLOCKED, 0)
        sandbox.edit_lead(int(JANE), cannotText=False)
        assert (await desk.yes(await desk.text())).state is State.SENT


async def test_a_lead_who_was_renamed_is_shown_again(tmp_path: Path) -> None:
    """D20"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.edit_lead(int(JANE), firstName="Janet")
        back = await desk.yes(message)
        assert (back.state, desk.posts) == (State.PENDING, 0)
        assert "Janet Hollis" in back.question
        assert (await desk.yes(message)).state is State.PENDING
        assert "stale_yes" in await desk.events(message)
        assert (await desk.yes(back)).state is State.SENT


async def test_a_draft_that_is_found_again_shows_what_is_true_now(tmp_path: Path) -> None:
    """D12"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        first = await desk.text()
        await desk.outbox.asked(first)
        sandbox.edit_lead(int(JANE), firstName="Janet")
        second = await desk.text()
        assert (second.id, second.asked_at) == (first.id, None)
        assert (await desk.outbox.approve(first, by=Approver.PAGE)).state is State.PENDING
        sandbox.edit_lead(int(JANE), cannotText=True)
        assert ((await desk.text()).state, desk.posts) == (State.BLOCKED, 0)


@pytest.mark.parametrize("fault", ["status", "reset_before"])
async def test_a_lead_who_cannot_be_looked_at_just_before_sending_is_not_written_to(tmp_path: Path, fault: str) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.fail("GET", "/v1.0/leads", fault, status=500, times=None)  # pyright: ignore[reportArgumentType] -- one of the kinds
        back = await desk.yes(message)
        assert (back.state, desk.posts) == (State.PENDING, 0)
        assert "could not be checked" in back.reason


async def test_a_text_is_not_sent_while_the_lead_s_texts_cannot_be_read(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        sandbox.fail("GET", "/v1.0/communication/text", "status", status=500)
        end = await desk.yes(message)
        assert (end.state, [f.code for f in end.stops], desk.posts) == (State.BLOCKED, ["history_unread"], 0)
        assert (await desk.text()).state is State.PENDING


async def test_a_rate_limit_on_the_last_look_is_waited_for(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        reset = {"Retry-After": "45"}
        sandbox.fail("GET", "/v1.0/leads", "status", status=429, times=None, headers=reset)
        waiting = await desk.yes(message)
        assert (waiting.state, desk.posts) == (State.APPROVED, 0)
        sandbox.clear_faults()
        sandbox.clock.advance(61)
        await desk.outbox.tick()
        assert (await desk.state(message), desk.posts) == (State.SENT, 1)
