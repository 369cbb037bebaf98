"""Who is alive, where the file system does not answer as usual."""

import shutil
import stat
from pathlib import Path

import pytest

from lofty_crm.outbox.owners import Owner
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import busy_sandbox, office

pytestmark = pytest.mark.anyio


def test_the_folder_of_owners_is_for_its_user_alone(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    assert stat.S_IMODE(owner.folder.stat().st_mode) == 0o700
    owner.close()


def test_what_cannot_be_looked_at_counts_as_alive_and_is_left_alone(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    strange = tmp_path / "strange"
    strange.mkdir()
    left = tmp_path / "1234567890abcdef"
    left.write_bytes(b"")
    assert owner.is_alive("strange")
    owner.sweep()
    assert (strange.exists(), left.exists()) == (True, False)
    owner.close()


async def test_a_folder_of_owners_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await desk.text()
        shutil.rmtree(tmp_path / "owners")
        await desk.outbox.tick()
        assert (await desk.yes(message)).state is State.SENT
