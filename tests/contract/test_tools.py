import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from lofty_mcp.app import build_server
from lofty_mcp.settings import TOOLSETS
from lofty_tools.catalogue import ALL_TOOLS
from lofty_tools.deps import Deps
from lofty_tools.tool import Effect, ToolSpec
from tests.contract.snapshots import EVERY_TOOL, FOLDER, contract, rendered

VERBS = {"find", "get", "list", "create", "update", "delete", "send", "cancel", "log", "transcribe"}
BYTES_A_TOKEN = 4
MOST_TOKENS = 2_500
TESTS = Path(__file__).parent.parent

each_tool = pytest.mark.parametrize("spec", EVERY_TOOL, ids=lambda spec: spec.name)


@asynccontextmanager
async def nothing() -> AsyncGenerator[Deps]:
    raise AssertionError("listing the tools needs nothing")
    yield


def properties(spec: ToolSpec) -> dict[str, Any]:
    return cast("dict[str, Any]", contract(spec)["inputSchema"]["properties"])


@each_tool
def test_what_a_client_sees_of_a_tool_is_what_was_agreed(spec: ToolSpec) -> None:
    assert (FOLDER / f"{spec.name}.json").read_text(encoding="utf-8") == rendered(spec)


def test_no_snapshot_is_left_of_a_tool_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {spec.name for spec in EVERY_TOOL}


@each_tool
def test_a_name_is_a_verb_of_the_set_and_a_noun(spec: ToolSpec) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", spec.name)
    assert spec.name.split("_")[0] in VERBS


@each_tool
def test_the_hints_follow_from_the_effect(spec: ToolSpec) -> None:
    hints = contract(spec)["annotations"]
    assert hints == {
        "readOnlyHint": spec.effect is Effect.READ,
        "destructiveHint": spec.effect in {Effect.SEND, Effect.DELETE},
        "idempotentHint": spec.effect is Effect.READ,
        "openWorldHint": spec.effect is Effect.SEND,
    }


@each_tool
def test_a_verb_that_reads_has_an_effect_that_reads(spec: ToolSpec) -> None:
    reads = spec.name.split("_")[0] in {"find", "get", "list", "transcribe"}
    assert (spec.effect is Effect.READ) is reads


@each_tool
def test_a_description_says_what_it_does_and_then_what_it_will_not_do(spec: ToolSpec) -> None:
    first, _, rest = spec.description.partition("\n")
    assert first.endswith(".")
    assert len(first) <= 120
    assert rest
    assert len(spec.description) <= 320


@each_tool
def test_no_argument_confirms_anything_or_names_a_place_to_send_to(spec: ToolSpec) -> None:
    """D25"""
    suspicious = re.compile(r"confirm|approv|force|dry_?run|yes|email_address|url|number|recipient")
    assert [name for name in properties(spec) if suspicious.search(name)] == []


@each_tool
def test_every_id_is_a_string(spec: ToolSpec) -> None:
    for name, schema in properties(spec).items():
        if name == "id" or name.endswith("_id"):
            assert schema["type"] == "string"


@each_tool
def test_schemas_carry_no_titles_that_only_repeat_a_name(spec: ToolSpec) -> None:
    def titles(schema: Any) -> list[str]:
        if isinstance(schema, dict):
            branch = cast("dict[str, Any]", schema)
            own = [branch["title"]] if isinstance(branch.get("title"), str) else []
            return own + [title for value in branch.values() for title in titles(value)]
        if isinstance(schema, list):
            return [title for value in cast("list[Any]", schema) for title in titles(value)]
        return []

    both = contract(spec)
    assert titles(both["inputSchema"]) == []
    assert titles(both["outputSchema"]) == []


@each_tool
def test_a_moment_says_how_it_is_written_and_a_number_how_great_it_may_be(spec: ToolSpec) -> None:
    for name, schema in properties(spec).items():
        if name in {"since", "until"} or name.endswith("_at"):
            assert "ISO 8601 with offset" in schema["description"]
        if schema["type"] == "integer":
            assert schema.get("maximum", 0) > 0 or name == "duration_s"


@each_tool
def test_every_module_of_tools_has_a_test_file(spec: ToolSpec) -> None:
    module = spec.fn.__module__.rpartition(".")[2]
    assert (TESTS / "tools" / f"test_{module}.py").exists()


@pytest.mark.anyio
async def test_the_whole_list_costs_a_model_at_most_2500_tokens() -> None:
    offered = await build_server(nothing, toolsets=TOOLSETS).list_tools()
    listed = [tool.model_dump(by_alias=True, exclude_none=True, exclude={"output_schema"}) for tool in offered]
    assert {tool["name"] for tool in listed} == {spec.name for spec in ALL_TOOLS}
    size = len(json.dumps(listed, separators=(",", ":"), ensure_ascii=False).encode())
    assert size / BYTES_A_TOKEN <= MOST_TOKENS


def test_everything_that_sends_or_deletes_asks_a_person_through_the_outbox() -> None:
    asking = {spec.name for spec in EVERY_TOOL if "answer" in spec.fn.__annotations__}
    assert asking == {spec.name for spec in EVERY_TOOL if spec.effect in {Effect.SEND, Effect.DELETE}}
