"""What phones record (m4a, mp3, ogg, wav), as plain sound that engines take."""

import array
import io
import wave
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Sound:
    """Mono speech, 16-bit samples in the machine's order."""

    samples: bytes

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


def decode(file: BinaryIO) -> Sound:
    """Decode a memo. Cover pictures are passed over.

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
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            samples = _collected(container.decode(audio=0), resampler)
    except (av.FFmpegError, ValueError, EOFError):
        raise MemoError("That file is broken or not complete: it cannot be read as sound.") from None
    loudest = max((abs(each) for each in array.array("h", samples)), default=0)
    if loudest < _SILENCE:
        raise MemoError("The memo is silent: nothing was said in it.")
    return Sound(samples)


def _collected(frames: Iterable[Any], resampler: Any) -> bytes:
    samples = bytearray()
    for frame in frames:
        for part in resampler.resample(frame):
            samples += bytes(part.planes[0])[: 2 * part.samples]
        if len(samples) > 2 * RATE * LONGEST_S:
            raise MemoError(f"The memo is longer than {LONGEST_S // 60} minutes.")
    for part in resampler.resample(None):
        samples += bytes(part.planes[0])[: 2 * part.samples]
    return bytes(samples)


def _form(head: bytes) -> str:
    """Return the container's kind by its first bytes: forced on the decoder, so that no playlist is ever followed."""
    if head.startswith(_RIFF) and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(_OGG):
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(_ID3) or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return "mp3"
    raise MemoError("Only m4a, mp3, ogg and wav memos are read.")
