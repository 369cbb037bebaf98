"""The question of each kind, to the letter: it is what a yes is a yes to."""

import pytest

from lofty_crm.outbox.message import Kind, Words
from lofty_crm.outbox.wording import asked_again, question
from lofty_crm.policy.verdict import Finding, Weight

MINDS = (
    Finding("stopped", Weight.STOP, "It is stopped.", "Do something else."),
    Finding("held", Weight.HELD, "It is held.", "Say why."),
    Finding("warned", Weight.WARNING, "It is doubtful.", "Look again."),
    Finding("told", Weight.INFO, "It costs."),
)


def _words(kind: Kind, body: str, subject: str = "") -> Words:
    return Words("a", kind, "480213577100001", "Jane Hollis", "p-1", "+13035550101", body, subject, b"{}")


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (
            _words(Kind.SMS, "Hi  Jane,\n\nthree?"),
            (
                "Text Jane Hollis at +1 303?\n\n> Hi  Jane,\n> \n> three?\n\n"
                "1 text message (GSM-7) · lead 480213577100001 · m-2"
            ),
        ),
        (
            _words(Kind.SMS, "\u0416\u0429\u042e\u042f" * 20),
            "Text Jane Hollis at +1 303?\n\n> "
            + "\u0416\u0429\u042e\u042f" * 20
            + "\n\n2 text messages (UCS-2 because of \u0416 \u0429 \u042e) · lead 480213577100001 · m-2",
        ),
        (
            _words(Kind.EMAIL, "Hi", "Thursday"),
            "Email Jane Hollis at +1 303?\nSubject: Thursday\n\n> Hi\n\nlead 480213577100001 · m-2",
        ),
        (
            _words(Kind.NOTE_DELETION, "Call\u200b\r\nher\u200b"),
            (
                "Delete this note about Jane Hollis?\n\n> Call\n> her\n\nlead 480213577100001 · m-2\n"
                "! 2 hidden characters of the note are not shown."
            ),
        ),
    ],
    ids=["text", "two texts", "email", "note"],
)
def test_the_question_of_each_kind(words: Words, asked: str) -> None:
    assert question(words, "m-2", (), label="+1 303", sandbox=False) == asked


def test_what_to_mind_stands_below_the_message() -> None:
    asked = question(_words(Kind.EMAIL, "Hi", "Thursday"), "m-2", MINDS, label="x", sandbox=False)
    assert asked.splitlines()[-3:] == ["! It is stopped.", "! It is held. Say why.", "! It is doubtful."]


@pytest.mark.parametrize(
    ("kind", "first"),
    [(Kind.SMS, "SANDBOX: nothing real is sent."), (Kind.NOTE_DELETION, "SANDBOX: nothing real is deleted.")],
)
def test_the_sandbox_is_said_first(kind: Kind, first: str) -> None:
    assert question(_words(kind, "Hi"), "m-2", (), label="x", sandbox=True).splitlines()[0] == first


def test_a_question_that_is_asked_again_differs_each_time() -> None:
    once = asked_again("Text Jane?\n> Hi", 1)
    assert once == "Text Jane?\n> Hi\nAsked again: the approval of before does not count any more (1)."
    assert asked_again(once, 2) == once.replace("(1)", "(2)")
    assert asked_again(once, 0) == "Text Jane?\n> Hi"
