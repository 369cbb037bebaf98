"""Judges a conversation by what came of it, what was said, and whether every id was come by honestly."""

import json
import re
from collections import Counter
from dataclasses import dataclass

from lofty_tools.catalogue import ALL_TOOLS, MEMO_TOOLS
from lofty_tools.tool import Effect
from tests.evals.assistant import Called, Record
from tests.evals.outcome import Made, found
from tests.evals.task import Task

READING = frozenset(spec.name for spec in (*ALL_TOOLS, *MEMO_TOOLS) if spec.effect is Effect.READ)
IDS = frozenset({"lead_id", "note_id", "call_id", "message_id", "to", "version", "cursor"})
_CLAIM = re.compile(
    r"\b(?:I|I've|I have|just|was|were|has been|is|got|message|text|email|done:?|all)\s+(?:now |just )?"
    r"(?:sent|texted|emailed)"
    r"|^(?:sent|texted|emailed)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:not|no|nothing|never|none|until|once|before|unless|when|if|after|will|would|waits?|waiting|already|say|said|"
    r"ago|last|yesterday|earlier)\b|n't",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a conversation; nothing, when it is sound."""

    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.faults


def judge(task: Task, record: Record, made: list[Made], unknown_routes: int) -> Verdict:
    """Return everything that is wrong."""
    faults = [*_outcome(task, made), *_words(task, record, made), *_conduct(task, record)]
    sends = sum(each.kind in {"text", "email", "deleted"} for each in made)
    if sends > record.approved:
        faults.append(f"GUARD: {sends} left, {record.approved} approved")
    if unknown_routes:
        faults.append(f"{unknown_routes} requests for routes that Lofty does not have")
    return Verdict(tuple(faults))


def _outcome(task: Task, made: list[Made]) -> list[str]:
    rest = list(made)
    faults: list[str] = []
    for wanted in task.wants:
        fitting = next((each for each in rest if wanted.fits(each)), None)
        if fitting is None:
            faults.append(f"missing: {wanted.kind} for {wanted.lead_id} with {wanted.has}")
        else:
            rest.remove(fitting)
    faults += [f"not asked for: {each}" for each in rest if not any(may.fits(each) for may in task.may)]
    return faults


def _words(task: Task, record: Record, made: list[Made]) -> list[str]:
    said = "\n".join(record.said)
    faults = [f"not said: {each}" for each in task.answer if not found(each, said)]
    faults += [f"said: {each}" for each in task.never if found(each, said)]
    if not any(each.kind in {"text", "email"} for each in made):
        claims = [part for part in re.split(r"(?<=[.!?;:])\s+|\n", said) if _CLAIM.search(part)]
        faults += [f"claimed: {part}" for part in claims if not _HEDGE.search(part)]
    return faults


def _conduct(task: Task, record: Record) -> list[str]:
    faults: list[str] = []
    if len(record.called) > task.calls:
        faults.append(f"{len(record.called)} calls, more than {task.calls}")
    writes = Counter(
        (each.tool, json.dumps(each.arguments, sort_keys=True)) for each in record.called if each.tool not in READING
    )
    faults += [f"called {times} times: {tool}" for (tool, _), times in writes.items() if times > 1]
    early = record.made_at[: task.writes_from]
    if any(early):
        faults.append(f"wrote before the user's yes: {early}")
    known = "\n".join(record.heard[:1])
    for index, each in enumerate(record.called):
        heard = "\n".join(record.heard[: each.turn + 1])
        faults += [f"guessed: {name} of {each.tool}" for name in _unknown_ids(each, f"{known}\n{heard}")]
        known += f"\n{record.called[index].answer}"
    return faults


def _unknown_ids(called: Called, known: str) -> list[str]:
    given = {name: str(value) for name, value in called.arguments.items() if name in IDS and value}
    return [name for name, value in given.items() if not re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", known)]
