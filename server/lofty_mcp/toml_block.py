"""One `[mcp_servers.NAME]` table in a TOML file, put in or taken out as text: comments and order stay."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from lofty_mcp.jsonc import UnreadableError

_HEADER = re.compile(r"\s*\[")


def read(text: str) -> dict[str, Any]:
    """Return the data.

    Raises:
        UnreadableError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError("it is not TOML") from error


def put(text: str, section: str, name: str, entry: Mapping[str, Any]) -> str:
    """Return `text` with the table `section.name` at its end, in place of any there was."""
    newline = "\r\n" if "\r\n" in text else "\n"
    kept = drop(text, section, name).rstrip()
    lines = [
        f"[{section}.{name}]",
        *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()),
    ]
    return (f"{kept}{newline}{newline}" if kept else "") + newline.join(lines) + newline


def drop(text: str, section: str, name: str) -> str:
    """Return `text` without the table `section.name` and its sub-tables; comments below them stay."""
    ours = re.compile(rf"""\s*\[\s*{section}\s*\.\s*(["']?){re.escape(name)}\1\s*(\.[^\]]*)?\]\s*(#.*)?$""")
    kept: list[str] = []
    dropped: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if _HEADER.match(line):
            if inside:
                kept += _comments_at_the_end(dropped)
            inside = bool(ours.match(line.rstrip("\r\n")))
            dropped = []
        (dropped if inside else kept).append(line)
    if inside:
        kept += _comments_at_the_end(dropped)
        while kept and not kept[-1].strip():
            kept.pop()
    return "".join(kept)


def _comments_at_the_end(lines: list[str]) -> list[str]:
    start = len(lines)
    while start and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith("#")):
        start -= 1
    return lines[start:]
