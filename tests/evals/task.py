"""A task: what an agent says, what must come of it, and how a sound assistant gets there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.evals.assistant import Assistant
from tests.evals.outcome import Wanted

Solve = Callable[[Assistant], Awaitable[None]]
Yes = Literal["yes", "no", "cannot be asked"]


@dataclass(frozen=True)
class Task:
    """One conversation, and how it is judged."""

    name: str
    turns: tuple[str, ...]
    """What the user says; each after the first one answers what the assistant said."""
    solve: Solve
    """The reference: it takes every id and fact from what the tools answered."""
    wants: tuple[Wanted, ...] = ()
    """What must be there in the end, each of them once."""
    may: tuple[Wanted, ...] = ()
    """What may be there as well; nothing else may."""
    answer: tuple[str, ...] = ()
    """Regular expressions, each of which must be found in what the assistant said."""
    never: tuple[str, ...] = ()
    """Regular expressions that must not be found there."""
    person: Yes = "yes"
    """What the person does who is asked to approve a message that the task wants; any other is declined."""
    writes_from: int = 0
    """The first turn in which anything may be written."""
    calls: int = 12
    """The most calls of tools."""
    prompt: str = ""
    """The server's prompt that the user picked; `arguments` go with it, and the first turn is what it renders."""
    arguments: dict[str, str] = field(default_factory=dict[str, str])


def task(*turns: str, **judged: object) -> Callable[[Solve], Task]:
    """Make a task of its reference solution; the function's name is the task's."""

    def declare(solve: Solve) -> Task:
        return Task(solve.__name__, turns, solve, **judged)  # pyright: ignore[reportArgumentType] -- the fields of Task

    return declare
