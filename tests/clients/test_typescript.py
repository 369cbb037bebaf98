"""The TypeScript SDK, which most hosts are built on, in both of its lines."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.driving import TOKEN, drive, node, over_stdio, product, told
from tests.server.over_http import served

WORDS = "Three works. See you Thursday!"
TEXT = {"lead_id": "480213577100001", "body": WORDS}
SCRIPTS = Path(__file__).with_name("typescript")

KINDS = pytest.mark.parametrize(
    ("script", "mode"),
    [("modern.mjs", "auto"), ("modern.mjs", {"pin": "2026-07-28"}), ("modern.mjs", "legacy"), ("handshake.mjs", None)],
)


def answer(place: Path, home: Path, script: str, how: dict[str, Any]) -> dict[str, Any]:
    # Node looks for packages beside the script
    beside = shutil.copy(SCRIPTS / script, place / script)
    return told(drive([node(place), str(beside), json.dumps({**how, "text": TEXT})], home))


@KINDS
def test_the_question_shows_the_words_and_a_yes_sends_them(
    script: str, mode: object, place: Path, tmp_path: Path
) -> None:
    how = {**over_stdio(place, tmp_path), "mode": mode, "action": "accept"}
    done = answer(place, tmp_path, script, how)
    assert "480213577100001" in done["found"]
    assert len(done["asked"]) == 1
    assert WORDS in done["asked"][0]
    assert json.loads(done["sent"])["structuredContent"]["state"] == "sent"


@KINDS
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_any_other_answer_sends_nothing(action: str, script: str, mode: object, place: Path, tmp_path: Path) -> None:
    how = {**over_stdio(place, tmp_path), "mode": mode, "action": action}
    done = answer(place, tmp_path, script, how)
    assert len(done["asked"]) == 1
    assert json.loads(done["sent"])["structuredContent"]["state"] != "sent"


@KINDS
@pytest.mark.anyio
async def test_it_is_asked_and_answered_over_http_too(script: str, mode: object, place: Path, tmp_path: Path) -> None:
    started = served(tmp_path, "--sandbox", command=(product(place),), LOFTY_MCP_HTTP_TOKEN=TOKEN)
    async with started as server:
        how = {"url": f"{server.url}/mcp", "token": TOKEN, "mode": mode, "action": "accept"}
        done = answer(place, tmp_path, script, how)
    assert len(done["asked"]) == 1
    assert json.loads(done["sent"])["structuredContent"]["state"] == "sent"
