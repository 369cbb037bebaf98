"""Deleting a note follows the rules of sending."""

from pathlib import Path

import pytest

from lofty_crm.outbox.message import Kind, Message, OutboxError
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import JANE, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

NOTES = "/v1.0/notes"


async def drafted(desk: Office) -> Message:
    """A waiting deletion of the first note about Jane."""
    note = (await desk.lofty.notes(JANE))[0]
    return await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)


async def test_a_note_is_deleted_after_a_yes_and_its_text_is_kept(tmp_path: Path) -> None:
    """D95"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await drafted(desk)
        text = message.words.body
        assert f"> {text.splitlines()[0]}" in message.question
        assert (message.state, desk.sandbox.count("DELETE", NOTES)) == (State.PENDING, 0)
        assert (await desk.yes(message)).state is State.SENT
        assert await desk.outbox.kept_notes(message.words.destination) == [text]
        desk.sandbox.clock.advance(11)
        with pytest.raises(OutboxError, match="nothing was deleted"):
            await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=message.words.destination)
        assert desk.sandbox.count("DELETE", NOTES) == 1


async def test_a_note_that_changed_since_it_was_shown_is_not_deleted(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await drafted(desk)
        note_id = message.words.destination
        await desk.lofty.update_note(note_id, lead_id=JANE, content="Something else now.", pinned=False)
        desk.sandbox.clock.advance(3)
        end = await desk.yes(message)
        assert (end.state, [f.code for f in end.stops]) == (State.BLOCKED, ["note_changed"])
        assert desk.sandbox.count("DELETE", NOTES) == 0
        assert await desk.outbox.kept_notes(note_id) == []


async def test_a_note_that_is_gone_already_is_not_deleted_again(tmp_path: Path) -> None:
    """D95"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await drafted(desk)
        await desk.lofty.delete_note(message.words.destination)
        desk.sandbox.clock.advance(11)
        end = await desk.yes(message)
        assert (end.state, [f.code for f in end.stops]) == (State.BLOCKED, ["note_gone"])
        assert desk.sandbox.count("DELETE", NOTES) == 1


@pytest.mark.parametrize(("executed", "state"), [(True, State.SENT), (False, State.NOT_SEEN)])
async def test_a_deletion_of_unknown_outcome_is_settled_by_looking_for_the_note(
    tmp_path: Path, executed: bool, state: State
) -> None:
    """D96"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await drafted(desk)
        desk.sandbox.fail("DELETE", NOTES, "reset_after" if executed else "reset_before")
        assert (await desk.yes(message)).state is State.UNKNOWN
        desk.sandbox.clock.advance(601)
        await desk.outbox.tick()
        assert (await desk.state(message), desk.sandbox.count("DELETE", NOTES)) == (state, 1)


async def test_a_deletion_that_did_not_happen_can_be_asked_for_again_with_a_yes_of_its_own(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await drafted(desk)
        desk.sandbox.fail("DELETE", NOTES, "reset_before")
        await desk.yes(message)
        desk.sandbox.clock.advance(601)
        await desk.outbox.tick()
        again = await drafted(desk)
        assert (again.id != message.id, again.state) == (True, State.PENDING)
        assert (await desk.yes(message)).state is State.NOT_SEEN
        assert desk.sandbox.count("DELETE", NOTES) == 1
        assert (await desk.yes(again)).state is State.SENT
        assert desk.sandbox.count("DELETE", NOTES) == 2


async def test_a_note_of_another_lead_is_not_found(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        with pytest.raises(OutboxError, match="nothing was deleted"):
            await desk.outbox.draft(Kind.NOTE_DELETION, lead_id="480213577100002", note_id=note.id)


async def test_a_note_is_deleted_where_lofty_shows_no_leads(tmp_path: Path) -> None:
    async with office(busy_sandbox(dialect="guide"), tmp_path) as desk:
        assert (await desk.yes(await drafted(desk))).state is State.SENT


async def test_kept_texts_are_in_order(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        await desk.outbox.keep_note(note, reason="update")
        await desk.outbox.keep_note(note.model_copy(update={"content": "later"}), reason="update")
        assert await desk.outbox.kept_notes(note.id) == [note.content, "later"]
