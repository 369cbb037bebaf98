"""What phones record (m4a, mp3, ogg, wav), as plain sound that engines take."""

import array
import io
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from lofty_mcp.voice.memos import MemoError, extra

RATE = 16_000
"""Samples a second; what speech engines are trained on."""
LONGEST_S = 3600
_SILENCE = 150
"""Of 32,768: no word is as quiet as this at its loudest."""
_COVER = 0x400
"""FFmpeg's mark of a picture that comes with the sound."""
_ID3, _OGG, _RIFF = b"ID3", b"OggS", b"RIFF"
_A_SECOND = 1_000_000
"""In FFmpeg's measure of a whole file."""
_FIRST_YEAR = 2000
"""Phones whose clock was never set say 1904 or 1970."""
_OPUS_RATE = 32_000
_OPUS = {"compression_level": "3", "frame_duration": "60"}
"""Six times as fast as by default, which for an hour of speech is minutes."""


@dataclass(frozen=True)
class Sound:
    """Mono speech, 16-bit samples in the machine's order."""

    samples: bytes
    recorded_at: datetime | None = None
    """What the recording says of itself."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / (2 * RATE)

    def wav(self) -> bytes:
        """Return it as a WAV file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self.samples)
        return buffer.getvalue()

    def opus(self, *, go_on: Callable[[], None] = lambda: None) -> bytes:
        """Return it as an Ogg file, a tenth of the size; what `go_on` raises, each second of it, ends the work."""
        av = extra("av")
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="ogg") as container:
            stream = container.add_stream("libopus", rate=RATE, layout="mono", bit_rate=_OPUS_RATE, options=_OPUS)
            for begun in range(0, len(self.samples), 2 * RATE):
                go_on()
                piece = self.samples[begun : begun + 2 * RATE]
                frame = av.AudioFrame(format="s16", layout="mono", samples=len(piece) // 2, align=True)
                frame.planes[0].update(piece)
                frame.sample_rate = RATE
                frame.pts = begun // 2
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return buffer.getvalue()


def decode(file: BinaryIO, *, go_on: Callable[[], None] = lambda: None, longest_s: float = LONGEST_S) -> Sound:
    """Decode a memo. Cover pictures are passed over.

    Args:
        file: the memo.
        go_on: called from time to time; what it raises ends the work.
        longest_s: how long it may be.

    Raises:
        MemoError: it is broken, a film, too long, silent, or of a kind that phones do not record.
    """
    av = extra("av")
    form = _form(file.read(12))
    file.seek(0)
    try:
        with av.open(file, format=form) as container:
            if any(stream.disposition.value & _COVER == 0 for stream in container.streams.video):
                raise MemoError("That is a film, not a memo: only sound is taken.")
            if not container.streams.audio:
                raise MemoError("There is no sound in that file.")
            if (container.duration or 0) > longest_s * _A_SECOND:
                raise _too_long(longest_s)
            recorded_at = _said(container.metadata)
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            samples = _collected(container.decode(audio=0), resampler, go_on, longest_s)
    except (av.FFmpegError, ValueError, EOFError):
        raise MemoError("That file is broken or not complete: it cannot be read as sound.") from None
    heights = array.array("h", samples)
    if not heights or (max(heights) < _SILENCE and min(heights) > -_SILENCE):
        raise MemoError("The memo is silent: nothing was said in it.")
    return Sound(samples, recorded_at)


def _collected(frames: Iterable[Any], resampler: Any, go_on: Callable[[], None], longest_s: float) -> bytes:
    samples = bytearray()
    for frame in frames:
        go_on()
        for part in resampler.resample(frame):
            samples += bytes(part.planes[0])[: 2 * part.samples]
        # a file may say that it is shorter than it is
        if len(samples) > 2 * RATE * longest_s:
            raise _too_long(longest_s)
    for part in resampler.resample(None):
        samples += bytes(part.planes[0])[: 2 * part.samples]
    return bytes(samples)


def _too_long(longest_s: float) -> MemoError:
    return MemoError(f"The memo is longer than {longest_s / 60:.0f} minutes.")


def _said(metadata: dict[str, str]) -> datetime | None:
    """Return when the recording was made, if it says so in a way that can be meant."""
    try:
        at = datetime.fromisoformat(metadata.get("creation_time", ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and at.year >= _FIRST_YEAR else None


def _form(head: bytes) -> str:
    """Return the container's kind by its first bytes: forced on the decoder, so that no playlist is ever followed."""
    if head.startswith(_RIFF) and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(_OGG):
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:1] == b"\xff" and head[1:2] and head[1] & 0xF6 == 0xF0:
        return "aac"
    if head.startswith(_ID3) or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return "mp3"
    raise MemoError("Only m4a, mp3, ogg and wav memos are read.")
