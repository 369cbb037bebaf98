"""`docs/safety.md` names tests that exist, and at least one for each promise."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    existing = set(re.findall(r"def (test_\w+)\(", source))
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named
    assert named - existing == set()


def test_every_promise_names_a_test() -> None:
    promises = PAGE.split("## What is promised")[1].split("\n## ")[0].split("\n**")[1:]
    assert promises
    assert [promise.split("**")[0] for promise in promises if "`test_" not in promise] == []
