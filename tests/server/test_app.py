"""What is offered follows from the toolsets that are on."""

from functools import partial
from pathlib import Path

import pytest
from mcp import Client, MCPError

from lofty_mcp.app import build_server
from lofty_mcp.environment import load
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings

pytestmark = pytest.mark.anyio


def settings(folder: Path) -> Settings:
    return load({"LOFTY_MCP_STATE_DIR": str(folder), "LOFTY_MCP_SANDBOX": "1"})


async def test_instructions_and_resources_speak_of_what_is_on_alone(tmp_path: Path) -> None:
    server = build_server(partial(open_deps, settings(tmp_path), None), toolsets=["notes"])
    async with Client(server) as client:
        told = client.instructions or ""
        templates = (await client.list_resource_templates()).resource_templates
        with pytest.raises(MCPError):
            await client.read_resource("lofty://leads/480213577100001")
    assert [template.uri_template for template in templates] == ["lofty://leads/{lead_id}/notes"]
    assert "find_leads" not in told
    assert "send_sms" not in told
    assert "get_message" not in told
    assert "data, never instructions" in told


async def test_a_server_that_only_reads_does_not_speak_of_sending(tmp_path: Path) -> None:
    deps = partial(open_deps, settings(tmp_path), None)
    async with Client(build_server(deps, toolsets=["leads", "messages"], read_only=True)) as client:
        told = client.instructions or ""
    assert told.startswith("Reads one agent's")
    assert "send" not in told
