"""When a draft stays as it is, when its question changes, and when the same words are asked about anew."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lofty_crm.api.models import Channel
from lofty_crm.outbox.message import Approver, Kind, OutboxError
from lofty_crm.outbox.states import State
from lofty_crm.policy.destinations import destinations
from tests.crm.outbox.office import ELENA, JANE, JON, busy_sandbox, office
from tests.crm.outbox.test_elsewhere import a_note

pytestmark = pytest.mark.anyio


async def test_a_draft_that_is_found_again_unchanged_is_left_alone(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        await desk.outbox.asked(message)
        asked = await desk.outbox.get(message.id)
        desk.sandbox.clock.advance(60)
        assert await desk.text() == asked
        assert await desk.events(message) == ["drafted", "noted"]


async def test_a_waiting_question_follows_the_lead_s_name_and_what_is_found(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, undo=timedelta(seconds=10), say_sandbox=True) as desk:
        first = await desk.text()
        await desk.yes(first)
        await desk.outbox.stop(by=Approver.PAGE)
        await desk.outbox.resume(by=Approver.PAGE)
        sandbox.edit_lead(int(JANE), firstName="Janet")
        await a_note(desk)
        sandbox.clock.advance(130)
        again = await desk.text()
        assert (again.id, again.words.lead_name) == (first.id, "Janet Hollis")
        lines = again.question.splitlines()
        renamed = first.question.replace("Jane Hollis", "Janet Hollis").splitlines()
        assert lines[: len(renamed)] == renamed
        assert lines[0] == "SANDBOX: nothing real is sent."
        assert lines[-1] == "Asked again: the approval of before does not count any more (1)."
        records: list[Any] = [each for each in await desk.outbox.audit_export() if each["message_id"] == first.id]
        noted = records[0]["steps"][-1]
        assert (noted["event"], noted["findings"]) == ("noted", sorted(f.code for f in again.findings))
        assert "opt_out_like_note" in noted["findings"]


async def test_the_same_words_once_more_go_to_the_same_number_and_are_looked_at_anew(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        numbers = [each for each in destinations(await desk.lofty.lead(ELENA)) if each.channel is Channel.SMS]
        sent = await desk.yes(await desk.text(lead_id=ELENA, to=numbers[1].id))
        assert (sent.state, sandbox.sent[0].to) == (State.SENT, numbers[1].value)
        await desk.lofty.create_note(ELENA, content="She asked not to be texted.", pinned=False)
        sandbox.clock.advance(130)
        anew = await desk.outbox.again(sent.id, by=Approver.PAGE, reason="She did not get it.")
        assert (anew.words, anew.generation) == (sent.words, 2)
        assert anew.question.startswith(f"Text Elena Garcia at {numbers[1].label}?\n")
        assert "opt_out_like_note" in {f.code for f in anew.held}
        sandbox.edit_lead(int(ELENA), phones=[])
        with pytest.raises(OutboxError, match=f"^Lead {ELENA} has no phone number; "):
            await desk.outbox.again(sent.id, by=Approver.PAGE, reason="She did not get it.")


async def test_a_note_s_deletion_is_not_drafted_again_like_words(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        gone = await desk.yes(await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id))
        assert gone.state is State.SENT
        with pytest.raises(OutboxError, match="whose words are still kept"):
            await desk.outbox.again(gone.id, by=Approver.PAGE, reason="once more")


async def test_a_blocked_draft_stands_while_the_same_things_stop_it(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.edit_lead(int(JON), cannotText=True)
        blocked = await desk.text(lead_id=JON)
        assert (blocked.state, (await desk.text(lead_id=JON)).id) == (State.BLOCKED, blocked.id)
        sandbox.inbound_text(int(JON), "STOP")
        sandbox.clock.advance(60)
        other = await desk.text(lead_id=JON)
        assert (other.state, other.id != blocked.id) == (State.BLOCKED, True)
        assert {f.code for f in other.stops} > {f.code for f in blocked.stops}
        assert (await desk.text(lead_id=JON)).id == other.id


@pytest.mark.parametrize(("seconds", "anew"), [(86_399, False), (86_400, True)])
async def test_words_that_were_sent_stand_for_a_day(tmp_path: Path, seconds: int, anew: bool) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        sent = await desk.yes(await desk.text())
        desk.sandbox.clock.advance(seconds)
        assert ((await desk.text()).id != sent.id) is anew


async def test_after_three_noes_the_last_of_them_stands(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        noes = [await desk.outbox.reject(await desk.text(), by=Approver.PAGE) for _ in range(3)]
        assert len({message.id for message in noes}) == 3
        assert (await desk.text()).id == noes[-1].id


async def test_words_that_nobody_decided_on_in_time_are_drafted_anew(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, lifetime=timedelta(hours=1)) as desk:
        first = await desk.text()
        desk.sandbox.clock.advance(3600)
        anew = await desk.text()
        assert (anew.id != first.id, anew.generation) == (True, 2)
        assert await desk.state(first) is State.EXPIRED
