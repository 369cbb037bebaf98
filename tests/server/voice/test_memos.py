"""Only plain files of the one folder are opened."""

import os
from pathlib import Path

import pytest

from lofty_mcp.voice.memos import LARGEST, MemoError, open_file, open_memo


def test_a_memo_is_opened_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "memo.wav").write_bytes(b"RIFF")
    with open_memo(tmp_path, "memo.wav") as file:
        assert file.read() == b"RIFF"


@pytest.mark.parametrize("name", ["", ".", "..", "../memo.wav", "/etc/passwd", "a/b.wav", "a\\b.wav", ".hidden", "C:m"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(MemoError, match="file name alone"):
        open_memo(tmp_path, name)


def test_a_name_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    for age, name in enumerate(["new.m4a", "old.OPUS", "notes.txt", ".hidden.m4a"]):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (2_000 - age, 2_000 - age))
    (tmp_path / "link.m4a").symlink_to(tmp_path / "new.m4a")
    with pytest.raises(MemoError, match=r"Newest first, there is new\.m4a, old\.OPUS\.$"):
        open_memo(tmp_path, "none.m4a")
    with pytest.raises(MemoError, match="LOFTY_MCP_MEMO_DIR"):
        open_memo(tmp_path / "gone", "none.m4a")


def test_of_many_memos_the_newest_are_named(tmp_path: Path) -> None:
    for age in range(12):
        (tmp_path / f"{age}.m4a").write_bytes(b"")
        os.utime(tmp_path / f"{age}.m4a", (2_000 - age, 2_000 - age))
    with pytest.raises(MemoError, match=r"there is 0\.m4a, .*, 9\.m4a and 2 older\.$"):
        open_memo(tmp_path, "none.m4a")


def test_a_folder_that_is_itself_a_link_is_the_users_choice(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "memo.wav").write_bytes(b"RIFF")
    (tmp_path / "memos").symlink_to(real)
    with open_memo(tmp_path / "memos", "memo.wav") as file:
        assert file.read() == b"RIFF"


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "memos"
    folder.mkdir()
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"RIFF")
    (folder / "soft.wav").symlink_to(secret)
    os.link(secret, folder / "hard.wav")
    (folder / "memo.wav").write_bytes(b"RIFF")
    (folder / "near.wav").symlink_to(folder / "memo.wav")
    for name in ("soft.wav", "hard.wav", "near.wav"):
        with pytest.raises(MemoError, match="link"):
            open_memo(folder, name)


def test_what_is_no_file_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    for name in ("folder.wav", "pipe.wav", "none.wav"):
        with pytest.raises(MemoError, match=r"not a file|no memo|no such file"):
            open_memo(tmp_path, name)


def test_a_file_that_the_user_named_is_opened_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "memo.wav").write_bytes(b"RIFF")
    with open_file(tmp_path / "memo.wav") as file:
        assert file.read() == b"RIFF"
    for path in (tmp_path, tmp_path / "none.wav", Path("/dev/zero")):
        with pytest.raises(MemoError, match=r"not a file|no such file"):
            open_file(path)


def test_a_memo_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.wav").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(MemoError, match="larger than 200 MB"):
        open_memo(tmp_path, "large.wav")
