"""`lofty-mcp note` as a person types it: real speech, the real decoder, and a real engine or server."""

from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import pexpect
import pytest

from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.server.command import COMMAND, PATIENCE_S, environment, run
from tests.server.voice.hearing import hearing
from tests.server.voice.memos import CODECS, encoded, spoken, tone

pytest.importorskip("av")


def _typed(home: Path, *arguments: str, answer: str, **variables: str) -> str:
    """Run the command at a terminal, answer its question, and return all that was shown."""
    spawn: Any = pexpect.spawn
    env = environment(home, TERM="dumb", LOFTY_MCP_STATE_DIR=str(home / "state"), **variables)
    child = spawn(COMMAND[0], [*COMMAND[1:], "note", *arguments], env=env, encoding="utf-8", timeout=PATIENCE_S)
    child.expect(r"\[y/N\] ")
    asked = child.before + child.after
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return asked + child.before


@pytest.mark.parametrize("kind", CODECS)
def test_whatever_a_phone_records_is_heard_on_this_machine_and_printed(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    memo = encoded(spoken(tmp_path), kind)
    done = run(tmp_path, "note", str(memo))
    assert done.returncode == 0, done.stderr
    first, words, engine = done.stdout.splitlines()
    assert first.startswith("Dictated on ")
    assert len({"house", "want", "wait", "until"} & set(words.split())) >= 3
    assert engine == "Heard by pocketsphinx, which mishears a lot: check every word."


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("silence", "The memo is silent: nothing was said in it."),
        ("music", "No words were found in the memo: it may be music or noise."),
        ("broken", "That file is broken or not complete: it cannot be read as sound."),
        ("film", "That is a film, not a memo: only sound is taken."),
        ("text", "Only m4a, mp3, ogg and wav memos are read."),
        ("missing", "There is no such file, or it may not be read."),
        ("folder", "That is not a file."),
        ("loop", "That is a link to itself."),
    ],
)
def test_what_cannot_be_heard_is_said_in_one_line(case: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "memo.m4a"
    match case:
        case "silence" | "music":
            path = tone(tmp_path, loudness=0.5 if case == "music" else 0)
        case "broken":
            path = encoded(spoken(tmp_path), "m4a")
            path.write_bytes(path.read_bytes()[:300])
        case "film":
            path = encoded(spoken(tmp_path), "m4a", film=True)
        case "text":
            path.write_text("Dear diary", encoding="utf-8")
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case _:
            pass
    done = run(tmp_path, "note", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert [line for line in done.stderr.splitlines() if line.strip()] == [f"lofty-mcp: {words}"]


@pytest.mark.anyio
@pytest.mark.parametrize("answer", ["y", "n"])
async def test_a_note_of_it_is_kept_after_a_yes_and_names_went_to_the_engine(answer: str, tmp_path: Path) -> None:
    sandbox = Sandbox(frozen=True)
    before = set(sandbox.world.data.notes)
    memo = encoded(spoken(tmp_path), "m4a")
    with hearing(text="Ben wants three bedrooms.") as served:
        async with serve(sandbox) as url:
            given = {"LOFTY_BASE_URL": url, "LOFTY_API_KEY": "sandbox-api-key", "LOFTY_MCP_TIME_ZONE": "UTC"}
            command = partial(
                _typed, tmp_path, str(memo), "--lead", "Ben Carter", answer=answer, **given,
                LOFTY_MCP_TRANSCRIPTION_URL=served.url, LOFTY_MCP_TRANSCRIPTION_KEY="key-of-the-test",
            )  # fmt: skip
            shown = await anyio.to_thread.run_sync(command)
    written = [sandbox.world.data.notes[each].content for each in set(sandbox.world.data.notes) - before]
    assert len(written) == (1 if answer == "y" else 0)
    assert all(note.startswith("Dictated on ") and note.endswith(":\nBen wants three bedrooms.") for note in written)
    assert "Ben wants three bedrooms." in shown
    assert ("Written." if answer == "y" else "Nothing was written.") in shown
    assert "key-of-the-test" not in shown
    assert served.asked[0].key == "Bearer key-of-the-test"
    assert served.asked[0].fields["prompt"].endswith(", Ben Carter")


@pytest.mark.anyio
async def test_no_pipe_stands_in_for_the_person_who_reads_the_words(sandbox: Sandbox, tmp_path: Path) -> None:
    memo = encoded(spoken(tmp_path), "wav")
    with hearing(text="Ben wants three bedrooms.") as served:
        async with serve(sandbox) as url:
            given = {"LOFTY_BASE_URL": url, "LOFTY_API_KEY": "sandbox-api-key"}
            variables = given | {"LOFTY_MCP_TRANSCRIPTION_URL": served.url}
            arguments = ("note", str(memo), "--lead", "Ben Carter")
            done = await anyio.to_thread.run_sync(partial(run, tmp_path, *arguments, variables=variables, typed="y\n"))
    assert done.returncode == 1
    assert "a note is kept only after a yes at a terminal; nothing was written" in done.stderr
    assert sandbox.count("POST", "/v1.0/notes") == 0
