import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_mcp.jsonc import UnreadableError, drop, put, read

OURS = ["servers", "lofty"]
ENTRY = {"command": "/opt/lofty-mcp", "args": ["serve"]}

COMMENTED = """\
// my settings
{
    "theme": "dark", /* for now */
    "servers": {
        // the first of all
        "files": {"command": "files"}, // keep
        "notes": {
            "command": "notes",
        }, // mine
    },
    "last": [1, 2, 3,],
}
"""


def test_a_server_is_added_and_every_other_line_stays() -> None:
    changed = put(COMMENTED, OURS, ENTRY)
    added = [
        '        "lofty": {',
        '            "command": "/opt/lofty-mcp",',
        '            "args": [',
        '                "serve"',
        "            ]",
        "        },",
    ]
    lines = COMMENTED.splitlines()
    assert changed.splitlines() == [*lines[:9], *added, *lines[9:]]
    assert drop(changed, OURS) == COMMENTED


def test_a_comment_behind_the_last_server_keeps_its_place_and_the_comma_goes_before_it() -> None:
    changed = put('{\n  "servers": {\n    "files": 1 // keep\n  }\n}\n', OURS, 2)
    assert changed == '{\n  "servers": {\n    "files": 1, // keep\n    "lofty": 2\n  }\n}\n'


def test_an_entry_is_replaced_where_it_stands() -> None:
    before = '{"a": 1, "servers": {"lofty": {"old": true}, "files": {}}}'
    assert put(before, OURS, 3) == '{"a": 1, "servers": {"lofty": 3, "files": {}}}'


def test_missing_objects_are_made() -> None:
    for blank in ("", " \n", "// nothing yet\n", "/* nothing */"):
        changed = put(blank, OURS, ENTRY)
        assert read(changed) == {"servers": {"lofty": ENTRY}}
        assert changed.startswith(blank.strip())
    assert read(put("{}", OURS, ENTRY)) == {"servers": {"lofty": ENTRY}}
    assert read(put('{"servers": {}}', OURS, ENTRY)) == {"servers": {"lofty": ENTRY}}


def test_line_ends_and_tabs_are_kept() -> None:
    changed = put('{\r\n\t"servers": {\r\n\t\t"files": 1\r\n\t}\r\n}\r\n', OURS, {"command": "x"})
    assert changed == (
        '{\r\n\t"servers": {\r\n\t\t"files": 1,\r\n\t\t"lofty": {\r\n\t\t\t"command": "x"\r\n\t\t}\r\n\t}\r\n}\r\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"servers": {"lofty": 1}}', '{"servers": {}}'),
        ('{"servers": {"lofty": 1, "b": 2}}', '{"servers": { "b": 2}}'),
        ('{"servers": {"a": 1, "lofty": 2}}', '{"servers": {"a": 1 }}'),
        ('{"servers": {"a": 1, "lofty": 2,}}', '{"servers": {"a": 1, }}'),
        ('{\n "servers": {\n  "a": 1, // x\n  "lofty": 2\n }\n}', '{\n "servers": {\n  "a": 1 // x\n }\n}'),
        ('{"servers": {}}', '{"servers": {}}'),
        ('{"servers": {\n  "lofty": 1,\n}}', '{"servers": {}}'),
        ('{"servers": { /* mine */ "lofty": 1}}', '{"servers": { /* mine */ }}'),
        ('{"servers": {"lofty": 1 // mine\n}}', '{"servers": { // mine\n}}'),
        ('{"other": 1}', '{"other": 1}'),
        ("", ""),
    ],
)
def test_an_entry_is_taken_out_with_its_comma(before: str, after: str) -> None:
    assert drop(before, OURS) == after
    assert read(after) is not None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[",
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        "{'a': 1}",
        '{"a": 01}',
        '{"a": NaN}',
        "{} {}",
        "{,}",
        "[,]",
        "[1 2]",
        '{"a": "\n"}',
        '{"a": 1, "a": 2}',
        "/* no end",
        "[" * 5000,
        '{"a": "\\x"}',
        "nonsense",
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read(text)
    with pytest.raises(UnreadableError):
        put(text, OURS, ENTRY)


@pytest.mark.parametrize("text", ["[]", '"text"', '{"servers": []}', '{"servers": null}'])
def test_something_else_in_the_servers_place_is_left_alone(text: str) -> None:
    with pytest.raises(UnreadableError):
        put(text, OURS, ENTRY)
    with pytest.raises(UnreadableError):
        drop(text, OURS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
settings = st.dictionaries(st.text(), values, max_size=4).map(
    lambda data: {key: value for key, value in data.items() if key != "servers"}
)


@given(settings, st.dictionaries(st.text(), values, max_size=3), st.sampled_from([None, 2, "\t"]), st.booleans())
def test_whatever_else_is_there_reads_the_same_before_and_after(
    others: dict[str, Any], servers: dict[str, Any], indent: int | str | None, ascii_only: bool
) -> None:
    data = {**others, "servers": servers}
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    assert read(text) == data
    changed = put(text, OURS, ENTRY)
    assert json.loads(changed) == {**others, "servers": {**servers, "lofty": ENTRY}}
    servers.pop("lofty", None)
    assert json.loads(drop(changed, OURS)) == {**others, "servers": servers}
