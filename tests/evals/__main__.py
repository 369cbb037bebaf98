"""Runs the evaluations and prints, for each task, whether it was solved, with how many calls and tokens.

With `EVALS_BASE_URL` and `EVALS_MODEL` set, a model is tried; without them, the scripted reference, and after it each
kind of mischief, which must be caught.
"""

import argparse
import logging
import os
import sys

import anyio
import httpx

from tests.evals.assistant import Assistant
from tests.evals.catalogue import TASKS
from tests.evals.endpoint import EndpointError, model
from tests.evals.mischief import MISCHIEF
from tests.evals.office import Conversation, MakeAssistant, Run, attempt, by_reference

PATIENCE_S = 120.0


def _line(run: Run) -> str:
    verdict = "solved" if run.verdict.sound else "FAILED"
    faults = "".join(f"\n    {each}" for each in run.verdict.faults)
    return f"{verdict}  {run.calls:3} calls {run.tokens:7,.0f} tokens  {run.task.name}{faults}"


async def _tried(names: list[str], converse: Conversation, make: MakeAssistant = Assistant) -> list[Run]:
    runs: list[Run] = []
    for name in names:
        runs.append(await attempt(TASKS[name], converse, make))
        sys.stdout.write(f"{_line(runs[-1])}\n")
    return runs


def _total(runs: list[Run]) -> str:
    solved, calls = sum(run.verdict.sound for run in runs), sum(run.calls for run in runs)
    tokens = sum(run.tokens for run in runs)
    each = f"{calls / len(runs):.1f} calls and {tokens / len(runs):,.0f} tokens of arguments and answers a task"
    return f"{solved} of {len(runs)} tasks solved; {each}\n"


async def _run(names: list[str]) -> int:
    if not os.environ.get("EVALS_BASE_URL"):
        runs = await _tried(names, by_reference)
        sys.stdout.write(_total(runs))
        let_through = await _mischief(names)
        return int(let_through or not all(run.verdict.sound for run in runs))
    async with httpx.AsyncClient(timeout=PATIENCE_S) as http:
        asked = model(os.environ, http)
        runs = await _tried(names, asked.converse)
        sys.stdout.write(f"{_total(runs)}{asked.usage.read:,} tokens read, {asked.usage.written:,} written\n")
    return int(not all(run.verdict.sound for run in runs))


async def _mischief(names: list[str]) -> bool:
    """Try each kind of mischief; return whether something left that nobody had approved."""
    broken = False
    for kind, (make, converse) in MISCHIEF.items():
        runs = [await attempt(TASKS[name], converse, make) for name in names]
        caught = sum(not run.verdict.sound for run in runs)
        through = sum(any(fault.startswith("GUARD") for fault in run.verdict.faults) for run in runs)
        sys.stdout.write(f"{kind}: caught in {caught} of {len(runs)} tasks, {through} sent what nobody approved\n")
        broken = broken or bool(through)
    return broken


def main() -> None:
    """Read the arguments and run."""
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description="Runs the evaluations.")
    parser.add_argument("task", nargs="*", help="only these tasks")
    names = parser.parse_args().task or list(TASKS)
    if unknown := [name for name in names if name not in TASKS]:
        parser.error(f"no such task: {', '.join(unknown)}")
    try:
        sys.exit(anyio.run(_run, names))
    except EndpointError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
