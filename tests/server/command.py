"""The real command, in a process of its own, with an empty home and no way out to the network."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

COMMAND = (sys.executable, "-m", "lofty_mcp")
PATIENCE_S = 60


def environment(home: Path, **variables: str) -> dict[str, str]:
    """What a process is given: a home of its own, no keyring, and every request to a proxy that does not exist."""
    return {
        "HOME": str(home),
        "PATH": os.environ.get("PATH", ""),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "PYTHONWARNINGS": "error",
        "COLUMNS": "120",
        "LOFTY_MCP_OPEN_PAGE": "0",
        **variables,
    }


def run(
    home: Path, *arguments: str, variables: Mapping[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(home, **(variables or {})),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
