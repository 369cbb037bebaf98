"""Whatever a phone records becomes plain sound, and everything else is refused in clear words."""

import io
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lofty_mcp.voice.decoding import LONGEST_S, RATE, Sound, decode
from lofty_mcp.voice.memos import MemoError
from tests.server.voice.memos import CODECS, encoded, spoken, tone

pytest.importorskip("av")

_UNSET = "1904-01-01T00:00:00Z"


def _decoded(path: Path) -> Sound:
    with path.open("rb") as file:
        return decode(file)


@pytest.mark.parametrize("kind", CODECS)
def test_what_phones_record_is_decoded_whole(kind: str, tmp_path: Path) -> None:
    source = spoken(tmp_path)
    assert _decoded(encoded(source, kind)).seconds == pytest.approx(_decoded(source).seconds, abs=0.2)


def test_sound_goes_out_as_wav_and_comes_back_the_same(tmp_path: Path) -> None:
    sound = _decoded(spoken(tmp_path))
    path = tmp_path / "again.wav"
    path.write_bytes(sound.wav())
    assert _decoded(path) == sound
    assert len(sound.samples) == int(sound.seconds * RATE) * 2


def test_silence_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(MemoError, match="silent"):
        _decoded(tone(tmp_path))


@pytest.mark.parametrize("kind", CODECS)
def test_a_memo_that_is_too_long_is_refused_before_it_is_decoded(kind: str, tmp_path: Path) -> None:
    memo = encoded(spoken(tmp_path), kind)
    looked: list[None] = []
    with memo.open("rb") as file, pytest.raises(MemoError, match="longer than 0 minutes"):
        decode(file, go_on=lambda: looked.append(None), longest_s=1)
    assert looked == []


def test_a_memo_that_is_longer_than_it_says_is_refused_while_it_is_decoded(tmp_path: Path) -> None:
    memo = encoded(spoken(tmp_path), "ogg")
    seconds = _decoded(memo).seconds
    memo.write_bytes(memo.read_bytes() * 5)
    looked: list[None] = []
    with memo.open("rb") as file, pytest.raises(MemoError, match="longer than 0 minutes"):
        decode(file, go_on=lambda: looked.append(None), longest_s=seconds + 1)
    assert looked


def test_an_hour_is_the_most(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "long.wav"), "wb") as file:
        file.setparams((1, 1, 8_000, 0, "NONE", ""))
        file.writeframes(bytes(8_000 * (LONGEST_S + 60)))
    with pytest.raises(MemoError, match="longer than 60 minutes"):
        _decoded(tmp_path / "long.wav")


def test_a_recording_that_says_when_it_was_made_is_believed_unless_that_cannot_be(tmp_path: Path) -> None:
    source = spoken(tmp_path)
    said = [_decoded(encoded(source, "m4a", made=made)).recorded_at for made in ("2026-11-17T13:30:00Z", "", _UNSET)]
    assert said == [datetime(2026, 11, 17, 13, 30, tzinfo=UTC), None, None]


def test_raw_aac_is_decoded_too(tmp_path: Path) -> None:
    source = spoken(tmp_path)
    assert _decoded(encoded(source, "aac")).seconds == pytest.approx(_decoded(source).seconds, abs=0.2)


def test_opus_is_much_smaller_and_as_long(tmp_path: Path) -> None:
    sound = _decoded(spoken(tmp_path))
    packed = sound.opus()
    assert len(packed) < len(sound.samples) / 5
    assert decode(io.BytesIO(packed)).seconds == pytest.approx(sound.seconds, abs=0.2)


def test_work_on_a_memo_ends_where_it_is_told_to(tmp_path: Path) -> None:
    def stop() -> None:
        raise InterruptedError

    with spoken(tmp_path).open("rb") as file, pytest.raises(InterruptedError):
        decode(file, go_on=stop)
    with pytest.raises(InterruptedError):
        Sound(bytes(2 * RATE)).opus(go_on=stop)


def test_a_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MemoError, match="film"):
        _decoded(encoded(spoken(tmp_path), "m4a", film=True))


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = encoded(spoken(tmp_path), "m4a")
    whole.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(MemoError, match="broken"):
        _decoded(whole)


@pytest.mark.parametrize(
    "content", [b"", b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n", b"ffconcat version 1.0\nfile x\n", b"\0" * 99]
)
def test_a_playlist_or_any_other_file_is_refused_by_its_first_bytes(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "memo.m4a").write_bytes(content)
    with pytest.raises(MemoError, match="m4a, mp3, ogg and wav"):
        _decoded(tmp_path / "memo.m4a")
