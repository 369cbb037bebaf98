"""Fills a folder with the built wheel and with the clients that drive it: `python -m tests.clients.place FOLDER`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {
    "fastmcp": "fastmcp-slim[client]==4.2.1",
    "langchain": "langchain-mcp-adapters==0.3.2",
    "openai_agents": "openai-agents==0.24.0",
    "pydantic_ai": "pydantic-ai-slim[mcp]==2.68.0",
    "strands": "strands-agents==1.62.0",
}
"""Agent frameworks by the name of the script that drives each, with the requirement that brings it."""
CLAUDE_CODE = "claude-agent-sdk==0.2.187"
"""Brings the program itself along."""
UNREACHABLE = os.EX_TEMPFAIL
"""The exit code where npm cannot be reached, which a machine without a network may skip."""


def main() -> int:
    """Fill the folder."""
    place = Path(sys.argv[1]).resolve()
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("package.json"), place)
    npm = shutil.which("npm")
    # scripts of packages stay unrun, but for the one that fetches the binary of Node for this machine
    if npm is None or _run(npm, "install", "--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts", at=place):
        return UNREACHABLE
    if _run(npm, "rebuild", "--loglevel=error", "node", at=place):
        return 1
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or "uv"
    shutil.rmtree(place / "dist", ignore_errors=True)
    if _run(uv, "build", "--quiet", "--wheel", "--out-dir", str(place / "dist"), str(ROOT), at=ROOT):
        return 1
    wheel = next((place / "dist").glob("*.whl"))
    wanted = {"product": str(wheel), "claude_code": CLAUDE_CODE, **FRAMEWORKS}
    for name, requirement in wanted.items():
        environment = str(place / name)
        if _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, environment, at=place):
            return 1
        if _run(uv, "pip", "install", "--quiet", "--python", environment, requirement, at=place):
            return 1
    return 0


def _run(*command: str, at: Path) -> int:
    return subprocess.run(command, cwd=at, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
