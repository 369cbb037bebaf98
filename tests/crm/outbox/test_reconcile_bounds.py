"""What is no evidence although it nearly is."""

from pathlib import Path

import pytest

from lofty_crm.outbox.states import State
from tests.crm.outbox.office import JANE, SMS, WORDS, busy_sandbox, office

pytestmark = pytest.mark.anyio


async def test_the_same_words_of_a_minute_before_the_claim_are_no_evidence(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.world.send_text(int(JANE), content=WORDS, to="3035550101")
        sandbox.clock.advance(60)
        sandbox.fail("POST", SMS, "reset_before")
        message = await desk.yes(await desk.text(), "She asked me to say it again.")
        assert message.state is State.UNKNOWN
        sandbox.clock.advance(6)
        await desk.outbox.tick()
        assert await desk.state(message) is State.UNKNOWN
