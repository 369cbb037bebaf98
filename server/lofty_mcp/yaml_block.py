"""One entry of a top-level mapping in a YAML file, put in or taken out as text.

Only the plain block style that clients write themselves is changed; anything else is refused rather than guessed at.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from lofty_mcp.jsonc import UnreadableError

_TOP_LEVEL = re.compile(r"([A-Za-z0-9_.-]+|\"[^\"]*\"|'[^']*')\s*:(\s.*)?$")
_EMPTY = re.compile(r"\s*(\{\s*\}|null|~)?\s*(#.*)?$")


def put(text: str, section: str, name: str, entry: Mapping[str, Any]) -> str:
    """Return `text` with `entry` as the first of `section`, in place of any of that name.

    Raises:
        UnreadableError: the file is not in plain block style.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = drop(text, section, name).splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += newline
    start, end = _section(lines, section)
    if start < 0:
        lines.append(f"{section}:{newline}")
        start = end = len(lines) - 1
    indents = [_indent(line) for line in lines[start + 1 : end + 1] if _says_something(line)]
    indent = indents[0] if indents else 2
    if not indents:
        lines[start] = f"{section}:{newline}"
    block = [f"{' ' * indent}{name}:{newline}"]
    block += [
        f"{' ' * indent * 2}{key}: {json.dumps(value, ensure_ascii=False)}{newline}" for key, value in entry.items()
    ]
    return "".join([*lines[: start + 1], *block, *lines[start + 1 :]])


def drop(text: str, section: str, name: str) -> str:
    """Return `text` without the entry `name` of `section`.

    Raises:
        UnreadableError: the file is not in plain block style.
    """
    first, last = _entry(lines := text.splitlines(keepends=True), section, name)
    if first == last:
        return text
    left = [*lines[:first], *lines[last:]]
    start, end = _section(left, section)
    if not any(_says_something(line) for line in left[start + 1 : end + 1]):
        # nothing at all would read as null, which is no mapping
        left[start] = left[start].replace(":", ": {}", 1)
    return "".join(left)


def has(text: str, section: str, name: str) -> bool:
    """Return whether `section` has an entry `name`.

    Raises:
        UnreadableError: the file is not in plain block style.
    """
    first, last = _entry(text.splitlines(keepends=True), section, name)
    return last > first


def _entry(lines: list[str], section: str, name: str) -> tuple[int, int]:
    """Return where an entry begins and ends; the same twice when there is none."""
    start, end = _section(lines, section)
    header = re.compile(rf"""\s+(["']?){re.escape(name)}\1\s*:(\s.*)?$""")
    indent = next((_indent(line) for line in lines[start + 1 : end + 1] if _says_something(line)), 0)
    for first in range(start + 1, end + 1):
        if _indent(lines[first]) == indent and header.match(lines[first].rstrip()):
            last = first + 1
            while last <= end and (not _says_something(lines[last]) or _indent(lines[last]) > indent):
                last += 1
            while not _says_something(lines[last - 1]):
                last -= 1
            return first, last
    return 0, 0


def _section(lines: list[str], section: str) -> tuple[int, int]:
    """Return the first and last line of a top-level section; -1 twice when there is none."""
    starts: list[int] = []
    tops: list[int] = []
    for number, line in enumerate(lines):
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise UnreadableError("it is indented with tabs")
        if not _says_something(line) or line[0] == " ":
            continue
        if line.startswith("-") and tops and line.strip() != "---":
            if starts and starts[-1] == tops[-1]:
                raise UnreadableError(f"`{section}` is a list")
            continue
        found = _TOP_LEVEL.match(line.rstrip().removeprefix("\ufeff"))
        if not found and not (number == 0 and line.strip() == "---"):
            raise UnreadableError(f"line {number + 1} is not in plain block style")
        tops.append(number)
        if found and found[1].strip("\"'") == section:
            starts.append(number)
            if not _EMPTY.match(found[2] or ""):
                raise UnreadableError(f"`{section}` is not in plain block style")
    if len(starts) > 1:
        raise UnreadableError(f"`{section}` stands twice")
    if not starts:
        return -1, -1
    following = [number for number in tops if number > starts[0]]
    return starts[0], (following[0] if following else len(lines)) - 1


def _says_something(line: str) -> bool:
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
