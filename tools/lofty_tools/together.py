"""Reads that run side by side, where one may fail alone."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import anyio

from lofty_crm.api.errors import LoftyError

T = TypeVar("T")


class Read(Generic[T]):
    """One read of Lofty, and what became of it."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self.value: T | None = None
        """What was read; None when it failed."""
        self.error: LoftyError | None = None
        self._read = read

    async def run(self) -> None:
        """Read; a failure is kept in `error`."""
        try:
            self.value = await self._read()
        except LoftyError as error:
            self.error = error

    def needed(self) -> T:
        """Return what was read.

        Raises:
            LoftyError: it could not be read.
        """
        if self.error:
            raise self.error
        assert self.value is not None  # noqa: S101 -- no read of Lofty gives None without an error
        return self.value


async def together(*reads: Read[Any]) -> None:
    """Run reads side by side."""
    async with anyio.create_task_group() as group:
        for read in reads:
            group.start_soon(read.run)
