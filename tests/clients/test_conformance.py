"""The protocol's own conformance suite judges the wheel over HTTP: as it is, and with the fixtures that it wants."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.driving import drive, judged, node, product
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
EXPLAINED = {
    # streams cannot be resumed: that needs every answer, with people's words, to be kept for later
    "2025-11-25": {"server-sse-polling"},
    # tasks are an extension, which neither the SDK nor the product has
    "2026-07-28": {
        "tasks-capability-negotiation",
        "tasks-dispatch-and-envelope",
        "tasks-lifecycle",
        "tasks-mrtr-composition",
        "tasks-mrtr-input",
        "tasks-request-headers",
        "tasks-request-state-removal",
        "tasks-required-task-error",
        "tasks-wire-fields",
    },
}
"""What the suite runs without counting it, and finds wanting in our server with fixtures."""


def suite(place: Path) -> Path:
    return place / "node_modules" / "@modelcontextprotocol" / "conformance"


async def run_suite(
    protocol: str, command: Sequence[str], place: Path, tmp_path: Path, *options: str
) -> dict[str, set[str]]:
    """Let the suite judge a server; return, for each scenario, how its checks came out."""
    found = tmp_path / "found"
    async with served(tmp_path, "--sandbox", command=command) as server:
        url = server.url.replace("127.0.0.1", "localhost") + "/mcp"
        asked = ["server", "--url", url, "--requirements", protocol, *options, "-o", str(found)]
        done = drive([node(place), str(suite(place) / "dist" / "index.js"), *asked], tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    outcomes: dict[str, set[str]] = {}
    for checks in found.glob("server-*/checks.json"):
        scenario = re.sub(r"^server-|-\d{4}-\d\d-\d\dT[\dZ-]+$", "", checks.parent.name)
        told: list[dict[str, Any]] = json.loads(checks.read_text(encoding="utf-8"))
        outcomes[scenario] = {str(check["status"]) for check in told} - {"INFO"}
    return outcomes


@pytest.mark.parametrize("protocol", list(WITHOUT_FIXTURES))
async def test_the_suite_finds_nothing_wanting_but_what_is_explained(
    protocol: str, place: Path, tmp_path: Path
) -> None:
    baseline = str(BASELINES / f"{protocol}.yml")
    outcomes = await run_suite(protocol, (product(place),), place, tmp_path, "--expected-failures", baseline)
    # a baseline that excused everything would pass too
    passed = {scenario for scenario, statuses in outcomes.items() if statuses <= {"SUCCESS"}}
    assert passed >= WITHOUT_FIXTURES[protocol]


@pytest.mark.parametrize("protocol", list(EXPLAINED))
async def test_our_server_with_the_suites_fixtures_passes_all_that_the_protocol_requires(
    protocol: str, place: Path, tmp_path: Path
) -> None:
    outcomes = await run_suite(protocol, judged(place), place, tmp_path)
    required: list[str] = yaml.safe_load((suite(place) / "requirements" / f"{protocol}.yaml").read_text())["server"]
    assert len(required) >= 30
    assert {scenario for scenario in required if "SUCCESS" not in outcomes[scenario]} == set()
    wanting = {scenario for scenario, statuses in outcomes.items() if statuses & {"FAILURE", "WARNING"}}
    assert wanting == EXPLAINED[protocol]
