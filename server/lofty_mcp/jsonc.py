"""Small changes to other people's JSON files, comments allowed: every byte that is not ours stays."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

_GAP = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_DEEPEST = 200


class UnreadableError(Exception):
    """The file is not what its client would accept, or not in a form that can be changed safely."""


@dataclass(frozen=True)
class _Node:
    start: int
    end: int
    value: Any
    members: "tuple[_Member, ...] | None" = None


@dataclass(frozen=True)
class _Member:
    key: str
    start: int
    node: _Node
    comma: int | None


def read(text: str) -> Any:
    """Return the data. Comments and a comma after the last member are allowed; with nothing else it is an empty object.

    Raises:
        UnreadableError: it is no JSON, or a key stands twice in one object.
    """
    return {} if _is_blank(text) else _root(text).value


def put(text: str, path: Sequence[str], value: Any) -> str:
    """Return `text` with `value` at `path`; objects that are missing on the way are made.

    Raises:
        UnreadableError: it is no JSON object, or something on the way is none.
    """
    if _is_blank(text):
        text = f"{text.rstrip()}{_newline(text)}{{}}{_newline(text)}".lstrip()
    node = _root(text)
    for depth, key in enumerate(path):
        members = _members(node)
        found = next((member for member in members if member.key == key), None)
        if found is None:
            for missing in reversed(path[depth + 1 :]):
                value = {missing: value}
            return _insert(text, node, key, value)
        node = found.node
    return text[: node.start] + _dump(text, value, _indent_at(text, node.start)) + text[node.end :]


def drop(text: str, path: Sequence[str]) -> str:
    """Return `text` without the member at `path`, and with its line gone if it had one; as it was when there is none.

    Raises:
        UnreadableError: it is no JSON object, or something on the way is none.
    """
    if _is_blank(text):
        return text
    node = _root(text)
    for key in path[:-1]:
        found = next((member for member in _members(node) if member.key == key), None)
        if found is None:
            return text
        node = found.node
    members = _members(node)
    index = next((index for index, member in enumerate(members) if member.key == path[-1]), None)
    if index is None:
        return text
    member = members[index]
    if len(members) == 1 and not text[node.start + 1 : member.start].strip():
        behind = text[member.node.end : node.end - 1]
        if not behind.replace(",", "", 1).strip():
            return f"{text[: node.start]}{{}}{text[node.end :]}"
    start, end = _whole_lines(text, member.start, member.node.end if member.comma is None else member.comma + 1)
    before = text[:start]
    if member.comma is None and index:
        comma = members[index - 1].comma
        before = before[:comma] + before[(comma or 0) + 1 :]
    return before + text[end:]


def _members(node: _Node) -> tuple[_Member, ...]:
    if node.members is None:
        raise UnreadableError("it holds something else where an object is expected")
    return node.members


def _insert(text: str, node: _Node, key: str, value: Any) -> str:
    members = _members(node)
    newline = _newline(text)
    outer = _indent_at(text, node.start)
    indent = _indent_at(text, members[-1].start) if members else outer
    if not members or indent == outer:
        indent = outer + _unit(text)
    body = text[: node.end - 1].rstrip(" \t\r\n")
    after = ""
    if members and members[-1].comma is None:
        last = members[-1].node.end
        body = body[:last] + "," + body[last:]
    elif members:
        # whoever ends a list with a comma wants the next line to come without a change to this one
        after = ","
    entry = f"{json.dumps(key, ensure_ascii=False)}: {_dump(text, value, indent)}{after}"
    return f"{body}{newline}{indent}{entry}{newline}{outer}{text[node.end - 1 :]}"


def _dump(text: str, value: Any, indent: str) -> str:
    lines = json.dumps(value, indent=_unit(text), ensure_ascii=False).split("\n")
    return (_newline(text) + indent).join(lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _unit(text: str) -> str:
    found = _INDENTED.search(text)
    return found[1] if found else "  "


def _indent_at(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to its lines when nothing else stands on them."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end + 1
    if text[line_start:start].strip() or text[end:line_end].strip():
        return start, end
    return line_start, line_end


def _is_blank(text: str) -> bool:
    return _skip(text, 0) == len(text)


def _root(text: str) -> _Node:
    node = _node(text, _skip(text, 0), 0)
    if _skip(text, node.end) != len(text):
        _fail(text, node.end)
    return node


def _skip(text: str, position: int) -> int:
    found = _GAP.match(text, position)
    return found.end() if found else position


def _fail(text: str, position: int) -> NoReturn:
    raise UnreadableError(f"it is not JSON at line {text.count(chr(10), 0, position) + 1}")


def _node(text: str, position: int, depth: int) -> _Node:
    if depth > _DEEPEST:
        _fail(text, position)
    if text.startswith("{", position):
        return _object(text, position, depth)
    if text.startswith("[", position):
        return _array(text, position, depth)
    found = _STRING.match(text, position) or _SCALAR.match(text, position)
    if not found:
        _fail(text, position)
    try:
        return _Node(position, found.end(), json.loads(found[0]))
    except ValueError:
        _fail(text, position)


def _object(text: str, start: int, depth: int) -> _Node:
    members: list[_Member] = []
    position = _skip(text, start + 1)
    while not text.startswith("}", position):
        if members and members[-1].comma is None:
            _fail(text, position)
        key = _STRING.match(text, position)
        colon = _skip(text, key.end()) if key else position
        if not key or not text.startswith(":", colon):
            _fail(text, position)
        node = _node(text, _skip(text, colon + 1), depth + 1)
        after = _skip(text, node.end)
        comma = after if text.startswith(",", after) else None
        members.append(_Member(json.loads(key[0]), position, node, comma))
        position = after if comma is None else _skip(text, comma + 1)
    value = {member.key: member.node.value for member in members}
    if len(value) != len(members):
        raise UnreadableError("a key stands twice in one object")
    return _Node(start, position + 1, value, tuple(members))


def _array(text: str, start: int, depth: int) -> _Node:
    items: list[Any] = []
    position, may_go_on = _skip(text, start + 1), True
    while not text.startswith("]", position):
        if not may_go_on:
            _fail(text, position)
        node = _node(text, position, depth + 1)
        items.append(node.value)
        position = _skip(text, node.end)
        may_go_on = text.startswith(",", position)
        position = _skip(text, position + 1) if may_go_on else position
    return _Node(start, position + 1, items)
