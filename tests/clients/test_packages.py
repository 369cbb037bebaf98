"""The packages, built, unpacked and started as the programs that install them would."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.clients.driving import drive, node
from tests.server.command import environment

ROOT = Path(__file__).parents[2]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
UV = shutil.which("uv", path=PATH) or "uv"


def release(folder: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "packaging" / "release.py"), str(folder)], check=True)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    release(folder)
    return folder


def test_two_builds_of_one_commit_are_the_same_bytes(released: Path, tmp_path: Path) -> None:
    release(tmp_path)
    for pattern in ("*.whl", "*.tar.gz"):
        first, second = (next(folder.glob(pattern)) for folder in (released, tmp_path))
        assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_the_wheel_carries_what_an_index_shows_and_what_runs(released: Path) -> None:
    with zipfile.ZipFile(next(released.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert "mcp-name: io.github.lofty-mcp/lofty-mcp" in metadata
    assert "License-Expression: MIT" in metadata
    assert "Project-URL: Repository, " in metadata
    assert "Provides-Extra: otel" in metadata
    assert any(name.endswith(".md") and name.startswith("lofty_prompts/") for name in names)
    assert any(name.endswith("py.typed") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "lofty_mcp",
        "lofty_sandbox",
        "lofty_tools",
        "lofty_crm",
        "lofty_prompts",
    }


def test_the_list_of_what_is_inside_names_every_dependency(released: Path) -> None:
    listed = json.loads((released / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert listed["bomFormat"] == "CycloneDX"
    assert {"mcp", "httpx", "pydantic", "sqlalchemy"} <= {part["name"] for part in listed["components"]}
    assert not {"pytest", "ruff"} & {part["name"] for part in listed["components"]}


def test_uvx_gives_the_tour_from_the_wheel_in_an_empty_environment(released: Path, tmp_path: Path) -> None:
    wheel = str(next(released.glob("*.whl")))
    done = subprocess.run(
        [UV, "tool", "run", "--quiet", "--from", wheel, "lofty-mcp", "demo"],
        cwd=tmp_path,
        env={**os.environ, "LOFTY_MCP_STATE_DIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "counts 1 text sent" in done.stdout


@pytest.mark.anyio
async def test_the_bundle_passes_the_official_tool_and_starts_as_its_manifest_says(
    released: Path, place: Path, tmp_path: Path
) -> None:
    tool = [node(place), str(place / "node_modules" / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js")]
    packed, unpacked = tmp_path / "lofty-mcp.mcpb", tmp_path / "unpacked"
    for arguments in (
        ["validate", str(released / "bundle" / "manifest.json")],
        ["pack", str(released / "bundle"), str(packed)],
        ["unpack", str(packed), str(unpacked)],
    ):
        done = drive([*tool, *arguments], tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    config = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))["server"]["mcp_config"]
    variables = {
        name: value.replace("${user_config.api_key}", "5550100-invented") for name, value in config["env"].items()
    }
    env = environment(tmp_path, LOFTY_MCP_STATE_DIR=str(tmp_path / "state"), **variables)
    # uv fetches what the lock names, from where the machine is told to find it, and warns of what it likes
    kept = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_"))}
    home = {"HOME": os.environ.get("HOME", ""), "PATH": PATH}
    del env["HTTPS_PROXY"], env["PYTHONWARNINGS"]
    arguments = [argument.replace("${__dirname}", str(unpacked)) for argument in config["args"]]
    server = StdioServerParameters(command=config["command"], args=arguments, env={**env, **kept, **home})
    async with Client(server, read_timeout_seconds=120) as client:
        assert "send_sms" in {tool.name for tool in (await client.list_tools()).tools}
