"""Print the figures: `python -m tests.bench [--quick] [--only start,calls] [--save]`."""

import argparse
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from tempfile import TemporaryDirectory

import anyio

from lofty_mcp import logs
from tests.bench import calls, growth, report, sends, sizes, startup, transports, waits
from tests.bench.measure import Row

SECTIONS: dict[str, tuple[str, Callable[..., Awaitable[list[Row]]]]] = {
    "start": ("Start", startup.rows),
    "sizes": ("What a model has to read", sizes.rows),
    "waits": ("Waiting for Lofty", waits.rows),
    "sends": ("Sending", sends.rows),
    "calls": ("Our own time in a read", calls.rows),
    "transports": ("Over stdio and HTTP", transports.rows),
    "growth": ("Growth", growth.rows),
}
IN_A_HURRY = ("start", "sizes", "waits", "sends", "calls")


def main() -> int:
    """Measure what was asked for; leave with 1 when a figure is over its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few rounds of what has a goal, in under a minute")
    parser.add_argument("--only", default="", help=f"some of {', '.join(SECTIONS)}, separated by commas")
    parser.add_argument("--save", action="store_true", help="put the figures into docs/performance.md")
    asked = parser.parse_args()
    names = [name for name in asked.only.split(",") if name] or list(IN_A_HURRY if asked.quick else SECTIONS)
    logs.configure(level="warning", style="console")
    sys.excepthook = sys.__excepthook__  # what goes wrong here concerns invented people only
    begun = time.monotonic()
    found: dict[str, Sequence[Row]] = {}
    with TemporaryDirectory() as compiled:
        # as after an installation, modules are compiled once and not at each start
        sys.pycache_prefix = compiled
        for name in names:
            title, rows = SECTIONS[name]
            found[title] = anyio.run(_run, rows, asked.quick)
            sys.stdout.write(report.table({title: found[title]}))
            sys.stdout.flush()
    note = (
        f"Python {platform.python_version()}, mcp {version('mcp')}, {platform.system()}, {os.cpu_count()} processors, "
        f"{time.monotonic() - begun:.0f} s in all. Medians, with the least and the most in brackets."
    )
    sys.stdout.write(note + "\n")
    if asked.save:
        report.save(found, note, order=[title for title, _ in SECTIONS.values()])
    over = report.missed(found)
    for row in over:
        sys.stderr.write(f"over its goal: {row.what}\n")
    return 1 if over else 0


async def _run(rows: Callable[..., Awaitable[list[Row]]], quick: bool) -> list[Row]:
    return await rows(quick=quick)


if __name__ == "__main__":
    sys.exit(main())
