"""Cases measured side by side: interleaved, so that a busy machine slows all of them alike."""

import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Case = Callable[[], Awaitable[float]]
"""Runs once and returns what it took."""


@dataclass(frozen=True)
class Spread:
    """The median of several measurements, and the least and the most."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Sum up several measurements."""
    return Spread(median(values), min(values), max(values))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure, what it was measured against, and what it may be at most."""

    what: str
    unit: str
    ours: Spread
    beside: Spread | None = None
    against: str = ""
    ratio: Spread | None = None
    """Of each round by itself, so that what slows a whole round cancels out."""
    goal: float | None = None
    goal_is_ratio: bool = False

    @property
    def measured(self) -> float:
        """The number that the goal is about."""
        return self.ratio.median if self.goal_is_ratio and self.ratio else self.ours.median

    @property
    def share(self) -> float | None:
        """How much of what is allowed is used up; over 1 the goal is missed."""
        return None if self.goal is None else self.measured / self.goal if self.goal else self.measured


def alone(what: str, unit: str, ours: Sequence[float], *, goal: float | None = None) -> Row:
    """Return a figure that is compared with nothing but its goal."""
    return Row(what=what, unit=unit, ours=spread(ours), goal=goal)


def compared(
    what: str,
    unit: str,
    ours: Sequence[float],
    beside: Sequence[float],
    *,
    against: str,
    at_most: float | None = None,
    times: float | None = None,
) -> Row:
    """Return a figure beside what it is compared with.

    Args:
        what: what was measured.
        unit: of both sequences.
        ours: one value a round.
        beside: the other's, of the same rounds.
        against: what the other is.
        at_most: the goal for `ours`.
        times: the goal for the ratio.
    """
    return Row(
        what=what,
        unit=unit,
        ours=spread(ours),
        beside=spread(beside),
        against=against,
        ratio=spread([one / other for one, other in zip(ours, beside, strict=True)]),
        goal=at_most if times is None else times,
        goal_is_ratio=times is not None,
    )


async def interleaved(cases: Mapping[str, Case], *, rounds: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Run each case once a round, A B C A B C, and return what each took in each round after the warm-up."""
    took: dict[str, list[float]] = {name: [] for name in cases}
    for index in range(warm_up + rounds):
        if index == warm_up:
            gc.collect()
            gc.freeze()  # as the server does when it has started
        for name, case in cases.items():
            value = await case()
            if index >= warm_up:
                took[name].append(value)
    return took
