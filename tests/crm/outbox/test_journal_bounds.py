"""What the journal counts, refuses and writes down, to the letter."""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lofty_crm.outbox import journal
from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import Approver, Message
from lofty_crm.outbox.states import State
from lofty_crm.outbox.store import Store
from tests.crm.outbox.office import BEN, JANE, SMS, Office, busy_sandbox, copied, office

pytestmark = pytest.mark.anyio


def repeat(folder: Path, message: Message, numbers: Iterable[int]) -> None:
    """Put more messages into the file that went out when `message` did, each to a lead of its own."""
    for number in numbers:
        copied(folder, message, id=f"m-other{number}", digest=f"{number:064}", lead_id=f"9{number}", body=str(number))


async def taken_back(desk: Office, message: Message) -> Message:
    """Approve a message that Lofty wants later, and stop all sending for a moment."""
    desk.sandbox.fail("POST", SMS, "status", status=429)
    assert (await desk.yes(message)).state is State.APPROVED
    desk.sandbox.clock.advance(61)
    await desk.outbox.stop(by=Approver.PAGE)
    await desk.outbox.resume(by=Approver.PAGE)
    return await desk.outbox.get(message.id)


@pytest.mark.parametrize(("most", "hours", "code"), [(20, 1, "hourly_cap"), (100, 24, "daily_cap")])
async def test_no_more_leaves_in_an_hour_or_a_day_than_a_person_can_have_read(
    tmp_path: Path, most: int, hours: int, code: str
) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        first = await desk.yes(await desk.text())
        assert first.state is State.SENT
        repeat(tmp_path, first, range(most - 2))
        sandbox.clock.advance(hours * 3600)
        below = await desk.text("Bring a coat for the attic.", lead_id=BEN)
        assert code not in {f.code for f in below.findings}
        repeat(tmp_path, first, [most])
        at = await desk.text("Bring boots for the garden.", lead_id=BEN)
        assert (at.state, [f.code for f in at.stops]) == (State.BLOCKED, [code])
        assert str(most) in at.stops[0].text
        sandbox.clock.advance(1)
        assert (await desk.text("Bring boots for the garden.", lead_id=BEN)).state is State.PENDING


async def test_a_yes_that_is_taken_back_changes_the_question_each_time(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        other = await desk.text("Other words.")
        await taken_back(desk, other)
        message = await desk.text()
        await desk.outbox.asked(message)
        for times in (1, 2):
            back = await taken_back(desk, await desk.outbox.get(message.id))
            ends = f"\nAsked again: the approval of before does not count any more ({times})."
            assert back.question == message.question + ends
            assert (back.state, back.asked_at, back.updated_at) == (State.PENDING, None, desk.sandbox.clock.now())


async def test_a_step_that_does_not_exist_is_not_taken(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        sent = await desk.yes(await desk.text())
        store = Store(tmp_path / JOURNAL, "a key")
        now = desk.sandbox.clock.now()
        with pytest.raises(ValueError, match=r"^a message cannot go from sent to pending$"):
            await store.run(lambda c: journal.step(c, sent, State.PENDING, now=now))
        store.close()
        assert await desk.state(sent) is State.SENT


async def test_each_step_is_logged_with_the_message_and_the_lead(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.yes(await desk.text())
    moved: list[dict[str, Any]] = [record.__dict__ for record in caplog.records if record.msg == "message_moved"]
    assert [(each["message_id"], each["lead_id"], each["state"]) for each in moved] == [
        (message.id, JANE, state) for state in ("approved", "sending", "sent")
    ]


async def test_only_the_words_of_what_ended_before_the_limit_are_forgotten(tmp_path: Path) -> None:
    sandbox, days = busy_sandbox(), timedelta(days=1)
    async with (
        office(sandbox, tmp_path, keep_words=days, lifetime=timedelta(days=3)) as desk,
        office(sandbox, tmp_path, key="sandbox-access-token") as theirs,
    ):
        waiting = await desk.text("Still waiting.")
        ended = await desk.outbox.reject(await desk.text(), by=Approver.PAGE)
        sandbox.world.user = 1
        other = await theirs.outbox.reject(await theirs.text("Theirs."), by=Approver.PAGE)
        sandbox.clock.advance(24 * 3600)
        await desk.outbox.tick()
        assert (await desk.outbox.get(ended.id)).words.body == ended.words.body
        sandbox.clock.advance(1)
        await desk.outbox.tick()
        assert (await desk.outbox.get(ended.id)).words.body == ""
        assert (await desk.outbox.get(waiting.id)).words.body == "Still waiting."
        assert (await theirs.outbox.get(other.id)).words.body == "Theirs."


def test_an_id_can_be_read_aloud_and_typed() -> None:
    assert all(re.fullmatch("m-[2-9a-hjkmnp-z]{8}", journal.new_id()) for _ in range(100))
