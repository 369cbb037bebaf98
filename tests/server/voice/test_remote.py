"""A transcription server is given the memo once, and only the one that was configured."""

import io
import logging

import anyio
import pytest
from pydantic import SecretStr

from lofty_mcp.voice.decoding import RATE, Sound, decode
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.remote import Server
from tests.server.voice.hearing import hearing

pytestmark = pytest.mark.anyio

SPEECH = Sound(b"\1\2" * RATE)
KEY = SecretStr("key-of-the-test")


async def _unheard(seconds: float) -> None:
    assert seconds >= 0


async def test_the_memo_goes_once_as_the_api_defines_it_with_names_as_hints() -> None:
    heard: list[float] = []

    async def told(seconds: float) -> None:
        heard.append(seconds)

    with hearing(text=" Call Jane Hollis. ") as served:
        engine = Server(served.url, "whisper-1", KEY)
        assert await engine.words(SPEECH, ["Jane Hollis", "Ivanhoe St"], told) == " Call Jane Hollis. "
    (asked,) = served.asked
    assert (asked.path, asked.key) == ("/v1/audio/transcriptions", "Bearer key-of-the-test")
    assert asked.fields == {"model": "whisper-1", "response_format": "json", "prompt": "Ivanhoe St, Jane Hollis"}
    assert (asked.name, asked.kind, asked.memo) == ("memo.wav", "audio/wav", SPEECH.wav())
    assert heard == [1.0]
    assert (engine.name, engine.rough) == ("the server at 127.0.0.1", False)


async def test_no_key_is_sent_where_none_is_set_and_no_prompt_without_hints() -> None:
    with hearing(text="Hi") as served:
        await Server(served.url + "/", "whisper-1").words(SPEECH, (), _unheard)
    assert served.asked[0].key is None
    assert "prompt" not in served.asked[0].fields
    assert served.asked[0].path == "/v1/audio/transcriptions"


async def test_of_many_hints_the_likeliest_are_kept_and_stand_last() -> None:
    names = [f"Person Number {n}" for n in range(60)]
    with hearing(text="Hi") as served:
        await Server(served.url, "whisper-1").words(SPEECH, names, _unheard)
    prompt = served.asked[0].fields["prompt"]
    assert prompt.endswith("Person Number 1, Person Number 0")
    assert len(prompt) <= 600


async def test_a_long_memo_goes_in_a_form_that_such_servers_take_whole() -> None:
    pytest.importorskip("av")
    long = Sound(b"\0\x10\0\xf0" * RATE * 5)
    with hearing(text="Hi") as served:
        await Server(served.url, "whisper-1", largest_wav=300_000).words(long, (), _unheard)
    (asked,) = served.asked
    assert (asked.name, asked.kind) == ("memo.ogg", "audio/ogg")
    assert len(asked.memo) < len(long.samples) / 4
    assert decode(io.BytesIO(asked.memo)).seconds == pytest.approx(long.seconds, abs=0.2)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, r"LOFTY_MCP_TRANSCRIPTION_MODEL \(HTTP 400\)"),
        (401, r"key in LOFTY_MCP_TRANSCRIPTION_KEY \(HTTP 401\)"),
        (404, r"check LOFTY_MCP_TRANSCRIPTION_URL"),
        (413, "as long as this one"),
        (429, "try again later"),
        (500, r"failed, or refused the memo \(HTTP 500\)"),
    ],
)
async def test_a_refusal_says_what_to_look_at_and_not_what_the_server_said(status: int, words: str) -> None:
    with hearing(status=status, body=b"Traceback: secret") as served, pytest.raises(MemoError, match=words) as caught:
        await Server(served.url, "whisper-1", KEY).words(SPEECH, (), _unheard)
    assert "secret" not in str(caught.value)
    assert len(served.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b'["text"]', b"{}", b"", b'{"text": null}', b'{"text": 7}'])
async def test_an_answer_that_holds_no_text_is_said_to_be_unreadable(body: bytes) -> None:
    with hearing(body=body) as served, pytest.raises(MemoError, match="could not be read"):
        await Server(served.url, "whisper-1").words(SPEECH, (), _unheard)


async def test_an_endless_answer_is_cut_off() -> None:
    with hearing(body=b" " * 3_000_000) as served, pytest.raises(MemoError, match="too large"):
        await Server(served.url, "whisper-1").words(SPEECH, (), _unheard)


async def test_the_memo_follows_no_redirect() -> None:
    with hearing(text="Hi") as other:
        moved = hearing(status=307, moved_to=f"{other.url}/audio/transcriptions")
        with moved as served, pytest.raises(MemoError, match="HTTP 307"):
            await Server(served.url, "whisper-1", KEY).words(SPEECH, (), _unheard)
        assert (len(served.asked), other.asked) == (1, [])


async def test_a_server_that_never_ends_its_answer_is_given_up() -> None:
    short = Sound(b"\1\2" * 100)
    with (
        hearing(text="Hi there", holds=True) as served,
        pytest.raises(MemoError, match="in time"),
        anyio.fail_after(30),
    ):
        await Server(served.url, "whisper-1", least_s=0.2).words(short, (), _unheard)


async def test_a_cancelled_memo_is_let_go() -> None:
    with hearing(text="Hi there", holds=True) as served, anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Server(served.url, "whisper-1").words, SPEECH, (), _unheard)
            while not served.asked:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
    assert len(served.asked) == 1


async def test_a_server_that_is_not_there_is_said() -> None:
    with hearing(text="Hi") as served:
        url = served.url
    with pytest.raises(MemoError, match="could not be reached"):
        await Server(url, "whisper-1").words(SPEECH, (), _unheard)


async def test_the_key_is_in_no_log_and_in_no_printed_form(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with hearing(text="Hi") as served:
        engine = Server(served.url, "whisper-1", KEY)
        await engine.words(SPEECH, (), _unheard)
    assert caplog.text
    assert "key-of-the-test" not in f"{caplog.text} {engine!r}"
