"""Only plain files of the one folder are opened."""

import os
from pathlib import Path

import pytest

from lofty_mcp.voice.memos import LARGEST, MemoError, open_memo


def test_a_memo_is_opened_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "memo.wav").write_bytes(b"RIFF")
    with open_memo(tmp_path, "memo.wav") as file:
        assert file.read() == b"RIFF"


@pytest.mark.parametrize("name", ["", ".", "..", "../memo.wav", "/etc/passwd", "a/b.wav", "a\\b.wav", ".hidden", "C:m"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(MemoError, match="file name alone"):
        open_memo(tmp_path, name)


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "memos"
    folder.mkdir()
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"RIFF")
    (folder / "soft.wav").symlink_to(secret)
    os.link(secret, folder / "hard.wav")
    for name in ("soft.wav", "hard.wav"):
        with pytest.raises(MemoError, match="link"):
            open_memo(folder, name)


def test_what_is_no_file_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    for name in ("folder.wav", "pipe.wav", "none.wav"):
        with pytest.raises(MemoError):
            open_memo(tmp_path, name)


def test_a_memo_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.wav").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(MemoError, match="larger than 200 MB"):
        open_memo(tmp_path, "large.wav")
