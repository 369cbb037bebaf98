"""A program that people use, started on the settings that `lofty-mcp install` wrote."""

import re
from pathlib import Path

from tests.clients.driving import drive, product


def servers_of_claude_code(place: Path, home: Path) -> str:
    claude = next(place.glob("claude_code/lib/python*/site-packages/claude_agent_sdk/_bundled/claude"))
    listed = drive([str(claude), "mcp", "list"], home, cwd=home)
    assert listed.returncode == 0, listed.stderr
    return listed.stdout


def test_claude_code_connects_to_the_server_that_install_gave_it(place: Path, tmp_path: Path) -> None:
    assert drive([product(place), "install", "claude-code", "--sandbox"], tmp_path).returncode == 0
    listed = servers_of_claude_code(place, tmp_path)
    assert re.search(r"^lofty-sandbox: .* serve --sandbox .*Connected$", listed, re.MULTILINE)
    assert drive([product(place), "uninstall", "claude-code", "--sandbox"], tmp_path).returncode == 0
    assert "lofty" not in servers_of_claude_code(place, tmp_path)
