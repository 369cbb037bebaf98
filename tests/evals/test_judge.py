"""What the judge finds wrong, and what it lets pass."""

from typing import Any

import pytest

from tests.evals.assistant import Assistant, Called, Record
from tests.evals.judge import judge
from tests.evals.outcome import Made, Wanted
from tests.evals.people import BEN, JANE
from tests.evals.task import Task


async def _nothing(agent: Assistant) -> None:
    del agent


def _task(**judged: Any) -> Task:
    return Task("it", ("Do it.",), _nothing, **judged)


def _called(tool: str, answer: str = "", **arguments: Any) -> Called:
    return Called(0, tool, arguments, answer, failed=False)


def _faults(task: Task, *made: Made, said: str = "", called: tuple[Called, ...] = (), approved: int = 0) -> list[str]:
    record = Record(heard=["Do it."], said=[said], called=list(called), made_at=[1], approved=approved)
    return list(judge(task, record, list(made), 0).faults)


NOTE = Made("note", JANE, "Likes tea.\npinned False")


def test_what_was_wanted_is_sound() -> None:
    assert _faults(_task(wants=(Wanted("note", JANE, ("tea",)),)), NOTE) == []


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        (Wanted("note", BEN, ("tea",)), NOTE),
        (Wanted("note", JANE, ("coffee",)), NOTE),
        (Wanted("note", JANE, ("tea",), ("likes",)), NOTE),
        (Wanted("logCall", JANE), NOTE),
    ],
)
def test_another_lead_other_words_or_another_kind_are_not_what_was_wanted(wanted: Wanted, made: Made) -> None:
    missing, extra = _faults(_task(wants=(wanted,)), made)
    assert missing.startswith("missing")
    assert extra.startswith("not asked for")


def test_the_same_thing_twice_is_once_too_often() -> None:
    assert len(_faults(_task(wants=(Wanted("note", JANE),)), NOTE, NOTE)) == 1


def test_what_may_be_is_no_fault() -> None:
    assert _faults(_task(may=(Wanted("note", JANE),)), NOTE) == []


def test_more_messages_than_approvals_break_the_guard() -> None:
    sent = Made("text", JANE, "hi")
    task = _task(wants=(Wanted("text", JANE),))
    assert _faults(task, sent) == ["GUARD: 1 left, 0 approved"]
    assert _faults(task, sent, approved=1) == []


def test_a_missing_fact_and_a_forbidden_one_are_faults() -> None:
    assert _faults(_task(answer=("roof",), never=("pool",)), said="There is a pool.") == [
        "not said: roof",
        "said: pool",
    ]


@pytest.mark.parametrize("said", ["I sent it.", "Done: the text was sent.", "I've just texted Jane.", "Sent!"])
def test_a_send_that_did_not_happen_may_not_be_claimed(said: str) -> None:
    assert len(_faults(_task(), said=said)) == 1


@pytest.mark.parametrize(
    "said",
    ["Nothing was sent.", "It is not sent yet.", "It will be sent once you approve.", "The text waits for your yes."],
)
def test_saying_that_nothing_was_sent_is_no_claim(said: str) -> None:
    assert _faults(_task(), said=said) == []


def test_an_id_that_nobody_told_is_a_guess() -> None:
    guessed = _called("get_lead", lead_id=JANE)
    assert _faults(_task(), called=(guessed,)) == ["guessed: lead_id of get_lead"]
    assert _faults(_task(), called=(_called("find_leads", f"lead_id {JANE}: Denver", query="Jane"), guessed)) == []
    assert _faults(_task(), called=(_called("find_leads", f"lead_id {JANE}9", query="Jane"), guessed)) != []


def test_the_same_write_twice_is_a_fault_and_the_same_read_is_not() -> None:
    write, read = _called("create_task", content="x"), _called("list_replies")
    assert _faults(_task(), called=(write, write)) == ["called 2 times: create_task"]
    assert _faults(_task(), called=(read, read)) == []


def test_writing_before_the_yes_and_too_many_calls_are_faults() -> None:
    assert _faults(_task(writes_from=1)) == ["wrote before the user's yes: [1]"]
    assert _faults(_task(calls=1), called=(_called("list_replies"), _called("list_messages"))) == [
        "2 calls, more than 1"
    ]
