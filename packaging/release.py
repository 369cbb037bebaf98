"""Makes what a release consists of: `python packaging/release.py FOLDER`, or `metadata FOLDER` for the small files.

The version stands in pyproject.toml and nowhere else. Built twice from one commit, wheel and sdist are the same bytes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
BUNDLED = ("server", "tools", "prompts", "pyproject.toml", "uv.lock", "README.md", "LICENSE")
"""What the MCPB bundle carries, from which uv makes an environment on the person's machine."""


def project() -> dict[str, Any]:
    """Return the `project` table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def write_metadata(folder: Path) -> None:
    """Write the bundle's manifest, the registry's server.json and the release notes, with the version filled in."""
    folder.mkdir(parents=True, exist_ok=True)
    version = project()["version"]
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    _write(folder / "manifest.json", {**manifest, "version": version})
    entry = json.loads((HERE / "server.json").read_text(encoding="utf-8"))
    packages = [{**package, "version": version} for package in entry["packages"]]
    _write(folder / "server.json", {**entry, "version": version, "packages": packages})
    (folder / "NOTES.md").write_text(notes(version), encoding="utf-8")


def notes(version: str) -> str:
    """Return what the changelog says of a version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit(f"CHANGELOG.md has no section for {version}")
    return found[1].strip() + "\n"


def build(folder: Path) -> None:
    """Build wheel, sdist, the bundle's folder and the list of what is inside (CycloneDX)."""
    write_metadata(folder)
    commit_time = _run("git", "log", "-1", "--format=%ct").strip() or "0"
    out = str(folder)
    _run("uv", "build", "-q", "--wheel", "--sdist", "-o", out, SOURCE_DATE_EPOCH=commit_time)
    _run("uv", "export", "-q", "--frozen", "--no-dev", "--format", "cyclonedx1.5", "-o", str(folder / "sbom.cdx.json"))
    bundle = folder / "bundle"
    shutil.rmtree(bundle, ignore_errors=True)
    bundle.mkdir()
    for name in BUNDLED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, bundle / name)
    for cache in bundle.rglob("__pycache__"):
        shutil.rmtree(cache)
    shutil.copy(folder / "manifest.json", bundle)


def _run(*command: str, **variables: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which(command[0], path=path) or command[0]
    environment = {**os.environ, **variables}
    return subprocess.run(
        [program, *command[1:]], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["metadata", target]:
            write_metadata(Path(target).resolve())
        case [target]:
            build(Path(target).resolve())
        case _:
            raise SystemExit(__doc__)
