"""Real speech through the real decoder and engines."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx
import pytest

from lofty_mcp.voice.decoding import Sound
from lofty_mcp.voice.engines import Heard, Server, Sphinx, Whisper
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.transcribing import transcribe
from tests.server.voice.memos import encoded, spoken, tone

SPEECH = Sound(b"\1\2" * 16_000)
SERVER = "http://127.0.0.1:9/v1"


async def _unheard(seconds: float) -> None:
    assert seconds >= 0


@pytest.mark.anyio
async def test_pocketsphinx_understands_part_of_a_memo_and_says_that_it_is_rough(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    encoded(spoken(tmp_path), "m4a")
    heard: list[float] = []

    async def note(seconds: float) -> None:
        heard.append(seconds)

    said = await transcribe(tmp_path, "memo.m4a", Sphinx(), hints=(), heard=note)
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

        async def stop(seconds: float) -> None:
            heard.append(seconds)
            scope.cancel()
            await anyio.lowlevel.checkpoint()

        await transcribe(tmp_path, "memo.wav", Sphinx(), hints=(), heard=stop)
    assert scope.cancelled_caught
    assert len(heard) == 1


@pytest.mark.anyio
async def test_a_server_is_given_the_memo_once_with_names_as_hints() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"text": " Call Jane Hollis. "})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        engine = Server(http, SERVER, "whisper-1", "secret")
        assert await engine.words(SPEECH, ["Jane Hollis", "Ivanhoe St"], _unheard) == "Call Jane Hollis."
    assert [str(each.url) for each in asked] == [f"{SERVER}/audio/transcriptions"]
    assert b"Jane Hollis, Ivanhoe St" in asked[0].content
    assert SPEECH.wav() in asked[0].content
    assert asked[0].headers["authorization"] == "Bearer secret"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(500, text="Traceback: secret"), "HTTP 500"),
        (httpx.Response(307, headers={"location": "http://127.0.0.1:9/else"}), "HTTP 307"),
        (httpx.Response(200, text="<html>"), "could not be read"),
        (httpx.Response(200, json=["text"]), "could not be read"),
    ],
)
async def test_a_server_that_fails_is_told_in_plain_words(answer: httpx.Response, words: str) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        with pytest.raises(MemoError, match=words):
            await Server(http, SERVER, "whisper-1").words(SPEECH, (), _unheard)


@pytest.mark.anyio
async def test_whisper_fetches_nothing_where_its_model_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MemoError, match="No speech model"):
        await Whisper(tmp_path).words(SPEECH, (), _unheard)


class Deaf:
    """An engine that finds no words."""

    name = "deaf"
    rough = False

    async def words(self, sound: Sound, hints: Sequence[str], heard: Heard) -> str:
        del sound, hints, heard
        return " \n"


@pytest.mark.anyio
async def test_a_memo_without_words_is_said_to_have_none(tmp_path: Path) -> None:
    pytest.importorskip("av")
    tone(tmp_path, loudness=0.5)
    with pytest.raises(MemoError, match="music or noise"):
        await transcribe(tmp_path, "tone.wav", Deaf(), hints=(), heard=_unheard)
