"""Which processes are alive: each holds a lock on a file of its own, which the system lets go when it dies."""

import contextlib
import os
import secrets
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":  # pragma: no cover -- measured on POSIX
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class Owner:
    """This process, as a claimant of messages."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True, mode=0o700)
        self.folder = folder
        self.id, self._file = self._enter()

    def _enter(self) -> tuple[str, IO[bytes]]:
        """Take a lock that others see. A sweep that runs between the opening and the locking may remove the file."""
        while True:
            name = secrets.token_hex(8)
            file = (self.folder / name).open("wb")
            if _try_lock(file) and (self.folder / name).exists():
                return name, file
            file.close()

    def is_alive(self, owner: str | None) -> bool:
        """Return whether the process that calls itself `owner` still runs; a stopped one does.

        One that cannot be looked at counts as alive: what it claimed is left to it until somebody can.
        """
        if owner == self.id:
            return True
        try:
            file = (self.folder / (owner or "none")).open("r+b")
        except FileNotFoundError:
            return False
        except OSError:
            return True
        with file:
            return not _try_lock(file)

    def sweep(self) -> None:
        """Remove what dead processes left, each under its lock, so that none is removed that someone is just taking."""
        with contextlib.suppress(OSError):  # the folder itself may be gone
            for path in self.folder.iterdir():
                if path.name != self.id:
                    with contextlib.suppress(OSError), path.open("r+b") as file:
                        if _try_lock(file):
                            path.unlink()

    def close(self) -> None:
        """Let go: from now on this owner counts as dead."""
        if not self._file.closed:
            self._file.close()
            if os.name == "posix":  # pragma: no branch -- Windows does not unlink what is open
                (self.folder / self.id).unlink(missing_ok=True)
