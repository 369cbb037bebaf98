"""A note is deleted once a person has seen it and agreed, and its text is kept."""

import pytest

from lofty_crm.outbox.message import Approver
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deletion import delete_note
from lofty_tools.notes import list_notes
from tests.tools.desk import JANE, MARCUS, MODES, Mode, desk

pytestmark = pytest.mark.anyio


def _deletions(sandbox: Sandbox) -> int:
    return sandbox.count("DELETE", "/v1.0/notes")


@pytest.mark.parametrize("mode", MODES)
async def test_note_is_deleted_only_after_a_yes_and_its_text_is_kept(mode: Mode, sandbox: Sandbox) -> None:
    """D95"""
    async with desk(sandbox, list_notes, delete_note, mode=mode) as it:
        note = (await it.call("list_notes", lead_id=JANE))[0]["notes"][0]
        receipt, _ = await it.call("delete_note", lead_id=JANE, note_id=note["note_id"])
        assert receipt["state"] == "awaiting_approval"
        assert _deletions(sandbox) == 0
        message = await it.deps.outbox.get(receipt["message_id"])
        assert f"> {note['content']}" in message.question
        await it.deps.outbox.approve(message, by=Approver.TERMINAL)
        assert await it.deps.outbox.kept_notes(note["note_id"]) == [note["content"]]
        again, _ = await it.call("delete_note", lead_id=JANE, note_id=note["note_id"])
    assert again["state"] == "deleted"
    assert again["what"].startswith("The note about Jane Hollis was deleted once, on ")
    assert _deletions(sandbox) == 1


async def test_note_of_another_lead_is_not_deleted(sandbox: Sandbox) -> None:
    async with desk(sandbox, list_notes, delete_note) as it:
        note = (await it.call("list_notes", lead_id=JANE))[0]["notes"][0]
        refusal = await it.refused("delete_note", lead_id=MARCUS, note_id=note["note_id"])
    assert "has no note" in refusal
    assert "nothing was deleted" in refusal
    assert _deletions(sandbox) == 0
