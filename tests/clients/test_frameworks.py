"""Agent frameworks that others wrote, each in an environment of its own, drive the installed wheel."""

import json
from pathlib import Path

import pytest

from tests.clients.driving import TOKEN, drive, over_stdio, product, told
from tests.server.over_http import served

TEXT = {"lead_id": "480213577100001", "body": "Three works. See you Thursday!"}
SCRIPTS = Path(__file__).with_name("frameworks")


def command(place: Path, framework: str, how: dict[str, object]) -> list[str]:
    script = str(SCRIPTS / f"with_{framework}.py")
    return [str(place / framework / "bin" / "python"), script, json.dumps({**how, "text": TEXT})]


def assert_served(answer: dict[str, object]) -> None:
    assert "send_sms" in str(answer["tools"])
    assert "480213577100001" in str(answer["found"])
    assert "awaiting_approval" in str(answer["sent"])


def test_an_agent_framework_is_served_over_stdio_and_cannot_send_on_its_own(
    framework: str, place: Path, tmp_path: Path
) -> None:
    assert_served(told(drive(command(place, framework, over_stdio(place, tmp_path)), tmp_path)))


@pytest.mark.anyio
async def test_an_agent_framework_is_served_over_http_with_a_token(framework: str, place: Path, tmp_path: Path) -> None:
    started = served(tmp_path, "--sandbox", command=(product(place),), LOFTY_MCP_HTTP_TOKEN=TOKEN)
    async with started as server:
        how: dict[str, object] = {"url": f"{server.url}/mcp", "token": TOKEN}
        assert_served(told(drive(command(place, framework, how), tmp_path)))
