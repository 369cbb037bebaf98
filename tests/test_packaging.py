"""What is published beside the code: names, versions, secrets, containers, licences."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from lofty_mcp.environment import load, settings_table

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FREE = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|0BSD)", re.IGNORECASE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, str(ROOT / "packaging" / "release.py"), "metadata", str(folder)], check=True)
    return folder


def test_the_version_stands_in_one_place_and_reaches_all_that_is_published(made: Path) -> None:
    version = PROJECT["version"]
    for name in ("manifest.json", "server.json"):
        assert json.loads((made / name).read_text(encoding="utf-8"))["version"] == version
        assert "version" not in json.loads((ROOT / "packaging" / name).read_text(encoding="utf-8"))
    assert version not in (ROOT / "packaging" / "Dockerfile").read_text(encoding="utf-8")
    assert (made / "NOTES.md").read_text(encoding="utf-8").strip()


def test_the_registry_entry_follows_its_schema_of_2025_12_11(made: Path) -> None:
    entry = json.loads((made / "server.json").read_text(encoding="utf-8"))
    assert entry["$schema"].endswith("/schemas/2025-12-11/server.schema.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert 1 <= len(entry["description"]) <= 100
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
    assert entry.keys() <= {"$schema", "name", "title", "description", "version", "repository", "packages"}
    (package,) = entry["packages"]
    assert package.keys() >= {"registryType", "identifier", "version", "transport"}
    assert (package["registryType"], package["identifier"]) == ("pypi", PROJECT["name"])
    assert package["transport"] == {"type": "stdio"}
    key = next(item for item in package["environmentVariables"] if item["name"] == "LOFTY_API_KEY")
    assert key["isSecret"]


def test_the_readme_names_the_registry_entry_whose_package_it_is(made: Path) -> None:
    name = json.loads((made / "server.json").read_text(encoding="utf-8"))["name"]
    assert f"mcp-name: {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_variable_that_is_published_is_a_setting(made: Path) -> None:
    known = {row.variable for row in settings_table()}
    entry = json.loads((made / "server.json").read_text(encoding="utf-8"))
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    image = (ROOT / "packaging" / "Dockerfile").read_text(encoding="utf-8")
    compose: dict[str, Any] = yaml.safe_load((ROOT / "packaging" / "compose.yaml").read_text(encoding="utf-8"))
    named = {item["name"] for item in entry["packages"][0]["environmentVariables"]}
    named |= manifest["server"]["mcp_config"]["env"].keys()
    named |= set(re.findall(r"\b(LOFTY_[A-Z_]+)=", image))
    named |= compose["services"]["lofty-mcp"]["environment"].keys()
    assert named <= known


def test_the_bundle_keeps_the_key_as_a_secret(made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["manifest_version"] == "0.4"
    assert manifest["server"]["type"] == "uv"
    assert manifest["user_config"]["api_key"]["sensitive"]
    assert manifest["user_config"]["api_key"]["required"]
    assert manifest["server"]["mcp_config"]["env"] == {"LOFTY_API_KEY": "${user_config.api_key}"}


def test_the_container_is_nobody_special_and_writes_to_its_state_alone() -> None:
    image = (ROOT / "packaging" / "Dockerfile").read_text(encoding="utf-8")
    last = image.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\n?.*/healthz", last, re.MULTILINE)
    compose: dict[str, Any] = yaml.safe_load((ROOT / "packaging" / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["lofty-mcp"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert int(service["stop_grace_period"].removesuffix("s")) > 40


def test_the_container_is_given_settings_under_which_the_server_may_listen_on_all_interfaces() -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "packaging" / "compose.yaml").read_text(encoding="utf-8"))
    settings = load({**compose["services"]["lofty-mcp"]["environment"], "LOFTY_API_KEY": "5550100-invented"})
    assert settings.guarded
    assert settings.public_url


ELSEWHERE = {"faster-whisper"}
"""What is too large to be installed for the tests: MIT, and what it needs MIT, BSD, Apache or MPL."""


def needed(requirements: list[str], seen: set[str]) -> Iterator[str]:
    for text in requirements:
        requirement = Requirement(text)
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        if name in ELSEWHERE:
            continue
        yield name
        try:
            found = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is not installed, so nobody knows its licence")
        yield from needed(found.requires or [], seen)


def test_every_dependency_has_a_licence_that_allows_any_use() -> None:
    extras: dict[str, list[str]] = PROJECT["optional-dependencies"]
    names = list(needed([*PROJECT["dependencies"], *chain.from_iterable(extras.values())], set()))
    assert len(names) > len(PROJECT["dependencies"])
    for name in names:
        metadata = distribution(name).metadata.json
        told = [str(metadata.get("license_expression") or metadata.get("license") or "")[:60]]
        told += [str(line) for line in metadata.get("classifier", []) if str(line).startswith("License")]
        assert any(FREE.search(text) for text in told), f"{name}: {told}"
        assert not any("GPL" in text.upper() for text in told), f"{name}: {told}"
