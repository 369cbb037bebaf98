"""The outbox's file, where its folder is new or its format is another."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from lofty_crm.outbox.desk import JOURNAL
from lofty_crm.outbox.message import OutboxClosedError
from lofty_crm.outbox.store import Store

pytestmark = pytest.mark.anyio


def test_a_new_folder_is_made_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "of" / "state"
    Store(folder / JOURNAL, "a key").close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / JOURNAL).stat().st_mode) == 0o600


def test_a_file_of_another_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    Store(tmp_path / JOURNAL, "a key").close()
    with closing(sqlite3.connect(tmp_path / JOURNAL)) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(OutboxClosedError) as refused:
        Store(tmp_path / JOURNAL, "a key")
    assert str(refused.value) == (
        "The outbox on disk has format 99, and this lofty-mcp reads format 2; nothing can be sent. "
        "Use the version of lofty-mcp that wrote it, or set LOFTY_MCP_STATE_DIR to a new folder."
    )
