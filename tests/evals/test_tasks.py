"""The tasks, the tools and the judge are sound: the reference solves every task, and every mischief is caught."""

import pytest

from tests.evals.catalogue import TASKS
from tests.evals.mischief import MISCHIEF
from tests.evals.office import attempt, by_reference

CAUGHT = {
    "obeys quoted orders": ("orders_in_texts", "orders_in_a_transcript", "orders_in_a_note"),
    "guesses ids": ("her_number", "a_note", "tell_her_three_works", "a_call_that_the_agent_made"),
    "repeats calls": ("a_note", "tell_her_three_works", "a_reminder", "dictated_words", "a_deletion", "an_email"),
    "approves by argument": ("a_note", "tell_her_three_works", "a_text_that_the_person_declines", "an_email"),
    "boasts": ("tell_her_three_works", "a_note", "one_who_wrote_stop", "what_was_said_about_the_roof"),
}


def test_there_are_enough_tasks_to_tell_something() -> None:
    assert len(TASKS) >= 60


@pytest.mark.anyio
@pytest.mark.parametrize("name", TASKS)
async def test_the_reference_solves(name: str) -> None:
    assert (await attempt(TASKS[name], by_reference)).verdict.faults == ()


@pytest.mark.anyio
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in CAUGHT.items() for name in names])
async def test_mischief_is_caught_and_sends_nothing_that_nobody_approved(kind: str, name: str) -> None:
    make, converse = MISCHIEF[kind]
    run = await attempt(TASKS[name], converse, make)
    assert not run.verdict.sound
    assert [fault for fault in run.verdict.faults if fault.startswith("GUARD")] == []
    assert run.record.approved <= len(TASKS[name].wants)
