"""The prompts over the protocol, in both of its eras."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

import anyio
import pytest
from mcp import Client, MCPError
from mcp.server.mcpserver import MCPServer
from mcp.types import INVALID_PARAMS, EmbeddedResource, GetPromptResult, TextContent, TextResourceContents

from lofty_mcp.prompts import BROUGHT, register_prompts
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from tests.tools.desk import GRACE, JANE
from tests.tools.reading import reading, roomy

_ALL = ("leads", "timeline", "notes", "calls", "logs", "tasks", "inbox", "messages")

Mode = Literal["auto", "legacy"]


def _server(*, read_only: bool = False, toolsets: tuple[str, ...] = _ALL) -> MCPServer[None]:
    server = MCPServer[None]("test")
    register_prompts(server, read_only=read_only, toolsets=toolsets)
    return server


async def _names(server: MCPServer[None]) -> list[str]:
    async with Client(server) as client:
        return [each.name for each in (await client.list_prompts()).prompts]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_prompt_is_listed_with_its_arguments_and_given_as_one_message(mode: Mode) -> None:
    async with Client(_server(), mode=mode) as client:
        listed = {each.name: each for each in (await client.list_prompts()).prompts}
        given = await client.get_prompt("voice_note", {"dictation": "Talked to Jane.\nShe wants Thursday."})
    arguments = listed["voice_note"].arguments or []
    assert [(each.name, each.required) for each in arguments] == [("dictation", True), ("lead", False)]
    assert [message.role for message in given.messages] == ["user"]
    content = given.messages[0].content
    assert isinstance(content, TextContent)
    assert "> Talked to Jane.\n> She wants Thursday.\n" in content.text


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("arguments", [{}, {"lead": " "}, {"lead": "Jane", "subject": "x"}])
async def test_arguments_that_do_not_fit_are_invalid_parameters(mode: Mode, arguments: dict[str, str]) -> None:
    async with Client(_server(), mode=mode) as client:
        with pytest.raises(MCPError) as failure:
            await client.get_prompt("catch_up", arguments)
    assert failure.value.code == INVALID_PARAMS
    assert "`catch_up`" in failure.value.message


@pytest.mark.anyio
async def test_read_only_mode_offers_no_prompt_that_writes() -> None:
    assert await _names(_server(read_only=True)) == ["catch_up", "morning_inbox", "summarize_call"]


@pytest.mark.anyio
async def test_prompt_without_its_tools_is_not_offered() -> None:
    assert await _names(_server(toolsets=("leads", "timeline", "notes"))) == ["catch_up"]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_unknown_prompt_is_an_invalid_parameter(mode: Mode) -> None:
    async with Client(_server(), mode=mode) as client:
        with pytest.raises(MCPError) as failure:
            await client.get_prompt("no_such_prompt")
    assert failure.value.code == INVALID_PARAMS
    assert "catch_up" in failure.value.message


@asynccontextmanager
async def prompted(sandbox: Sandbox, mode: Mode = "auto") -> AsyncGenerator[Client]:
    """A client of a server with prompts, on a sandbox."""
    async with reading(sandbox) as it:

        @asynccontextmanager
        async def lifespan(_server: MCPServer[Deps]) -> AsyncGenerator[Deps]:
            yield it.deps

        server = MCPServer[Deps]("test", lifespan=lifespan)
        register_prompts(server, read_only=False, toolsets=_ALL)
        async with Client(server, mode=mode) as client:
            yield client


def brought(given: GetPromptResult) -> dict[str, str]:
    """Return what came along with a prompt, by address."""
    resources = [each.content.resource for each in given.messages[1:] if isinstance(each.content, EmbeddedResource)]
    assert len(resources) == len(given.messages) - 1
    return {str(each.uri): each.text for each in resources if isinstance(each, TextResourceContents)}


def words(given: GetPromptResult) -> str:
    content = given.messages[0].content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("lead", [JANE, "Jane Hollis", f"Jane Hollis, Denver, CO, …0101, lead_id {JANE}"])
async def test_where_things_stand_comes_along_when_one_lead_fits(mode: Mode, lead: str) -> None:
    async with prompted(roomy(), mode) as client:
        given = await client.get_prompt("catch_up", {"lead": lead})
    parts = brought(given)
    address = f"lofty://leads/{JANE}"
    assert list(parts) == [address, f"{address}/timeline", f"{address}/notes"]
    assert "May be texted: yes" in parts[address]
    assert "three instead of two on Thursday" in parts[f"{address}/timeline"]
    assert "the roof scares her" in parts[f"{address}/notes"]
    assert words(given).endswith(f"{BROUGHT}{', '.join(parts)}")
    assert {each.role for each in given.messages} == {"user"}


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_call_that_is_meant_comes_along_with_its_transcript(mode: Mode) -> None:
    call = "480213577200103"
    async with prompted(roomy(), mode) as client:
        for said in ({}, {"call": "the last one"}, {"call": f"Sun Nov 15, 2:07 PM MST, outbound, call_id {call}"}):
            parts = brought(await client.get_prompt("summarize_call", {"lead": "Jane Hollis", **said}))
            assert list(parts) == [f"lofty://leads/{JANE}/calls/{call}/transcript"]
            assert "Summary in Lofty" in parts.popitem()[1]
        assert brought(await client.get_prompt("summarize_call", {"lead": JANE, "call": "last week's"})) == {}
        assert brought(await client.get_prompt("summarize_call", {"lead": JANE, "call": "call_id 1"})) == {}
        assert brought(await client.get_prompt("summarize_call", {"lead": "Dana Kowalski"})) == {}  # none was recorded
        waiting = brought(await client.get_prompt("summarize_call", {"lead": "Grace Lindqvist"}))
    assert list(waiting) == [f"lofty://leads/{GRACE}/calls/480213577201501/transcript"]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_who_is_waiting_comes_along_with_the_morning_inbox(mode: Mode) -> None:
    async with prompted(roomy(), mode) as client:
        parts = brought(await client.get_prompt("morning_inbox"))
        further = brought(await client.get_prompt("morning_inbox", {"since": "two weeks"}))
    assert list(parts) == ["lofty://inbox"]
    assert "leads with unanswered messages" in parts["lofty://inbox"]
    assert further == {}


@pytest.mark.anyio
@pytest.mark.parametrize("lead", ["Jon Smith", "Zebulon Quax", "999999999999", "x" * 200])
async def test_nothing_comes_along_for_a_lead_that_is_not_sure(lead: str) -> None:
    async with prompted(roomy()) as client:
        given = await client.get_prompt("draft_reply", {"lead": lead})
    assert brought(given) == {}
    assert BROUGHT not in words(given)
    assert "Find the lead with `find_leads`" in words(given)


@pytest.mark.anyio
async def test_what_cannot_be_read_does_not_keep_the_rest_from_coming() -> None:
    sandbox = roomy()
    sandbox.fail("GET", "/v1.0/notes", "status", times=None, status=500)
    async with prompted(sandbox) as client:
        parts = brought(await client.get_prompt("catch_up", {"lead": JANE}))
        sandbox.fail("GET", "/v", "status", times=None, status=401)
        nothing = brought(await client.get_prompt("catch_up", {"lead": "Jane Hollis"}))
        neither = brought(await client.get_prompt("morning_inbox"))
    assert list(parts) == [f"lofty://leads/{JANE}", f"lofty://leads/{JANE}/timeline"]
    assert nothing == neither == {}


@pytest.mark.anyio
async def test_what_leads_wrote_stays_behind_its_mark_in_what_comes_along() -> None:
    async with prompted(roomy()) as client:
        with anyio.fail_after(5):
            parts = brought(await client.get_prompt("catch_up", {"lead": "Walter Nguyen"}))
    lines = [line for text in parts.values() for line in text.splitlines() if "SYSTEM" in line]
    assert lines
    assert all(line.startswith("> ") for line in lines)


@pytest.mark.anyio
async def test_a_prompt_brings_nothing_that_its_arguments_do_not_name() -> None:
    async with prompted(roomy()) as client:
        alone = brought(await client.get_prompt("voice_note", {"dictation": "Talked to Jane."}))
        known = brought(await client.get_prompt("voice_note", {"dictation": "She wants Thursday.", "lead": JANE}))
    assert alone == {}
    assert list(known) == [f"lofty://leads/{JANE}"]
