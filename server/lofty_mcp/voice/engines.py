"""Engines that turn speech into words. The first two keep the sound on this machine; none keeps it anywhere."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import anyio.to_thread
import httpx

from lofty_mcp.voice.decoding import RATE, Sound
from lofty_mcp.voice.memos import MemoError, extra

Heard = Callable[[float], Awaitable[None]]
"""Told how many seconds of the memo have been heard."""
MOST_HINTS = 60
_PATIENCE_S = 300.0


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

    async def words(self, sound: Sound, hints: Sequence[str], heard: Heard) -> str:
        """Return what is said.

        Args:
            sound: the memo.
            hints: names and streets that may occur in it.
            heard: told how far it is, from time to time; cancelling between two steps stops the work.

        Raises:
            MemoError: the engine is not there or fails.
        """
        ...


@dataclass(frozen=True)
class Whisper:
    """faster-whisper with a model that lies in a local folder; it never fetches one."""

    folder: Path
    name: str = "faster-whisper"
    rough: bool = False

    async def words(self, sound: Sound, hints: Sequence[str], heard: Heard) -> str:
        """Transcribe, a segment at a time."""
        segments = await anyio.to_thread.run_sync(self._begin, sound, tuple(hints))
        said: list[str] = []
        while (segment := await anyio.to_thread.run_sync(next, segments, None)) is not None:
            said.append(segment.text.strip())
            await heard(float(segment.end))
        return " ".join(said)

    def _begin(self, sound: Sound, hints: tuple[str, ...]) -> Iterator[Any]:
        if not (self.folder / "model.bin").is_file():
            raise MemoError("No speech model of faster-whisper lies in its folder.")
        numpy, whisper = extra("numpy"), extra("faster_whisper")
        model = whisper.WhisperModel(str(self.folder), device="cpu", compute_type="int8", local_files_only=True)
        samples = numpy.frombuffer(sound.samples, dtype="int16").astype("float32") / 32768
        hotwords = ", ".join(hints[:MOST_HINTS]) or None
        segments, _ = model.transcribe(samples, hotwords=hotwords, vad_filter=True)
        return iter(segments)


@dataclass(frozen=True)
class Server:
    """A transcription server that speaks OpenAI's form, if the user configured one: the memo goes there."""

    http: httpx.AsyncClient
    url: str
    model: str
    key: str = ""
    rough: bool = False

    @property
    def name(self) -> str:
        """The server, by its address."""
        return f"the server at {httpx.URL(self.url).host}"

    async def words(self, sound: Sound, hints: Sequence[str], heard: Heard) -> str:
        """Transcribe, in one request that is never redirected and never repeated."""
        fields = {"model": self.model, "response_format": "json", "prompt": ", ".join(hints[:MOST_HINTS])}
        try:
            answer = await self.http.post(
                f"{self.url.rstrip('/')}/audio/transcriptions",
                data={name: value for name, value in fields.items() if value},
                files={"file": ("memo.wav", sound.wav(), "audio/wav")},
                headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
                timeout=_PATIENCE_S,
                follow_redirects=False,
            )
        except httpx.HTTPError:
            raise MemoError("The transcription server could not be reached, or did not answer.") from None
        if answer.status_code != 200:
            raise MemoError(f"The transcription server refused the memo (HTTP {answer.status_code}).")
        try:
            text = answer.json()["text"]
        except (ValueError, KeyError, TypeError):
            raise MemoError("The transcription server's answer could not be read.") from None
        await heard(sound.seconds)
        return str(text).strip()


@dataclass(frozen=True)
class Sphinx:
    """pocketsphinx with the model in its wheel: needs nothing else, and mishears a lot."""

    name: str = "pocketsphinx"
    rough: bool = True

    async def words(self, sound: Sound, hints: Sequence[str], heard: Heard) -> str:
        """Transcribe, a second of sound at a time. Its dictionary is closed, so that hints cannot help."""
        del hints
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
