"""A memo into words that say where they come from."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import anyio.from_thread
import anyio.to_thread

from lofty_mcp.voice.decoding import Sound, decode
from lofty_mcp.voice.engines import Engine
from lofty_mcp.voice.memos import MemoError, open_file, open_memo
from lofty_tools.dictation import Dictated, Heard


async def transcribe(path: Path, engine: Engine, *, hints: Sequence[str], heard: Heard) -> Dictated:
    """Turn the memo that the user named into words.

    Raises:
        MemoError: it cannot be opened, decoded or understood.
    """
    return await _transcribe(await anyio.to_thread.run_sync(_open, path), engine, hints, heard)


async def transcribe_in(folder: Path, name: str, engine: Engine, *, hints: Sequence[str], heard: Heard) -> Dictated:
    """Turn a memo of the allowed folder into words.

    Raises:
        MemoError: it cannot be opened, decoded or understood.
    """
    return await _transcribe(await anyio.to_thread.run_sync(open_memo, folder, name), engine, hints, heard)


async def _transcribe(file: BinaryIO, engine: Engine, hints: Sequence[str], heard: Heard) -> Dictated:
    with file:
        sound, written_at = await anyio.to_thread.run_sync(_read, file)

    async def told(seconds: float) -> None:
        await heard(seconds, sound.seconds)

    await told(0)
    words = " ".join((await engine.words(sound, hints, told)).split())
    if not words:
        raise MemoError("No words were found in the memo: it may be music or noise.")
    return Dictated(words, sound.seconds, sound.recorded_at or written_at, engine.name, engine.rough)


def _open(path: Path) -> BinaryIO:
    try:
        return open_file(path.resolve())
    except RuntimeError:  # how a loop of links shows until Python 3.12
        raise MemoError("That is a link to itself.") from None


def _read(file: BinaryIO) -> tuple[Sound, datetime]:
    written_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    return decode(file, go_on=anyio.from_thread.check_cancelled), written_at
