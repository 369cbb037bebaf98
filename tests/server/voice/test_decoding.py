"""Whatever a phone records becomes plain sound, and everything else is refused in clear words."""

from pathlib import Path

import pytest

from lofty_mcp.voice.decoding import RATE, Sound, decode
from lofty_mcp.voice.memos import MemoError
from tests.server.voice.memos import CODECS, encoded, spoken, tone

pytest.importorskip("av")


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
