"""Music, hum and noise are told from speech, whatever the voice."""

import array
import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from lofty_mcp.voice.decoding import RATE, Sound, decode
from lofty_mcp.voice.engines import Sphinx
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.speech import sounds_like_speech
from lofty_mcp.voice.transcribing import transcribe
from tests.server.voice.memos import spoken, tone

_NOTES = (262, 294, 330, 349, 392, 440, 494, 523)


def _sound(wave: Callable[[int], float], seconds: int = 4) -> Sound:
    heights = (max(-32_000, min(32_000, int(wave(at)))) for at in range(seconds * RATE))
    return Sound(array.array("h", heights).tobytes())


def _sine(at: int, pitch: float) -> float:
    return math.sin(2 * math.pi * pitch * at / RATE)


def _tune(at: int) -> float:
    """Notes of a third of a second, struck and dying away."""
    note, since = divmod(at, RATE // 3)
    pitch = _NOTES[note * 5 % 8]
    return 9000 * math.exp(-9 * since / RATE) * sum(_sine(at, pitch * each) / each for each in (1, 2, 3))


def _band(at: int) -> float:
    """Chords, a melody and a drum."""
    beat, since = divmod(at, RATE // 2)
    chord = sum(_sine(at, pitch) for pitch in ((262, 330, 392), (294, 349, 440))[beat % 2])
    drum = random.Random(at).gauss(0, 4000) * math.exp(-since / 400)
    return 1500 * chord * math.exp(-since / RATE) + 2500 * _sine(at, 2 * _NOTES[beat * 3 % 8]) + drum


def _one_tone(at: int) -> float:
    return 8000 * _sine(at, 440)


def _chord(at: int) -> float:
    return 3000 * sum(_sine(at, pitch) for pitch in (262, 330, 392))


def _noise(at: int) -> float:
    return random.Random(at).gauss(0, 3000)


def _hum(at: int) -> float:
    return 3000 * _sine(at, 50) + random.Random(at).gauss(0, 200)


@pytest.mark.parametrize("wave", [_one_tone, _chord, _tune, _band, _noise, _hum])
def test_music_hum_and_noise_are_no_speech(wave: Callable[[int], float]) -> None:
    assert not sounds_like_speech(_sound(wave))


@pytest.mark.parametrize("voice", ["en", "en-us", "en-us+f3", "en+whisper", "es", "ar"])
def test_speech_is_speech_in_any_voice_and_language(voice: str, tmp_path: Path) -> None:
    pytest.importorskip("av")
    with spoken(tmp_path, voice=voice).open("rb") as file:
        assert sounds_like_speech(decode(file))


def test_speech_over_some_noise_is_still_speech(tmp_path: Path) -> None:
    pytest.importorskip("av")
    with spoken(tmp_path).open("rb") as file:
        clear = array.array("h", decode(file).samples)
    noisy = array.array("h", (max(-32_000, min(32_000, int(each + random.gauss(0, 400)))) for each in clear))
    assert sounds_like_speech(Sound(noisy.tobytes()))


def test_what_is_too_short_to_tell_counts_as_speech() -> None:
    assert sounds_like_speech(Sound(bytes(4 * RATE)))
    assert sounds_like_speech(Sound(b"\0\x20" * (RATE // 2)))


@pytest.mark.anyio
async def test_a_tone_is_told_to_hold_no_words(tmp_path: Path) -> None:
    pytest.importorskip("av")

    async def heard(seconds: float, of: float) -> None:
        assert seconds <= of

    with pytest.raises(MemoError, match="music or noise"):
        await transcribe(tone(tmp_path, loudness=0.5), Sphinx(), hints=(), heard=heard)
