"""The real command, a real client over a real transport, and what the sandbox counts in the end."""

import json
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult, ErrorData

pytestmark = pytest.mark.anyio

JANE = "480213577100001"
WORDS = "Three works. See you Thursday!"
COMMAND = [sys.executable, "-m", "lofty_mcp", "serve", "--sandbox"]


class Person:
    """Answers the questions that a client shows, and remembers them."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    async def __call__(
        self,
        context: ClientRequestContext,  # noqa: ARG002 -- the SDK's signature
        params: ElicitRequestParams,
    ) -> ElicitResult | ErrorData:
        self.questions.append(params.message)
        if self.answers.pop(0):
            return ElicitResult(action="accept", content={"confirm": True})
        return ElicitResult(action="decline")


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "LOFTY_MCP_STATE_DIR": str(folder), "HOME": str(folder), "LOFTY_MCP_OPEN_PAGE": "0"}


@asynccontextmanager
async def http_server(folder: Path) -> AsyncGenerator[str]:
    arguments = [*COMMAND, "--transport", "http", "--port", "0"]
    async with await anyio.open_process(arguments, env=environment(folder), stdin=None) as process:
        assert process.stderr is not None
        heard, found = "", None
        with anyio.fail_after(30):
            async for part in TextReceiveStream(process.stderr):
                heard += part
                if found := re.search(r"http://127\.0\.0\.1:\d+/mcp", heard):
                    break
        assert found
        try:
            yield found[0]
        finally:
            process.terminate()


@asynccontextmanager
async def connected(transport: str, mode: Any, folder: Path, person: Person | None) -> AsyncGenerator[Client]:
    if transport == "stdio":
        server = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment(folder))
        async with Client(server, mode=mode, elicitation_callback=person) as client:
            yield client
    else:
        async with http_server(folder) as url, Client(url, mode=mode, elicitation_callback=person) as client:
            yield client


async def sent(folder: Path) -> list[str]:
    running = json.loads(next((folder / "sandbox").glob("run-*/running.json")).read_text(encoding="utf-8"))
    async with httpx.AsyncClient(trust_env=False) as http:
        state = (await http.get(f"{running['base_url']}/_sandbox/state")).json()
    return [message["content"] for message in state["sent"]]


both_eras = pytest.mark.parametrize("mode", ["auto", "legacy"])
both_transports = pytest.mark.parametrize("transport", ["stdio", "http"])


@both_eras
@both_transports
async def test_a_no_sends_nothing_and_then_a_yes_sends_exactly_one(transport: str, mode: str, tmp_path: Path) -> None:
    person = Person(False, True)
    async with connected(transport, mode, tmp_path, person) as client:
        refused = await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        assert refused.structured_content is not None
        assert refused.structured_content["state"] == "rejected"
        assert await sent(tmp_path) == []
        approved = await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        assert approved.structured_content is not None
        assert approved.structured_content["state"] == "sent"
        again = await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        assert again.structured_content == approved.structured_content
        assert await sent(tmp_path) == [WORDS]
    assert len(person.questions) == 2
    for question in person.questions:
        assert "Jane Hollis" in question
        assert "+1 303 555 0101" in question
        assert f"> {WORDS}" in question


@both_eras
@both_transports
async def test_a_client_that_cannot_ask_gets_a_message_that_waits(transport: str, mode: str, tmp_path: Path) -> None:
    async with connected(transport, mode, tmp_path, None) as client:
        result = await client.call_tool("send_sms", {"lead_id": JANE, "body": WORDS})
        assert not result.is_error
        assert result.structured_content is not None
        assert result.structured_content["state"] == "awaiting_approval"
        assert "lofty-mcp approve --sandbox" in result.structured_content["next"]
        assert await sent(tmp_path) == []


@both_eras
async def test_everything_listed_is_the_same_over_both_transports(mode: str, tmp_path: Path) -> None:
    seen: list[Any] = []
    for transport in ("stdio", "http"):
        async with connected(transport, mode, tmp_path / transport, None) as client:
            tools = (await client.list_tools()).tools
            prompts = (await client.list_prompts()).prompts
            templates = (await client.list_resource_templates()).resource_templates
            seen.append([item.model_dump(exclude={"meta"}) for item in [*tools, *prompts, *templates]])
            assert "SANDBOX" in (client.instructions or "")
    assert seen[0] == seen[1]
