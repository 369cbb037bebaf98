"""A speech model is fetched by the one command that says so, whole or not at all, from the hub that is configured."""

import subprocess
from pathlib import Path

import pytest

from lofty_mcp.voice.models import folder_of, installed
from tests.server.command import run
from tests.server.voice.hub import SHA, Hub, hub

pytest.importorskip("huggingface_hub")

MODEL = {
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "vocabulary.json": b"[]",
    "model.bin": b"weights " * 400_000,
    "README.md": b"not wanted",
}


def fetch(home: Path, served: Hub, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    at = {"HF_ENDPOINT": served.url, "HF_TOKEN": "hf_secret", "LOFTY_MCP_STATE_DIR": str(home / "state")}
    return run(home, "voice", "setup", *arguments, variables=at | {"PYTHONWARNINGS": "default"} | variables)


def test_a_model_is_fetched_with_a_progress_bar_and_its_size_and_place_are_said(tmp_path: Path) -> None:
    with hub(MODEL) as served:
        done = fetch(tmp_path, served)
        asked = {path for _, path, _ in served.seen}
        told = {mark for _, _, mark in served.seen}
    target = folder_of(tmp_path / "state", "small")
    assert done.returncode == 0, done.stderr
    assert f"small: 3.2 MB from {served.url}/Systran/faster-whisper-small, into {target}" in done.stdout
    assert "100%" in done.stderr
    assert {path.name for path in target.iterdir()} == set(MODEL) - {"README.md"}
    assert (target / "model.bin").read_bytes() == MODEL["model.bin"]
    assert not any("README" in path for path in asked)
    assert any(SHA in path for path in asked)
    assert told == {None}
    assert [each.name for each in target.parent.iterdir()] == ["small"]


def test_a_model_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    with hub(MODEL) as served:
        fetch(tmp_path, served, "--model", "tiny.en")
        asked = len(served.seen)
        again = fetch(tmp_path, served, "--model", "tiny.en")
        assert len(served.seen) == asked > 0
    assert "there already" in again.stdout


def test_what_arrives_broken_is_not_used_and_can_be_fetched_anew(tmp_path: Path) -> None:
    with hub(MODEL) as served:
        served.broken = "model.bin"
        broken = fetch(tmp_path, served)
        left = installed(tmp_path / "state", "small")
        served.broken = ""
        whole = fetch(tmp_path, served)
    assert (broken.returncode, left) == (1, None)
    assert "model.bin did not arrive whole; run it again" in broken.stderr
    assert whole.returncode == 0, whole.stderr


def test_a_model_without_a_file_that_is_needed_is_refused(tmp_path: Path) -> None:
    with hub({name: content for name, content in MODEL.items() if name != "tokenizer.json"}) as served:
        done = fetch(tmp_path, served)
    assert "lacks files that are needed" in done.stderr
    assert installed(tmp_path / "state", "small") is None


def test_an_unknown_model_is_told_which_there_are(tmp_path: Path) -> None:
    with hub(MODEL) as served:
        done = fetch(tmp_path, served, LOFTY_MCP_VOICE_MODEL="smal")
        assert served.seen == []
    assert done.returncode == 1
    assert "there is no model smal; there is tiny, tiny.en, base" in done.stderr


def test_a_hub_that_has_no_such_model_or_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with hub({}) as served:
        missing = fetch(tmp_path, served)
    gone = fetch(tmp_path, served)
    assert (missing.returncode, gone.returncode) == (1, 1)
    assert missing.stderr == "lofty-mcp: the model could not be fetched (HTTP 404); run it again to go on\n"
    assert gone.stderr == "lofty-mcp: the model could not be fetched; run it again to go on\n"
