"""Memos as a phone records them: spoken by espeak-ng, encoded by the same library that decodes them."""

import math
import shutil
import struct
import subprocess
import wave
from pathlib import Path
from typing import Any

import pytest

SPOKEN = "The house on the corner has seven rooms. They want to wait until the spring."
CODECS = {"m4a": ("mp4", "aac"), "mp3": ("mp3", "libmp3lame"), "ogg": ("ogg", "libopus"), "wav": ("wav", "pcm_s16le")}


def spoken(folder: Path, words: str = SPOKEN, *, voice: str = "en") -> Path:
    """Speak into a WAV file."""
    speaker = shutil.which("espeak-ng")
    if speaker is None:
        pytest.skip("espeak-ng is not installed")
    path = folder / "spoken.wav"
    subprocess.run([speaker, "-v", voice, "-s", "130", "-w", str(path), words], check=True)
    return path


def tone(folder: Path, *, loudness: float = 0.0) -> Path:
    """Record a second of one tone, or of silence."""
    path = folder / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        wavelet = (int(32_000 * loudness * math.sin(at / 5)) for at in range(16_000))
        file.writeframes(b"".join(struct.pack("<h", each) for each in wavelet))
    return path


def encoded(source: Path, kind: str, *, film: bool = False, made: str = "") -> Path:
    """Encode a recording as phones do; as a film, with a picture that moves; with the moment when it was made."""
    av: Any = pytest.importorskip("av")
    form, codec = CODECS.get(kind, ("adts", "aac"))
    path = source.parent / f"memo.{kind}"
    with av.open(str(source)) as given, av.open(str(path), "w", format=form) as taken:
        if made:
            taken.metadata["creation_time"] = made
        picture = taken.add_stream("mpeg4", rate=25, width=64, height=48, pix_fmt="yuv420p") if film else None
        stream = taken.add_stream(codec, rate=48_000 if codec == "libopus" else 44_100)
        if picture:
            taken.mux(picture.encode(av.VideoFrame(64, 48, "yuv420p")))
        resampler = av.AudioResampler(format=stream.format, layout=stream.layout, rate=stream.rate)
        for frame in given.decode(audio=0):
            for part in resampler.resample(frame):
                taken.mux(stream.encode(part))
        for part in resampler.resample(None):
            taken.mux(stream.encode(part))
        taken.mux(stream.encode(None))
        if picture:
            taken.mux(picture.encode(None))
    return path
