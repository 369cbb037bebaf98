"""The prompts name our tools exactly, and are offered with them."""

import re

import pytest
from mcp.types import ToolAnnotations

from lofty_prompts.loader import PromptTemplate, load_prompts
from lofty_tools.catalogue import ALL_TOOLS

_CODE = re.compile(r"`([a-z]+_[a-z_]+)`")
_NOT_TOOLS = {"next_cursor"}
_BY_NAME = {spec.name: spec for spec in ALL_TOOLS}


@pytest.mark.parametrize("prompt", load_prompts(), ids=lambda prompt: prompt.name)
def test_every_tool_that_a_prompt_names_exists_and_its_toolset_is_declared(prompt: PromptTemplate) -> None:
    named = set(_CODE.findall(prompt.body)) - _NOT_TOOLS
    assert named
    assert named <= set(_BY_NAME)
    assert {_BY_NAME[name].toolset for name in named} == prompt.toolsets


@pytest.mark.parametrize("prompt", load_prompts(), ids=lambda prompt: prompt.name)
def test_prompt_that_only_reads_needs_no_tool_that_writes(prompt: PromptTemplate) -> None:
    named = set(_CODE.findall(prompt.body)) - _NOT_TOOLS
    hints: list[ToolAnnotations] = [_BY_NAME[name].effect.hints for name in named]
    reads = [hint.read_only_hint for hint in hints]
    assert any(reads)
    offered = {"create_note", "create_transcript"}
    assert prompt.writes or {name for name, read in zip(named, reads, strict=True) if not read} <= offered


_TOOLSET_OF = {"lead": "leads", "timeline": "timeline", "notes": "notes", "transcript": "calls", "inbox": "inbox"}


@pytest.mark.parametrize("prompt", load_prompts(), ids=lambda prompt: prompt.name)
def test_what_a_prompt_brings_along_is_of_a_toolset_that_it_declares(prompt: PromptTemplate) -> None:
    assert prompt.embeds
    assert {_TOOLSET_OF[name] for name in prompt.embeds} <= prompt.toolsets
