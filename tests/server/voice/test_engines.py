"""Real speech through the real decoder and engines."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from lofty_mcp.voice.decoding import Sound
from lofty_mcp.voice.engines import Sphinx, Told, Whisper
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.transcribing import transcribe
from tests.server.voice.memos import encoded, spoken, tone

SPEECH = Sound(b"\1\2" * 16_000)


async def _told(seconds: float) -> None:
    assert seconds >= 0


async def _unheard(seconds: float, of: float) -> None:
    assert 0 <= seconds <= of


@pytest.mark.anyio
async def test_pocketsphinx_understands_part_of_a_memo_and_says_that_it_is_rough(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    encoded(spoken(tmp_path), "m4a")
    heard: list[float] = []

    async def note(seconds: float, of: float) -> None:
        assert seconds <= of
        heard.append(seconds)

    said = await transcribe(tmp_path / "memo.m4a", Sphinx(), hints=(), heard=note)
    assert {"house", "want", "wait", "until"} <= set(said.words.split())
    assert said.rough
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(said.seconds)


@pytest.mark.anyio
async def test_a_long_memo_can_be_cancelled_between_two_seconds(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    encoded(spoken(tmp_path), "wav")
    heard: list[float] = []

    with anyio.CancelScope() as scope:

        async def stop(seconds: float, of: float) -> None:
            assert of > 2
            heard.append(seconds)
            if seconds:
                scope.cancel()
                await anyio.lowlevel.checkpoint()

        await transcribe(tmp_path / "memo.wav", Sphinx(), hints=(), heard=stop)
    assert scope.cancelled_caught
    assert heard == [0, 1]


@pytest.mark.anyio
@pytest.mark.parametrize("missing", ["config.json", "model.bin", "tokenizer.json"])
async def test_whisper_fetches_nothing_where_its_model_is_not_whole(missing: str, tmp_path: Path) -> None:
    for name in {"config.json", "model.bin", "tokenizer.json"} - {missing}:
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(MemoError, match="voice setup"):
        await Whisper(tmp_path).words(SPEECH, (), _told)


class Deaf:
    """An engine that finds no words."""

    name = "deaf"
    rough = False
    takes_hints = False

    async def words(self, sound: Sound, hints: Sequence[str], heard: Told) -> str:
        del sound, hints, heard
        return " \n"


@pytest.mark.anyio
async def test_a_memo_without_words_is_said_to_have_none(tmp_path: Path) -> None:
    pytest.importorskip("av")
    tone(tmp_path, loudness=0.5)
    with pytest.raises(MemoError, match="music or noise"):
        await transcribe(tmp_path / "tone.wav", Deaf(), hints=(), heard=_unheard)
