"""What a model has to read: the list of tools, and typical answers, in tokens (bytes / 4 is close)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client
from mcp.types import TextContent, Tool

from lofty_sandbox.sandbox import Sandbox
from tests.bench.desk import bare_server, our_server
from tests.bench.lofty import LEAD, InstantLofty, TickingClock, sandbox_path, with_entries
from tests.bench.measure import Row, alone, compared
from tests.bench.sends import Person

LIST_TOKENS = 2_500
PAGE_TOKENS = 1_500
ANSWERS: Mapping[str, dict[str, Any]] = {
    "find_leads": {"query": "Jane"},
    "get_lead": {"lead_id": LEAD},
    "get_timeline": {"lead_id": LEAD},
    "list_notes": {"lead_id": LEAD, "limit": 20},
    "list_calls": {"lead_id": LEAD, "limit": 20},
    "list_replies": {"limit": 20},
    "send_sms": {"lead_id": LEAD, "body": "Shall we walk through the house on Thursday?"},
    "list_messages": {"state": "all"},
}


@dataclass(frozen=True)
class Answer:
    """One answer: what the model reads, what the SDK would have given it, and what Lofty was asked."""

    text_tokens: float
    sdk_tokens: float
    requests: list[str]


def tokens(text: str) -> float:
    """Return about how many tokens a text has."""
    return len(text.encode()) / 4


def list_tokens(tools: list[Tool], *, output_schemas: bool) -> float:
    """Return what a list of tools costs; most hosts do not show output schemas to the model."""
    left_out = None if output_schemas else {"output_schema"}
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=left_out) for tool in tools]
    return tokens(json.dumps(listed, separators=(",", ":"), ensure_ascii=False))


async def answers(sandbox: Sandbox | None = None) -> tuple[list[Tool], dict[str, Answer]]:
    """Call the tools of `ANSWERS` once each, on the sandbox's invented leads."""
    lofty, person = InstantLofty(sandbox), Person()
    with TemporaryDirectory() as name:
        server = our_server(lofty, TickingClock(), Path(name))
        async with Client(server, elicitation_callback=person.answer) as client:
            tools = (await client.list_tools()).tools
            found: dict[str, Answer] = {}
            for tool, arguments in ANSWERS.items():
                with lofty.recorded() as paths:
                    result = await client.call_tool(tool, arguments)
                    assert not result.is_error, result.content
                    text = "".join(part.text for part in result.content if isinstance(part, TextContent))
                    default = json.dumps(result.structured_content, indent=2, ensure_ascii=False)
                    requests = sorted(sandbox_path(path) for path in paths)
                    found[tool] = Answer(tokens(text), tokens(default), requests)
    return tools, found


async def rows(*, quick: bool) -> list[Row]:
    """Count tokens; `quick` makes no difference."""
    del quick
    tools, found = await answers()
    _, full = await answers(with_entries(60))
    async with Client(bare_server(InstantLofty())) as client:
        bare = (await client.list_tools()).tools
    each = list_tokens(bare, output_schemas=False) / len(bare)
    without = list_tokens(tools, output_schemas=False)
    rows_ = [
        alone(f"`tools/list` without output schemas, {len(tools)} tools", "tokens", [without], goal=LIST_TOKENS),
        compared("the same, a tool", "tokens", [without / len(tools)], [each], against="one of a bare server's tools"),
        alone("`tools/list` with output schemas", "tokens", [list_tokens(tools, output_schemas=True)]),
        alone(
            "A timeline page of 20 short entries, as text",
            "tokens",
            [full["get_timeline"].text_tokens],
            goal=PAGE_TOKENS,
        ),
    ]
    for name, answer in found.items():
        goal = PAGE_TOKENS if name == "get_timeline" else None
        rows_.append(
            compared(
                f"`{name}`, as text ({len(answer.requests)} reads of Lofty)",
                "tokens",
                [answer.text_tokens],
                [answer.sdk_tokens],
                against="the SDK's default: indented JSON",
                at_most=goal,
            )
        )
    return rows_
