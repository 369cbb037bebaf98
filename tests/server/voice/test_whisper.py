"""The real faster-whisper, with a model that babbles: loading, hints, progress, and silence on the network."""

import socket
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from lofty_mcp.settings import Settings
from lofty_mcp.voice.engines import Whisper
from lofty_mcp.voice.folder import engine
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.models import folder_of
from lofty_mcp.voice.transcribing import transcribe
from tests.server.voice.memos import encoded, spoken, tone
from tests.server.voice.tiny_whisper import tiny_whisper

pytest.importorskip("faster_whisper")
pytestmark = [
    pytest.mark.anyio,
    # of onnxruntime and ctranslate2, when they are imported
    pytest.mark.filterwarnings("default::DeprecationWarning", "default::UserWarning"),
]


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection can be made."""

    def refuse(*_: object) -> None:
        raise AssertionError("somebody asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("offline")
async def test_a_model_in_the_folder_hears_a_memo_with_names_as_hints_and_no_connection(tmp_path: Path) -> None:
    state = tmp_path / "state"
    tiny_whisper(folder_of(state, "small"))
    by = engine(Settings(state_dir=state))
    told: list[tuple[float, float]] = []

    async def heard(seconds: float, of: float) -> None:
        told.append((seconds, of))

    memo = encoded(spoken(tmp_path), "m4a")
    said = await transcribe(memo, by, hints=["Jane Hollis", "Marion St"] * 40, heard=heard)
    assert isinstance(by, Whisper)
    assert said.words
    assert (said.engine, said.rough) == ("faster-whisper (small)", False)
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    assert 0 < told[-1][0] <= told[-1][1] == pytest.approx(said.seconds)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("loudness", [0.05, 0.5])
async def test_a_tone_holds_no_speech(loudness: float, tmp_path: Path) -> None:
    tiny_whisper(tmp_path / "small")

    async def heard(seconds: float, of: float) -> None:
        assert seconds <= of

    with pytest.raises(MemoError, match="music or noise"):
        await transcribe(tone(tmp_path, loudness=loudness), Whisper(tmp_path / "small"), hints=(), heard=heard)


async def test_a_memo_can_be_cancelled_between_two_segments(tmp_path: Path) -> None:
    tiny_whisper(tmp_path / "small")
    told: list[float] = []
    memo = encoded(spoken(tmp_path, "This is a sentence. " * 40), "ogg")
    with anyio.CancelScope() as scope:

        async def stop(seconds: float, of: float) -> None:
            told.append(seconds)
            if seconds:
                assert seconds < of
                scope.cancel()
                await anyio.lowlevel.checkpoint()

        await transcribe(memo, Whisper(tmp_path / "small"), hints=(), heard=stop)
    assert scope.cancelled_caught
    assert len(told) == 2


async def test_a_model_that_is_broken_is_told_as_such(tmp_path: Path) -> None:
    folder = tiny_whisper(tmp_path / "small")
    (folder / "model.bin").write_bytes(b"broken")

    async def heard(seconds: float, of: float) -> None:
        assert seconds <= of

    with pytest.raises(MemoError, match="cannot be loaded"):
        await transcribe(spoken(tmp_path), Whisper(folder), hints=(), heard=heard)
