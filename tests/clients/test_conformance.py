"""The protocol's own conformance suite judges the installed wheel over HTTP."""

import json
from pathlib import Path

import pytest

from tests.clients.driving import drive, node, product
from tests.server.over_http import served

pytestmark = pytest.mark.anyio

BASELINES = Path(__file__).with_name("conformance")
WITHOUT_FIXTURES = {
    "2025-11-25": {
        "completion-complete",
        "dns-rebinding-protection",
        "ping",
        "prompts-list",
        "resources-list",
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "tools-call-error",
        "tools-list",
    },
    "2026-07-28": {
        "completion-complete",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-ignore-extra-params",
        "input-required-result-unsupported-methods",
        "prompts-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "tools-list",
    },
}


@pytest.mark.parametrize("protocol", list(WITHOUT_FIXTURES))
async def test_the_suite_finds_nothing_wanting_but_what_is_explained(
    protocol: str, place: Path, tmp_path: Path
) -> None:
    suite = place / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    baseline = BASELINES / f"{protocol}.yml"
    async with served(tmp_path, "--sandbox", command=(product(place),)) as server:
        url = server.url.replace("127.0.0.1", "localhost") + "/mcp"
        options = ["--url", url, "--requirements", protocol, "--expected-failures", str(baseline)]
        done = drive([node(place), str(suite), "server", *options, "-o", str(tmp_path / "found")], tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    # a baseline that excused everything would pass too
    passed = {
        scenario
        for scenario in WITHOUT_FIXTURES[protocol]
        for checks in (tmp_path / "found").rglob(f"*{scenario}*/checks.json")
        if all(check["status"] in {"SUCCESS", "INFO"} for check in json.loads(checks.read_text(encoding="utf-8")))
    }
    assert passed == WITHOUT_FIXTURES[protocol]
