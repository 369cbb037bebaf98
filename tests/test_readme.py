import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp import Client, StdioServerParameters

from lofty_mcp.environment import settings_table
from tests.readme import GENERATED, README, command, renewed

TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("document", GENERATED, ids=lambda document: document.name)
def test_the_generated_parts_of_a_document_are_what_the_code_says(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert "<!-- generated: " in text
    assert renewed(text) == text


@pytest.mark.anyio
@pytest.mark.parametrize("block", BLOCKS)
async def test_the_readme_connects_a_client(block: str, tmp_path: Path) -> None:
    config = json.loads(block)
    (server,) = next(iter(config.values())).values()
    assert server["command"] == "/path/to/lofty-mcp/.venv/bin/lofty-mcp"
    here = StdioServerParameters(
        command=str(Path(sys.executable).parent / "lofty-mcp"),
        args=server["args"],
        env={"LOFTY_MCP_STATE_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    async with Client(here) as client:
        assert len((await client.list_tools()).tools) > 10
        assert "SANDBOX" in (client.instructions or "")


@pytest.mark.anyio
@pytest.mark.parametrize("title", ["Cursor", "VS Code"])
async def test_one_click_installs_a_server_that_starts(title: str, tmp_path: Path) -> None:
    found = re.search(rf"\[Add to {title}\]\((https://[^)\s]+)\)", TEXT)
    assert found
    address = urlsplit(found[1])
    assert address.hostname in {"cursor.com", "vscode.dev"}
    query = parse_qs(address.query)
    assert query["name"] == ["lofty-sandbox"]
    (config,) = query["config"]
    entry = json.loads(base64.b64decode(config, validate=True) if title == "Cursor" else config)
    assert entry["command"] == "lofty-mcp"
    here = StdioServerParameters(
        command=str(Path(sys.executable).parent / "lofty-mcp"),
        args=entry["args"],
        env={"LOFTY_MCP_STATE_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    async with Client(here) as client:
        assert "SANDBOX" in (client.instructions or "")


def test_the_readme_runs_the_tour() -> None:
    words = command("tour").split("&&")[-1].split()
    assert words[-2:] == ["lofty-mcp", "demo"]
    tour = subprocess.run(
        [sys.executable, "-m", "lofty_mcp", words[-1]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tour.returncode == 0, tour.stderr
    assert "counts 1 text sent" in tour.stdout


def test_every_path_that_the_documents_link_to_exists() -> None:
    root = README.parent
    for document in [README, root / "CONTRIBUTING.md", root / "SECURITY.md", *root.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_variable_that_the_documents_name_is_a_setting() -> None:
    root, known = README.parent, {row.variable for row in settings_table()}
    for document in [
        README,
        root / "CONTRIBUTING.md",
        root / "SECURITY.md",
        root / "CHANGELOG.md",
        *root.glob("docs/**/*.md"),
    ]:
        named = set(re.findall(r"\bLOFTY_[A-Z_]+\b(?<!_)", document.read_text(encoding="utf-8")))
        assert named <= known, f"{document.name} names {sorted(named - known)}"
