"""Which tests show which row of `docs/hostile-cases.md`: `python -m tests.promises.rows`.

A test names its rows in its docstring.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "hostile-cases.md"
_ID = re.compile(r"\b[DI]\d{1,3}\b")


def rows() -> list[str]:
    """Return the ids of the page's rows, in their order."""
    return re.findall(r"^\| ([DI]\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def claims() -> Iterator[tuple[str, str]]:
    """Yield each id that a test names, and the test."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for row in _ID.findall(ast.get_docstring(node) or ""):
                    yield row, f"{path.relative_to(ROOT)}::{node.name}"


def main() -> int:
    """Print every row with its tests; return 1 when a row has none, or a test names a row that is not there."""
    known, shown = rows(), list(claims())
    for row in known:
        tests = [test for claimed, test in shown if claimed == row]
        sys.stdout.write("\n  ".join([row, *(tests or ["NO TEST"])]) + "\n")
    bare = set(known) - {claimed for claimed, _ in shown}
    strange = [(claimed, test) for claimed, test in shown if claimed not in known]
    for claimed, test in strange:
        sys.stdout.write(f"{test} names {claimed}, which the page does not have\n")
    sys.stdout.write(f"{len(known)} rows, {len(bare)} without a test\n")
    return bool(bare or strange)


if __name__ == "__main__":
    sys.exit(main())
