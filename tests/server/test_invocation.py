"""What a person is told to type works for how the server was started."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lofty_mcp.environment import load
from lofty_mcp.invocation import approving, typed


def own_script() -> str:
    found = shutil.which("lofty-mcp", path=str(Path(sys.executable).parent))
    assert found
    return found


def test_a_script_that_is_on_the_path_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(own_script()).parent))
    assert approving(load({})) == "lofty-mcp approve"
    assert approving(load({}, sandbox=True, profile="second")) == "lofty-mcp approve --sandbox --profile second"
    assert typed("install", "CLIENT", "--sandbox") == "lofty-mcp install CLIENT --sandbox"
    assert typed("login", profile="second") == "lofty-mcp login --profile second"


def test_a_script_that_is_not_on_the_path_is_called_by_its_place_and_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    said = approving(load({}, sandbox=True))
    assert said == f"{shlex.quote(own_script())} approve --sandbox"
    told = subprocess.run(
        [*shlex.split(said), "--help"],
        env={"HOME": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "say yes or no at this terminal" in told.stdout


def test_another_installation_that_is_on_the_path_is_not_taken_for_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "lofty-mcp"
    other.write_text("#!/bin/sh\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert approving(load({})) == f"{shlex.quote(own_script())} approve"


def test_what_uvx_runs_is_called_by_uvx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "CACHEDIR.TAG").write_text("", encoding="utf-8")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "archive-v0" / "abc"))
    assert approving(load({})) == "uvx lofty-mcp approve"
