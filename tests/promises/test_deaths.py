"""Killed or stopped at any step of a send, in a real process: nothing leaves twice, and nothing untrue is said."""

import sys

import pytest

from lofty_crm.outbox.message import OutboxClosedError
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import office
from tests.promises.deaths import STEPS, aftermath, die_often, doomed, scene
from tests.promises.doomed import NEVER

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="kills and stops processes by POSIX signals"),
]

DEATHS = 250

BEFORE = {None, State.PENDING, State.APPROVED}
FOUND = {step: BEFORE if number < 4 else {State.UNKNOWN} for number, step in enumerate(list(STEPS)[:13])}
LOCKED = {"the draft is written", "the yes is taken", "before the claim", "in the record"}
"""Steps within a transaction: a process that is stopped there holds the journal, and the others send nothing."""


@pytest.mark.parametrize("step", FOUND)
async def test_a_process_killed_at_a_step_leaves_what_the_next_one_can_tell(step: str) -> None:
    """D52"""
    async with doomed() as process, scene() as s:
        ended = await process.order(s.order(enter=STEPS[step]))
        assert ended["killed"]
        end = await aftermath(s)
        assert end.found in FOUND[step]
        assert not end.duplicated
        assert not end.wrong


async def test_a_process_killed_after_the_record_has_sent_its_message() -> None:
    """D52"""
    async with doomed() as process, scene() as s:
        whole = await process.order(s.order(line=NEVER))
        assert not whole["killed"]
    async with doomed() as process, scene() as s:
        assert (await process.order(s.order(line=whole["lines"] - 1)))["killed"]
        end = await aftermath(s)
        assert (end.found, end.executed, end.wrong) == (State.SENT, 1, False)


async def test_hundreds_of_deaths_send_nothing_twice_and_report_nothing_untrue() -> None:
    """D52 I2 I11"""
    tally = await die_often(DEATHS, seed=1)
    assert tally.deaths > DEATHS * 0.8
    assert (tally.duplicated, tally.wrong) == ([], [])
    assert {executed for (_, executed) in tally.ends} == {True, False}


@pytest.mark.parametrize("step", [name for name in STEPS if name not in LOCKED])
async def test_a_process_that_was_stopped_for_a_minute_does_not_send_behind_another_s_back(step: str) -> None:
    """D60 D107"""
    async with doomed() as process, scene() as s:
        assert await process.order(s.order(enter=STEPS[step], stop=True)) == {"stopped": True}
        async with office(s.sandbox, s.folder, url=s.url) as desk:
            s.sandbox.clock.advance(60)
            await desk.outbox.tick()
            await process.go_on()
        end = await aftermath(s)
        assert not end.duplicated
        assert not end.wrong


async def test_while_a_stopped_process_holds_the_journal_nobody_sends() -> None:
    """D66"""
    async with doomed() as process, scene() as s:
        assert await process.order(s.order(enter=STEPS["before the claim"], stop=True)) == {"stopped": True}
        async with office(s.sandbox, s.folder, url=s.url) as desk:
            with pytest.raises(OutboxClosedError):
                await desk.outbox.tick()
        assert s.sandbox.sent == []
        await process.go_on()
        end = await aftermath(s)
        assert (end.state, end.executed, end.posts) == (State.SENT, 1, 1)
