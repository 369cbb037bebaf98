"""Law and manners, before the draft and again just before the send."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import AIKO, BEN, JANE, RUTH, SMS, TOM, busy_sandbox, office
from tests.promises.front import MODES, Mode, Person, whole

pytestmark = pytest.mark.anyio

both_eras = pytest.mark.parametrize("mode", MODES)
EASTERN = ZoneInfo("America/New_York")


def at(sandbox: Sandbox, hour: int, minute: int, zone: str = "America/New_York") -> None:
    """Set the clock to a time of the sandbox's first day."""
    wanted = datetime(2026, 11, 17, hour, minute, tzinfo=ZoneInfo(zone))
    sandbox.clock.advance((wanted - sandbox.clock.now()).total_seconds())


@both_eras
@pytest.mark.parametrize(
    ("lead_id", "edit", "tool"),
    [
        (JANE, {"cannotText": True}, "send_sms"),
        (JANE, {"cannotEmail": True}, "send_email"),
        (JANE, {"unsubscription": True}, "send_email"),
        (RUTH, {}, "send_sms"),
        (TOM, {}, "send_sms"),
        (JANE, {"phoneStatuses": [5]}, "send_sms"),
    ],
    ids=["no texts", "no emails", "unsubscribed", "marked", "no texts ever", "off limits"],
)
async def test_a_flag_of_lofty_s_stops_its_channel_and_no_yes_lifts_it(
    lead_id: str, edit: dict[str, object], tool: str, mode: Mode, tmp_path: Path
) -> None:
    """D77 I6"""
    sandbox = busy_sandbox()
    sandbox.edit_lead(int(lead_id), **edit)
    person = Person()
    more = {"subject": "Hi"} if tool == "send_email" else {}
    async with whole(sandbox, tmp_path, mode=mode, person=person) as it:
        said = await it.call(tool, lead_id=lead_id, body="Hello there.", **more)
        assert said["state"] == "blocked"
        (message,) = await it.drafted()
        for by in Approver:
            assert (await it.outbox.approve(message, by=by, reason="I insist")).state is State.BLOCKED
        assert (person.asked, it.desk.posts) == ([], 0)


@pytest.mark.parametrize(
    "words",
    [
        *("STOP", "stop.", " Unsubscribe ", "QUIT", "end", "REVOKE", "opt out", "OPTOUT", "cancel", "STOPALL"),
        *("please stop texting me", "ALTO", "no más"),
    ],
)
@pytest.mark.parametrize("when", ["before the draft", "after the yes"])
async def test_an_opt_out_in_any_dress_blocks_though_no_flag_is_set(words: str, when: str, tmp_path: Path) -> None:
    """D78 I6"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        if when == "before the draft":
            sandbox.inbound_text(int(JANE), words)
            message = await desk.text()
        else:
            sandbox.fail("POST", SMS, "status", status=429, headers={"Retry-After": "5"})
            message = await desk.yes(await desk.text())
            sandbox.inbound_text(int(JANE), words)
            sandbox.clock.advance(10)
            await desk.outbox.tick()
        assert await desk.state(message) is State.BLOCKED
        assert sandbox.world.lead(int(JANE))["cannotText"] is False
        assert sandbox.sent == []


@pytest.mark.parametrize("words", ["Can you stop by at 5?", "cancel the 3pm and move to 4", "at the end of May"])
async def test_an_ordinary_sentence_is_no_opt_out(words: str, tmp_path: Path) -> None:
    """D79"""
    sandbox = busy_sandbox()
    sandbox.inbound_text(int(JANE), words)
    async with whole(sandbox, tmp_path, person=Person()) as it:
        assert (await it.call())["state"] == "sent"


async def test_a_yes_at_two_to_eight_is_not_used_at_one_past(tmp_path: Path) -> None:
    """D80"""
    sandbox = busy_sandbox()
    at(sandbox, 19, 58, "America/Denver")
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429, headers={"Retry-After": "60"})
        message = await desk.yes(await desk.text())
        assert (message.state, message.held) == (State.APPROVED, ())
        at(sandbox, 20, 1, "America/Denver")
        await desk.outbox.tick()
        back = await desk.outbox.get(message.id)
        assert (back.state, [f.code for f in back.held], sandbox.sent) == (State.PENDING, ["quiet_hours"], [])
        assert "The next allowed time is Wed Nov 18, 8:00 AM MST." in back.held[0].advice


@pytest.mark.parametrize(
    ("hour", "minute", "held"), [(8, 30, True), (10, 59, True), (11, 0, False), (19, 59, False), (20, 1, True)]
)
async def test_an_address_and_a_number_far_apart_must_both_be_open(
    hour: int, minute: int, held: bool, tmp_path: Path
) -> None:
    """D81"""
    sandbox = busy_sandbox()
    sandbox.edit_lead(int(JANE), phones=["2125550101"], state="CA", city="Fresno", streetAddress="", zipCode="93650")
    at(sandbox, hour, minute)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        assert ([f.code for f in message.held] == ["quiet_hours"]) is held


@pytest.mark.parametrize("number", ["8005550101", "5555550101"])
@pytest.mark.parametrize(("hour", "minute", "held"), [(12, 59, True), (13, 0, False), (19, 59, False), (20, 1, True)])
async def test_a_lead_of_no_zone_gets_the_hours_of_all_fifty_states(
    number: str, hour: int, minute: int, held: bool, tmp_path: Path
) -> None:
    """D82"""
    sandbox = busy_sandbox()
    sandbox.edit_lead(int(JANE), phones=[number], state="", city="", streetAddress="", zipCode="")
    at(sandbox, hour, minute)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        assert ([f.code for f in message.held] == ["quiet_hours"]) is held
        if held:
            assert (await desk.yes(message, "She asked me to.")).state is State.SENT


@both_eras
async def test_a_first_text_and_one_after_months_are_warned_of(mode: Mode, tmp_path: Path) -> None:
    """D83"""
    sandbox = busy_sandbox()
    person = Person("cancel", None)
    async with whole(sandbox, tmp_path, mode=mode, person=person) as it:
        await it.call(lead_id=BEN, body="Hello Ben, the list is ready.")
        sandbox.clock.advance(100 * 86_400)
        await it.call(lead_id=AIKO, body="Hello Aiko, the list is ready.")
    assert len(person.asked) == 2
    for question in person.asked:
        warned = " ".join(line for line in question.split("\n") if line.startswith("! "))
        assert "opt" in warned.casefold()
        assert "Lofty" in warned
        assert "name" in warned.casefold() or "who" in warned.casefold()


@both_eras
async def test_the_fourth_message_of_a_day_is_not_even_asked_about(mode: Mode, tmp_path: Path) -> None:
    """D84"""
    person = Person()
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=person) as it:
        for body in ("The inspection is on Monday.", "Bring a coat for the attic.", "Parking is behind the barn."):
            assert (await it.call(lead_id=JANE, body=body))["state"] == "sent"
        assert (await it.call(lead_id=JANE, body="And the well is deep."))["state"] == "blocked"
        assert (len(person.asked), it.desk.posts) == (3, 3)
