"""A memo into words that say where they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio.to_thread

from lofty_mcp.voice.decoding import Sound, decode
from lofty_mcp.voice.engines import Engine, Heard
from lofty_mcp.voice.memos import MemoError, open_memo


@dataclass(frozen=True)
class Dictated:
    """What was said in a memo."""

    words: str
    seconds: float
    recorded_at: datetime
    """When the file was last written, which is when the recording ended."""
    engine: str
    rough: bool


async def transcribe(folder: Path, name: str, engine: Engine, *, hints: Sequence[str], heard: Heard) -> Dictated:
    """Turn a memo of the allowed folder into words.

    Raises:
        MemoError: it cannot be opened, decoded or understood.
    """
    sound, recorded_at = await anyio.to_thread.run_sync(_read, folder, name)
    words = " ".join((await engine.words(sound, hints, heard)).split())
    if not words:
        raise MemoError("No words were found in the memo: it may be music or noise.")
    return Dictated(words, sound.seconds, recorded_at, engine.name, engine.rough)


def _read(folder: Path, name: str) -> tuple[Sound, datetime]:
    with open_memo(folder, name) as file:
        return decode(file), datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)
