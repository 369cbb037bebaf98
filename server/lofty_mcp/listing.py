"""The table of tools."""

from collections.abc import Collection

from lofty_mcp.app import offered


def tool_table(*, read_only: bool, toolsets: Collection[str]) -> str:
    """Return one line a tool: its name, its effect, and what it does."""
    specs = offered(read_only=read_only, toolsets=toolsets)
    name_width = max(len(spec.name) for spec in specs)
    effect_width = max(len(spec.effect) for spec in specs)
    return "\n".join(
        f"{spec.name:{name_width}}  {spec.effect:{effect_width}}  {spec.description.partition(chr(10))[0]}"
        for spec in specs
    )
