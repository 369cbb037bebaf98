"""What the operator decided reaches the outbox."""

from pathlib import Path

import pytest

from lofty_crm.outbox.message import Approver, Kind
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings

JANE = "480213577100001"


@pytest.mark.anyio
@pytest.mark.parametrize(("days", "kept"), [(None, True), (365.0, True), (1e-9, False)])
async def test_words_are_kept_as_long_as_the_operator_wants(tmp_path: Path, days: float | None, *, kept: bool) -> None:
    settings = Settings(state_dir=tmp_path, sandbox=True, keep_words=days)
    async with open_deps(settings, None) as deps:
        message = await deps.outbox.draft(Kind.EMAIL, lead_id=JANE, subject="Thursday", body="Shall we say three?")
        await deps.outbox.reject(message, by=Approver.TERMINAL)
        await deps.outbox.tick()
        assert bool((await deps.outbox.get(message.id)).words.body) is kept
        await deps.outbox.close()
