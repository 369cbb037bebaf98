"""What the outbox says when it refuses: people and models act on these words, so that they stand here as they are."""

import sqlite3
from pathlib import Path

import pytest

from lofty_crm.outbox.message import Approver, Kind, OutboxClosedError, OutboxError, UnknownMessageError
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import ELENA, JANE, SAM, SMS, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

FILE = "outbox.sqlite3"


async def _bare_phone(desk: Office) -> str:
    desk.sandbox.edit_lead(int(JANE), phones=[])
    with pytest.raises(OutboxError) as refused:
        await desk.text()
    return str(refused.value)


async def test_a_lead_without_the_means_is_named_with_what_is_lacking(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        assert await _bare_phone(desk) == (
            f"Lead {JANE} has no phone number; nothing was sent. Ask the user how to reach this lead."
        )
        desk.sandbox.edit_lead(int(JANE), emails=[])
        with pytest.raises(OutboxError) as refused:
            await desk.email()
        assert str(refused.value) == (
            f"Lead {JANE} has no email address; nothing was sent. Ask the user how to reach this lead."
        )


async def test_a_destination_that_is_none_of_the_lead_s_is_answered_with_those_that_are(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        first = await desk.text(lead_id=ELENA)
        with pytest.raises(OutboxError) as refused:
            await desk.text("Other words.", lead_id=ELENA, to="p-000000")
        words, _, ids = str(refused.value).partition("Known ids: ")
        assert words == f"Lead {ELENA} has no phone number with the id given in `to`; nothing was sent. "
        listed = ids.removesuffix(".").split(", ")
        assert listed[0] == f"`{first.words.destination_id}`"
        second = await desk.text("Other words.", lead_id=ELENA, to=listed[1].strip("`"))
        assert second.words.destination != first.words.destination
        with pytest.raises(OutboxError) as refused:
            await desk.outbox.draft(Kind.EMAIL, lead_id=ELENA, body="Hi", subject="Hi", to=first.words.destination_id)
        assert str(refused.value).startswith(f"Lead {ELENA} has no email address with the id given in `to`; ")


async def test_half_a_character_is_refused(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxError) as refused:
            await desk.text("Hi \ud83c")
        assert str(refused.value) == (
            "The message cannot be written as Lofty wants it: it holds half a character (a lone surrogate), or the "
            "lead's number cannot be read as one; nothing was sent. Write it anew, or correct the number in Lofty."
        )


async def test_a_note_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxError) as refused:
            await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=SAM, note_id="7")
        assert str(refused.value) == (
            f"Lead {SAM} has no note 7 (it may have been deleted already); nothing was deleted. "
            "Use `list_notes` to see the notes."
        )


async def test_a_message_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(UnknownMessageError) as refused:
            await desk.outbox.get("m-22222222")
        assert str(refused.value) == "There is no message m-22222222 in the outbox. Use `list_messages`."


async def test_a_pile_of_drafts_is_answered_with_what_to_do(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path, max_waiting=1) as desk:
        await desk.text("One.")
        with pytest.raises(OutboxError) as refused:
            await desk.text("Two.")
        assert str(refused.value) == (
            "1 messages already wait for a person, and no more are taken; nothing was sent. "
            "Ask the user to decide on those first (`list_messages`)."
        )


@pytest.mark.parametrize(
    ("by", "reason"), [(Approver.CHAT, "why"), (Approver.HOST, "why"), (Approver.PAGE, " "), (Approver.TERMINAL, "")]
)
async def test_only_a_person_with_a_reason_has_words_drafted_again(tmp_path: Path, by: Approver, reason: str) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        sent = await desk.yes(await desk.text())
        with pytest.raises(OutboxError) as refused:
            await desk.outbox.again(sent.id, by=by, reason=reason)
        assert str(refused.value) == (
            "The same words are drafted again only for a person on the approval page or at a terminal, who says why; "
            "nothing was sent."
        )


async def test_only_what_was_sent_or_not_seen_is_drafted_again(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        waiting = await desk.text()
        with pytest.raises(OutboxError) as refused:
            await desk.outbox.again(waiting.id, by=Approver.PAGE, reason="why")
        assert str(refused.value) == (
            f"Message {waiting.id} is pending: only one that was sent, or was not seen, and whose words are still "
            "kept, can be drafted again; nothing was sent."
        )


async def test_a_yes_that_cannot_count_is_answered_with_why(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.clock.advance(9 * 3600)
    async with office(sandbox, tmp_path) as desk:
        held, other = await desk.text("One."), await desk.text("Two.")
        with pytest.raises(OutboxError) as refused:
            await desk.yes(held, "  ")
        assert str(refused.value) == "This message is held: it needs a reason. Nothing was sent."
        db = sqlite3.connect(tmp_path / FILE)
        db.execute("UPDATE messages SET digest = 'other' WHERE id = ?", (other.id,))
        db.commit()
        db.close()
        with pytest.raises(OutboxError) as refused:
            await desk.yes(other, "why")
        assert str(refused.value) == "That is not the message that was shown; nothing was sent."
        await desk.outbox.stop(by=Approver.PAGE)
        with pytest.raises(OutboxError) as refused:
            await desk.yes(held, "why")
        assert str(refused.value) == "All sending is stopped; nothing was sent. A person has to resume it first."
        assert desk.posts == 0


async def test_an_outbox_that_is_closed_says_so(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await desk.outbox.listing()
    async with office(busy_sandbox(), tmp_path) as unopened:
        await unopened.outbox.close()
        for closed in (desk, unopened):
            with pytest.raises(OutboxClosedError) as refused:
                await closed.outbox.listing()
            assert str(refused.value) == "The outbox is closed, as this server is stopping; nothing new is sent."


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "owners").write_text("", encoding="ascii")
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError) as refused:
            await desk.outbox.listing()
    assert str(refused.value) == (
        f"The folder {tmp_path} cannot be used (no room or no permission); nothing can be sent until it can. "
        "Run `lofty-mcp doctor`."
    )


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError) as refused:
            await desk.outbox.listing()
    assert str(refused.value) == (
        f"The outbox at {tmp_path / FILE} cannot be opened (no room, no permission, or a damaged file); nothing can be "
        "sent until it can. Run `lofty-mcp doctor`."
    )


async def test_a_file_that_was_put_in_its_place_is_not_written_to(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        (tmp_path / FILE).rename(tmp_path / "moved")
        for missing in (True, False):
            if not missing:
                (tmp_path / FILE).write_bytes((tmp_path / "moved").read_bytes())
            with pytest.raises(OutboxClosedError) as refused:
                await desk.yes(message)
            assert str(refused.value) == (
                "The outbox's file was removed or replaced while it was in use, so nothing new was sent. "
                "Restart this server."
            )
        (tmp_path / "moved").replace(tmp_path / FILE)
        assert (await desk.yes(message)).state is State.SENT


async def test_a_file_that_takes_nothing_more_is_told_of(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("CREATE TRIGGER no_writes BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'read-only'); END")
    db.commit()
    db.close()
    async with office(busy_sandbox(), tmp_path) as desk:
        with pytest.raises(OutboxClosedError) as refused:
            await desk.yes(message)
    assert str(refused.value) == (
        "The outbox could not be read or written (disk full, read-only or locked), so nothing new was sent. "
        "Run `lofty-mcp doctor`."
    )


@pytest.mark.parametrize(
    ("fault", "what"),
    [("", "was handed to Lofty: treat it as sent and do not send it again"), ("refused", "was not sent")],
)
async def test_an_outcome_that_cannot_be_written_down_is_told(tmp_path: Path, fault: str, what: str) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        if fault:
            desk.sandbox.fail("POST", SMS, "status", status=400)
        db = sqlite3.connect(tmp_path / FILE)
        db.execute(
            "CREATE TRIGGER no_outcome BEFORE INSERT ON audit WHEN NEW.event IN ('sent', 'failed') "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        db.commit()
        with pytest.raises(OutboxError) as told:
            await desk.yes(message)
        assert str(told.value) == (
            f"Message {message.id} {what}. The outcome could not be written down yet (disk full, read-only or "
            "locked). Run `lofty-mcp doctor`."
        )
        db.execute("DROP TRIGGER no_outcome")
        db.commit()
        db.close()
        await desk.outbox.tick()
        assert await desk.state(message) is (State.FAILED if fault else State.SENT)


async def test_a_draft_asks_about_the_destination_that_it_goes_to(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        text = await desk.text()
        assert text.question.splitlines()[0] == "Text Jane Hollis at +1 303 555 0101?"
        await desk.yes(text)
        again = await desk.outbox.again(text.id, by=Approver.PAGE, reason="why")
        assert again.question.splitlines()[0] == "Text Jane Hollis at +1 303 555 0101?"


async def test_a_note_that_changed_or_went_is_told(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        changed = await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        await desk.lofty.update_note(note.id, lead_id=JANE, content="Something else now.", pinned=False)
        desk.sandbox.clock.advance(11)
        assert (await desk.yes(changed)).reason == "The note has changed since it was shown."
        gone = await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        await desk.lofty.delete_note(note.id)
        desk.sandbox.clock.advance(11)
        assert (await desk.yes(gone)).reason == "The note is not among the lead's notes any more."
