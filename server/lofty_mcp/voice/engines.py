"""Engines that turn speech into words on this machine; neither keeps the sound anywhere."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import anyio.to_thread

from lofty_mcp.invocation import typed
from lofty_mcp.voice.decoding import RATE, Sound
from lofty_mcp.voice.memos import MemoError, extra
from lofty_mcp.voice.models import is_whole
from lofty_mcp.voice.speech import sounds_like_speech

Told = Callable[[float], Awaitable[None]]
"""Told how many seconds of the memo have been heard."""


class Engine(Protocol):
    """Turns speech into words."""

    @property
    def name(self) -> str:
        """What the user is told."""
        ...

    @property
    def rough(self) -> bool:
        """Whether its words have to be checked one by one."""
        ...

    @property
    def takes_hints(self) -> bool:
        """Whether it hears names better that it was told."""
        ...

    async def words(self, sound: Sound, hints: Sequence[str], heard: Told) -> str:
        """Return what is said.

        Args:
            sound: the memo.
            hints: names and streets that may occur in it, the likeliest first.
            heard: told how far it is, from time to time; cancelling between two steps stops the work.

        Raises:
            MemoError: the engine is not there or fails.
        """
        ...


@dataclass(frozen=True)
class Whisper:
    """faster-whisper with a model that lies in a local folder; it never fetches one."""

    folder: Path
    rough: bool = False
    takes_hints: bool = True

    @property
    def name(self) -> str:
        """The engine and its model."""
        return f"faster-whisper ({self.folder.name})"

    async def words(self, sound: Sound, hints: Sequence[str], heard: Told) -> str:
        """Transcribe, a segment at a time. Hints beyond what the model reads at once are dropped by it."""
        segments = await anyio.to_thread.run_sync(self._begin, sound, tuple(hints))
        said: list[str] = []
        while (segment := await anyio.to_thread.run_sync(next, segments, None)) is not None:
            said.append(segment.text.strip())
            await heard(min(float(segment.end), sound.seconds))
        return " ".join(said)

    def _begin(self, sound: Sound, hints: tuple[str, ...]) -> Iterator[Any]:
        # with a file missing, faster-whisper would fetch it
        if not is_whole(self.folder):
            raise MemoError(f"The speech model of faster-whisper is not whole. Run `{typed('voice', 'setup')}`.")
        numpy, whisper = extra("numpy"), extra("faster_whisper")
        try:
            model = whisper.WhisperModel(str(self.folder), device="cpu", compute_type="int8", local_files_only=True)
        except (RuntimeError, ValueError, OSError):
            raise MemoError(f"The speech model cannot be loaded. Run `{typed('voice', 'setup')}` again.") from None
        samples = numpy.frombuffer(sound.samples, dtype="int16").astype("float32") / 32768
        segments, _ = model.transcribe(samples, hotwords=", ".join(hints) or None, vad_filter=True)
        return iter(segments)


@dataclass(frozen=True)
class Sphinx:
    """pocketsphinx with the model in its wheel: needs nothing else, and mishears a lot."""

    name: str = "pocketsphinx"
    rough: bool = True
    takes_hints: bool = False

    async def words(self, sound: Sound, hints: Sequence[str], heard: Told) -> str:
        """Transcribe, a second of sound at a time.

        It takes no hints: its dictionary learns a word only with its sounds spelt out, which a name does not tell.
        """
        del hints
        if not await anyio.to_thread.run_sync(sounds_like_speech, sound):
            return ""
        decoder = await anyio.to_thread.run_sync(_sphinx)
        decoder.start_utt()
        for begun in range(0, len(sound.samples), 2 * RATE):
            piece = sound.samples[begun : begun + 2 * RATE]
            await anyio.to_thread.run_sync(decoder.process_raw, piece, False, False)
            await heard(min((begun + 2 * RATE) / (2 * RATE), sound.seconds))
        await anyio.to_thread.run_sync(decoder.end_utt)
        found = decoder.hyp()
        return found.hypstr if found else ""


def _sphinx() -> Any:
    return extra("pocketsphinx").Decoder(samprate=RATE, loglevel="FATAL")
