"""A pytest plugin that tries first what has killed the neighbours of a mutant: most die at once."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

_KILLS = Path("kills.txt")

settings.register_profile("mutation", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("mutation")


def _function() -> str:
    return os.environ.get("MUTANT_UNDER_TEST", "").partition("__mutmut_")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that killed mutants of the same function first, then those that killed any."""
    killed = _KILLS.read_text(encoding="utf-8").splitlines() if _KILLS.exists() else []
    here, anywhere = Counter[str](), Counter[str]()
    for function, _, test in (line.partition(" ") for line in killed):
        anywhere[test] += 1
        here[test] += function == _function()
    items.sort(key=lambda item: (-here[item.nodeid], -anywhere[item.nodeid]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what killed a mutant."""
    if report.failed and _function():
        with _KILLS.open("a", encoding="utf-8") as kills:
            kills.write(f"{_function()} {report.nodeid}\n")
