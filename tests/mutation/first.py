"""A pytest plugin that tries first what has killed the neighbours of a mutant, and waits for none that hangs."""

import os
import signal
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings

PATIENCE_S = 120
"""The longest that one test may take; several times what the slowest needs."""
_KILLS = Path("kills.txt")
_RAN_OUT = 36
"""What mutmut reads as a time-out."""

for late in ("lofty_crm.outbox.desk", "sqlalchemy.dialects.sqlite"):  # here once for all mutants
    import_module(late)
settings.register_profile("mutation", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("mutation")


def _give_up(signum: int, frame: object) -> None:
    del signum, frame
    os._exit(_RAN_OUT)


def _function() -> str:
    function, mark, _ = os.environ.get("MUTANT_UNDER_TEST", "").partition("__mutmut_")
    return function if mark else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that killed mutants of the same function first, then those that killed any."""
    killed = _KILLS.read_text(encoding="utf-8").splitlines() if _KILLS.exists() else []
    here, anywhere = Counter[str](), Counter[str]()
    for function, _, test in (line.partition(" ") for line in killed):
        anywhere[test] += 1
        here[test] += function == _function()
    items.sort(key=lambda item: (-here[item.nodeid], -anywhere[item.nodeid]))


def pytest_runtest_setup() -> None:
    """Give up on a mutant that waits for what never comes."""
    if _function():
        signal.signal(signal.SIGALRM, _give_up)
        signal.alarm(PATIENCE_S)


def pytest_runtest_teardown() -> None:
    """Stop the clock."""
    signal.alarm(0)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what killed a mutant."""
    if report.failed and _function():
        with _KILLS.open("a", encoding="utf-8") as kills:
            kills.write(f"{_function()} {report.nodeid}\n")
