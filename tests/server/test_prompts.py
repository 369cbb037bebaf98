"""The prompts over the protocol, in both of its eras."""

from typing import Literal

import pytest
from mcp import Client, MCPError
from mcp.server.mcpserver import MCPServer
from mcp.types import INVALID_PARAMS, TextContent

from lofty_mcp.prompts import register_prompts

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
