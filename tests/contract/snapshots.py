"""Writes the schema of every tool to `tests/contract/snapshots`: `python -m tests.contract.snapshots --write`."""

import json
import sys
from pathlib import Path
from typing import Any

from lofty_tools.catalogue import ALL_TOOLS, MEMO_TOOLS
from lofty_tools.tool import ToolSpec

FOLDER = Path(__file__).parent / "snapshots"
EVERY_TOOL = (*ALL_TOOLS, *MEMO_TOOLS)


def contract(spec: ToolSpec) -> dict[str, Any]:
    """Return all that a client sees of a tool."""
    tool = spec.build()
    assert tool.annotations is not None
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "annotations": tool.annotations.model_dump(by_alias=True, exclude_none=True),
        "inputSchema": tool.parameters,
        "outputSchema": tool.output_schema,
    }


def rendered(spec: ToolSpec) -> str:
    """Return the contract as it is stored."""
    return json.dumps(contract(spec), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__" and "--write" in sys.argv:
    FOLDER.mkdir(exist_ok=True)
    for spec in EVERY_TOOL:
        (FOLDER / f"{spec.name}.json").write_text(rendered(spec), encoding="utf-8")
