"""What a person is asked. Fixed with the draft: a question that changed between rounds would be asked anew."""

import re

from lofty_crm.outbox.message import Kind, Words
from lofty_crm.policy.characters import without_hidden
from lofty_crm.policy.segments import segment
from lofty_crm.policy.verdict import Finding, Weight

_AGAIN = re.compile(r"\nAsked again: .*\Z")


def question(words: Words, message_id: str, findings: tuple[Finding, ...], *, label: str, sandbox: bool) -> str:
    """Return the text that a yes is a yes to: who, where, the exact words, then what to mind.

    Our own lines come first, and every line of the message carries a mark, so that no message can pose as one.
    """
    lines = [_headline(words, label)]
    if sandbox:
        lines.insert(0, f"SANDBOX: nothing real is {words.kind.done}.")
    if words.kind is Kind.EMAIL:
        lines.append(f"Subject: {words.subject}")
    body, removed = words.body, 0
    if words.kind is Kind.NOTE_DELETION:  # a third party may have written it, and it is not sent anywhere
        body, removed = without_hidden("\n".join(body.splitlines()))
    lines += ["", *quoted(body), ""]
    lines.append(" · ".join([*_size(words), f"lead {words.lead_id}", message_id]))
    lines += [f"! {removed} hidden characters of the note are not shown."] if removed else []
    lines += [_mind(f) for f in findings if f.weight is not Weight.INFO]
    return "\n".join(lines)


def _mind(finding: Finding) -> str:
    return f"! {finding.text} {finding.advice}" if finding.weight is Weight.HELD else f"! {finding.text}"


def asked_again(asked: str, times: int) -> str:
    """Return a question that differs each time that a yes to it was taken back, so that no yes counts for two."""
    plain = _AGAIN.sub("", asked)
    return f"{plain}\nAsked again: the approval of before does not count any more ({times})." if times else plain


def quoted(body: str) -> list[str]:
    """Return every line of a text behind a mark; without the marks, the lines are the text again, to the byte."""
    return [f"> {line}" for line in body.split("\n")]


def _headline(words: Words, label: str) -> str:
    if words.kind is Kind.NOTE_DELETION:
        return f"Delete this note about {words.lead_name}?"
    return f"{'Text' if words.kind is Kind.SMS else 'Email'} {words.lead_name} at {label}?"


def _size(words: Words) -> list[str]:
    if words.kind is not Kind.SMS:
        return []
    size = segment(words.body)
    parts = f"{size.count} text message" + ("s" if size.count > 1 else "")
    why = f" because of {' '.join(size.forced_by[:3])}" if size.forced_by else ""
    return [f"{parts} ({size.encoding}{why})"]
