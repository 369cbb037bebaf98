"""Filling in the templates."""

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lofty_mcp.console.wording import FINDING_LABELS, said_of


def render(template: str, **shown: Any) -> str:
    """Return a template filled in; whatever is put into it is text, never markup."""
    return _environment().get_template(template).render(shown)


@cache
def static_file(name: str) -> str:
    """Return a file that the pages name."""
    return resources.files("lofty_mcp.console").joinpath("static", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lofty_mcp.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    shared: dict[str, Any] = environment.globals
    shared["finding_labels"] = FINDING_LABELS
    shared["said_of"] = said_of
    return environment
