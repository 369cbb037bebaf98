"""The command line of the MCP Inspector, which judges as well as shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.driving import drive, node, product

JANE = "480213577100001"
ERAS = pytest.mark.parametrize("era", ["legacy", "modern"])
REFUSED = 5
"""The Inspector's exit code for a tool's error."""


def inspect(place: Path, home: Path, era: str, method: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    inspector = place / "node_modules" / "@modelcontextprotocol" / "inspector"
    entry = inspector / json.loads((inspector / "package.json").read_text(encoding="utf-8"))["bin"]["mcp-inspector"]
    target = [product(place), "serve", "--sandbox"]
    options = ["--method", method, "--protocol-era", era, "--format", "json", "-q", *arguments]
    done = drive([node(place), str(entry), "--cli", *target, *options], home, cwd=place)
    return done.returncode, json.loads(done.stdout)["result"] if done.stdout else {"stderr": done.stderr}


@ERAS
def test_the_tools_pass_the_strict_check_of_schemas(era: str, place: Path, tmp_path: Path) -> None:
    code, listed = inspect(place, tmp_path, era, "tools/list", "--strict")
    assert code == 0, listed
    assert {"find_leads", "send_sms"} <= {tool["name"] for tool in listed["tools"]}


@ERAS
def test_a_tool_answers_in_text_and_in_fields(era: str, place: Path, tmp_path: Path) -> None:
    code, found = inspect(
        place, tmp_path, era, "tools/call", "--tool-name", "find_leads", "--tool-args-json", '{"query": "Jane Hollis"}'
    )
    assert code == 0
    assert found["structuredContent"]["leads"][0]["lead_id"] == JANE
    assert JANE in found["content"][0]["text"]


@ERAS
def test_a_misspelt_argument_is_told_as_the_tools_error(era: str, place: Path, tmp_path: Path) -> None:
    code, refused = inspect(
        place, tmp_path, era, "tools/call", "--tool-name", "get_lead", "--tool-args-json", '{"lead": "1"}'
    )
    assert code == REFUSED
    assert refused["isError"]


@ERAS
def test_prompts_and_resources_are_read(era: str, place: Path, tmp_path: Path) -> None:
    code, prompt = inspect(
        place, tmp_path, era, "prompts/get", "--prompt-name", "catch_up", "--prompt-args", "lead=Jane Hollis"
    )
    assert code == 0, prompt
    assert "Jane Hollis" in json.dumps(prompt)
    code, page = inspect(place, tmp_path, era, "resources/read", "--uri", f"lofty://leads/{JANE}")
    assert code == 0, page
    assert "Jane Hollis" in page["contents"][0]["text"]
