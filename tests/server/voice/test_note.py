"""A dictated note says so, goes to the one lead who is meant, and only after a yes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lofty_mcp.stderr import CommandError
from lofty_mcp.voice.note import keep, lead_named, worded
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.dictation import Dictated
from tests.tools.desk import BEN, desk

SAID = Dictated("Wants three bedrooms.", 4.0, datetime(2026, 11, 17, 18, 30, tzinfo=UTC), "pocketsphinx", rough=True)


@pytest.mark.anyio
async def test_the_note_says_that_it_was_dictated_and_when_and_waits_for_a_yes(sandbox: Sandbox) -> None:
    before = set(sandbox.world.data.notes)
    async with desk(sandbox) as it:
        lead = await lead_named(it.deps, "Ben Carter")
        text = worded(SAID, it.deps)
        refused = await keep(it.deps, lead, text, lambda: False)
        unchanged = set(sandbox.world.data.notes) == before
        kept = await keep(it.deps, lead, text, lambda: True)
    (written,) = set(sandbox.world.data.notes) - before
    assert (refused, unchanged, kept) == (False, True, True)
    assert sandbox.world.data.notes[written].lead_id == int(BEN)
    assert sandbox.world.data.notes[written].content == ("Dictated on Tue Nov 17, 1:30 PM EST:\nWants three bedrooms.")


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "words"), [("Jon Smith", "several leads fit"), ("Zelda Quimby", "no lead fits")])
async def test_a_name_that_does_not_mean_one_lead_is_refused(name: str, words: str, sandbox: Sandbox) -> None:
    async with desk(sandbox) as it:
        with pytest.raises(CommandError, match=words):
            await lead_named(it.deps, name)


@pytest.mark.anyio
async def test_a_memo_that_a_note_cannot_hold_is_refused_rather_than_cut(sandbox: Sandbox) -> None:
    before = set(sandbox.world.data.notes)
    async with desk(sandbox) as it:
        assert "word word" in worded(replace(SAID, words="word " * 500), it.deps)
        with pytest.raises(CommandError, match="a note keeps 2,000"):
            await keep(it.deps, await lead_named(it.deps, "Ben Carter"), "word " * 500, lambda: True)
    assert set(sandbox.world.data.notes) == before


@pytest.mark.anyio
async def test_a_note_whose_answer_is_lost_is_looked_for_and_not_written_twice() -> None:
    """D96"""
    sandbox = Sandbox(frozen=True, consistency_s=0)
    before = set(sandbox.world.data.notes)
    async with desk(sandbox, loses="POST") as it:
        assert await keep(it.deps, await lead_named(it.deps, "Ben Carter"), "Wants a garden.", lambda: True)
    assert len(set(sandbox.world.data.notes) - before) == 1
