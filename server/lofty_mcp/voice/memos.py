"""Memos: opened by name in the folder that the user allowed, or as the file that the user named; never changed."""

import importlib
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from lofty_tools.untrusted import one_line

LARGEST = 200_000_000
"""Bytes of the largest memo that is read."""
_KINDS = frozenset({".aac", ".m4a", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav"})
_MOST_NAMES = 10
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class MemoError(Exception):
    """A memo cannot be turned into words; the text says why, in words for the user."""


def open_memo(folder: Path, name: str) -> BinaryIO:
    """Open a memo of a folder by its file name.

    Raises:
        MemoError: it is not a plain file of this folder, a link, or too large.
    """
    if not name or name.startswith(".") or Path(name).name != name or any(each in name for each in "/\\:\0"):
        raise MemoError(f"A memo is named by its file name alone, without a folder. {_there(folder)}")
    path = folder / name
    try:
        if path.is_symlink() or path.resolve(strict=True).parent != folder.resolve(strict=True):
            raise MemoError("That memo is a link; only files in the memo folder itself are read.")
    except OSError:
        raise MemoError(f"There is no memo of that name in the memo folder. {_there(folder)}") from None
    file = open_file(path)
    if os.fstat(file.fileno()).st_nlink > 1:
        file.close()
        raise MemoError("That memo is a link; only files in the memo folder itself are read.")
    return file


def open_file(path: Path) -> BinaryIO:
    """Open the recording at a path that the user gave, no link in its last part.

    Raises:
        MemoError: it is not a plain file that may be read, or too large.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NOFOLLOW)
    except OSError:
        raise MemoError("There is no such file, or it may not be read.") from None
    known = os.fstat(handle)
    problem = ""
    if not stat.S_ISREG(known.st_mode):
        problem = "That is not a file."
    elif known.st_size > LARGEST:
        problem = f"That memo is larger than {LARGEST // 1_000_000} MB."
    if problem:
        os.close(handle)
        raise MemoError(problem)
    return os.fdopen(handle, "rb")


def extra(module: str) -> Any:
    """Return a module that comes with the extra `voice`, loaded when it is first needed.

    Raises:
        MemoError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MemoError("This needs the extra: pip install 'lofty-mcp[voice]'.") from None


def _there(folder: Path) -> str:
    """Say which memos there are, the newest first."""
    try:
        files = [each for each in os.scandir(folder) if each.is_file(follow_symlinks=False)]
        memos = [each for each in files if Path(each.name).suffix.lower() in _KINDS and not each.name.startswith(".")]
        memos.sort(key=lambda each: each.stat(follow_symlinks=False).st_mtime, reverse=True)
    except OSError:
        return "The memo folder cannot be read: the user sets LOFTY_MCP_MEMO_DIR."
    if not memos:
        return "It holds no memos."
    more = f" and {len(memos) - _MOST_NAMES} older" if len(memos) > _MOST_NAMES else ""
    return f"Newest first, there is {', '.join(one_line(each.name) for each in memos[:_MOST_NAMES])}{more}."
