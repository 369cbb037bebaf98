"""Memos in the folder that the user allowed: opened by name, never outside it, and never changed."""

import importlib
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

LARGEST = 200_000_000
"""Bytes of the largest memo that is read."""
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class MemoError(Exception):
    """A memo cannot be turned into words; the text says why, in words for the user."""


def open_memo(folder: Path, name: str) -> BinaryIO:
    """Open a memo by its file name.

    Raises:
        MemoError: it is not a plain file of this folder, a link, or too large.
    """
    if not name or name.startswith(".") or Path(name).name != name or any(each in name for each in "/\\:\0"):
        raise MemoError("A memo is named by its file name alone, without a folder.")
    path = folder / name
    try:
        if path.is_symlink() or path.resolve(strict=True).parent != folder.resolve(strict=True):
            raise MemoError("That memo is a link; only files in the memo folder itself are read.")
        handle = os.open(path, os.O_RDONLY | _NOFOLLOW)
    except OSError:
        raise MemoError("There is no such memo in the memo folder, or it may not be read.") from None
    known = os.fstat(handle)
    problem = ""
    if not stat.S_ISREG(known.st_mode) or known.st_nlink > 1:
        problem = "That memo is a link or no file; only files in the memo folder itself are read."
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
