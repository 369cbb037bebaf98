"""How long a yes lasts, and how long the pause between claim and POST may be, to the second."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lofty_crm.clock import Clock
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import SMS, busy_sandbox, office

pytestmark = pytest.mark.anyio


class Nap:
    """A clock that moves on once a message is claimed."""

    def __init__(self, clock: Clock, journal: Path, seconds: int) -> None:
        self.clock = clock
        self.journal = journal
        self.nap = timedelta(seconds=seconds)

    def now(self) -> datetime:
        db = sqlite3.connect(self.journal)
        tables = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone()
        claimed = tables and db.execute("SELECT 1 FROM messages WHERE claimed_at IS NOT NULL").fetchone()
        db.close()
        return self.clock.now() + (self.nap if claimed else timedelta())


@pytest.mark.parametrize(
    ("seconds", "state", "reason"),
    [
        (30, State.SENT, ""),
        (-30, State.SENT, ""),
        (31, State.APPROVED, "this computer slept just before sending; nothing was sent"),
    ],
)
async def test_a_nap_of_thirty_seconds_before_the_post_is_the_longest(
    tmp_path: Path, seconds: int, state: State, reason: str
) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, clock=Nap(sandbox.clock, tmp_path / "outbox.sqlite3", seconds)) as desk:
        end = await desk.yes(await desk.text())
        assert (end.state, end.reason, desk.posts) == (state, reason, int(state is State.SENT))


@pytest.mark.parametrize(("seconds", "state"), [(299, State.SENT), (300, State.PENDING)])
async def test_a_yes_lasts_for_less_than_five_minutes(tmp_path: Path, seconds: int, state: State) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429)
        message = await desk.yes(await desk.text())
        sandbox.clock.advance(seconds)
        await desk.outbox.tick()
        assert await desk.state(message) is state
