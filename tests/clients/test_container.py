"""The container file, followed without an engine: what it copies, installs and starts, and how it asks for health."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest
import yaml

from tests.clients.test_packages import PATH, ROOT
from tests.server.over_http import client, served

pytestmark = pytest.mark.anyio

ALL_INTERFACES = "0.0.0.0"  # noqa: S104 -- what a container listens on
TOKEN = "5550100-5550101-5550102-5550103-5550104"
STEPS = re.findall(
    r"^([A-Z]+) (.*)$",
    (ROOT / "packaging" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " "),
    re.MULTILINE,
)
"""Each instruction with its words; continued lines are one."""


def said(instruction: str) -> list[str]:
    return [words for name, words in STEPS if name == instruction]


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for words in said("ENV") for pair in shlex.split(words))


def installed(folder: Path) -> Path:
    """Do what the first stage does; return the environment that the second takes over."""
    source, made = folder / "source", folder / "made"
    source.mkdir()
    for words in said("COPY"):
        if words.startswith("--from"):
            continue
        *names, target = words.split()
        for name in names:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, source / target)
    (command,) = [words for words in said("RUN") if words.startswith("uv sync")]
    env = {**os.environ, **variables(), "UV_PROJECT_ENVIRONMENT": str(made), "UV_PYTHON": sys.executable, "PATH": PATH}
    subprocess.run(shlex.split(command), cwd=source, env=env, check=True, capture_output=True)
    return made


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_what_the_container_file_says_gives_a_server_that_is_healthy_guarded_and_writes_to_its_state_alone(
    tmp_path: Path,
) -> None:
    made = await anyio.to_thread.run_sync(installed, tmp_path)
    composed = yaml.safe_load((ROOT / "packaging" / "compose.yaml").read_text(encoding="utf-8"))
    state, secret = tmp_path / "state", tmp_path / "token"
    state.mkdir()
    secret.write_text(TOKEN, encoding="utf-8")
    given: dict[str, str] = composed["services"]["lofty-mcp"]["environment"]
    told = {**variables(), **given, "LOFTY_API_KEY": "5550100-invented"}
    del told["PATH"], told["LOFTY_MCP_STATE_DIR"]
    told["LOFTY_MCP_HTTP_TOKEN_FILE"] = str(secret)
    (entry,), (arguments,), (health,) = said("ENTRYPOINT"), said("CMD"), said("HEALTHCHECK")
    serve, *rest, port = json.loads(arguments)
    assert (serve, rest) == ("serve", ["--transport", "http", "--host", ALL_INTERFACES, "--port"])
    command = [str(made / "bin" / word) for word in json.loads(entry)]
    async with served(state, "--host", ALL_INTERFACES, command=command, **told) as server:
        python, *check = [word.replace(f"127.0.0.1:{port}", urlsplit(server.url).netloc) for word in _command(health)]
        assert (await anyio.run_process([str(made / "bin" / python), *check])).returncode == 0
        assert (await server.ask()).status_code == 401
        async with client(server.url, TOKEN) as connected:
            assert (await connected.list_tools()).tools
        server.process.terminate()
        with anyio.fail_after(30):
            assert await server.process.wait() == 0
    assert names(tmp_path) == {"source", "made", "state", "token"}


def _command(health: str) -> list[str]:
    command: list[str] = json.loads(health.partition("CMD")[2])
    return command
