"""Whether the words can go out as they stand."""

import re
from collections.abc import Iterable

from lofty_crm.api.models import Channel
from lofty_crm.policy.characters import hidden, without_hidden
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.segments import segment
from lofty_crm.policy.verdict import Finding, Weight

MAX_SMS_CHARACTERS = 1600
MAX_SMS_SEGMENTS = 10
MAX_EMAIL_CHARACTERS = 50_000
MAX_SUBJECT_CHARACTERS = 200
_LISTED = 10

_MERGE_FIELD = re.compile(
    r"""
    \{\{[^{}]{1,200}\}\} | \{%[^{}]{1,200}%\} | \$\{[^{}]{1,200}\}     # {{lead.name}} {% if %} ${x}
    | \[\[[^\[\]]{1,200}\]\] | <<[\w .-]{1,200}>>                      # [[first]] <<First Name>>
    | \#[a-z]+(?:_[a-z]+)+\#                                           # #lead_name#
    | %[a-z]+(?:_[a-z]+)*%                                             # %contact_email%
    | \*\|[\w:]+\|\*                                                   # *|FNAME|*
    | \{(?:lead|contact|first|last|full|agent|user|property)?[_.]?(?:name|phone|email|address|city)\}   # {first_name}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<!--|<!doctype|</?(?:html|head|body|style|script|meta|link|div|span|p|br|a|b|i|u|font|img|svg|table|tr|td|form|input"
    r"|button|iframe|object|embed|video|audio|base|ul|ol|li|h[1-6])(?=[\s/>])[^<>]*>|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});",
    re.IGNORECASE,
)
_BLANK_FOR = (
    r"(?:name|date|time|day|month|address|street|city|area|price|amount|number|phone|email|link|url|agent|brokerage"
    r"|company|team|lead|client|customer|buyer|seller|property|listing|insert|your|their|his|her|first|last)"
)
_BLANK = re.compile(
    rf"""
    \[(?:[^\[\]\n]{{0,40}}\b)?{_BLANK_FOR}\b[^\[\]\n]{{0,40}}\](?!\()    # [name]; not the words of a [link](...)
    | <(?:[\w '/-]{{0,40}}\b)?{_BLANK_FOR}\b[\w '/-]{{0,40}}>             # <lead name>
    | {{(?:[\w '/-]{{0,40}}\b)?{_BLANK_FOR}\b[\w '/-]{{0,40}}}}           # {{the date}}
    | (?<!\w)_{{3,}}(?!\w)                                             # at ___ o'clock
    | (?<![\w@./])\$?(?-i:X{{2,}}(?:[:/.-]X{{2,}})*)(?![\w@/])          # XX, $XX, XX:XX
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LINE_BREAK = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")


def hidden_characters(facts: Facts) -> Iterable[Finding]:
    """Stop words that hold characters which the person who approves cannot see.

    Source: Unicode Technical Report 36 and Technical Standard 39 (as of November 2026);
    the list is `characters.py`.
    """
    for name, words in (("text", facts.body), ("subject", facts.subject or "")):
        found = hidden(words)
        if found:
            listed = ", ".join(f"{each.code_point} at {each.position}" for each in found[:_LISTED])
            more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
            yield Finding(
                "hidden_characters",
                Weight.STOP,
                f"The {name} holds characters that do not show: {listed}{more}.",
                f"Write the {name} anew without the characters at these positions, counted from 0.",
                proposal=without_hidden(words)[0],
            )


def merge_fields(facts: Facts) -> Iterable[Finding]:
    """Stop words with a placeholder that nobody filled in: Lofty's send endpoints fill in none (reference, 2026)."""
    for words in (facts.body, facts.subject or ""):
        found = _MERGE_FIELD.search(words)
        if found:
            yield Finding(
                "unresolved_merge_field",
                Weight.STOP,
                f"A placeholder would go out as it stands: {excerpt(found[0], 40)}.",
                "Write the words out in full.",
            )
            return


def blanks_left(facts: Facts) -> Iterable[Finding]:
    """Warn of what looks like a blank that nobody filled in.

    Source: the house: assistants write `[name]` where they know none (2026-11).
    """
    for words in (facts.subject or "", facts.body):
        found = None if _MERGE_FIELD.search(words) else _BLANK.search(words)
        if found:
            yield Finding(
                "blank_left",
                Weight.WARNING,
                f"A blank seems to be left to fill in: {excerpt(found[0], 40)}.",
                "Fill it in, or leave it out.",
            )
            return


def markup(facts: Facts) -> Iterable[Finding]:
    """Stop an email written in HTML, which can hide and load what the person who approves does not see.

    Source: the house: emails are plain text; Lofty's `content` would take HTML as such (observed 2026).
    """
    found = _MARKUP.search(facts.body) if facts.channel is Channel.EMAIL else None
    if found:
        yield Finding(
            "markup", Weight.STOP, f"The email holds HTML: {excerpt(found[0], 40)}.", "Write it as plain text."
        )


def blank(facts: Facts) -> Iterable[Finding]:
    """Stop a message without words, or an email without a subject (the house, 2026-11)."""
    if not without_hidden(facts.body)[0].strip():
        yield Finding("blank", Weight.STOP, "There is nothing to send.", "Write the message.")
    if facts.channel is Channel.EMAIL and not without_hidden(facts.subject or "")[0].strip():
        yield Finding("blank_subject", Weight.STOP, "The email has no subject.", "Give it one.")


def too_long(facts: Facts) -> Iterable[Finding]:
    """Stop what is longer than a message should be: 10 segments or 1,600 characters of text, 50,000 of email.

    Source: the house; carriers cut or refuse longer texts (Twilio, message body limit, 1,600 characters;
    as of November 2026).
    """
    if facts.channel is Channel.EMAIL:
        if len(facts.body) > MAX_EMAIL_CHARACTERS:
            yield _too_long(f"the {MAX_EMAIL_CHARACTERS:,} characters that an email may have")
    elif len(facts.body) > MAX_SMS_CHARACTERS:
        yield _too_long(f"the {MAX_SMS_CHARACTERS:,} characters that a text may have")
    elif segment(facts.body).count > MAX_SMS_SEGMENTS:
        yield _too_long(f"the {MAX_SMS_SEGMENTS} segments that a text may have")


def unfit_subject(facts: Facts) -> Iterable[Finding]:
    """Stop a subject with line breaks, which could smuggle in headers, or of over 200 characters (RFC 5322, 2008)."""
    subject = facts.subject or ""
    if _LINE_BREAK.search(subject):
        yield Finding("unfit_subject", Weight.STOP, "The subject holds a line break.", "Put the subject on one line.")
    if len(subject) > MAX_SUBJECT_CHARACTERS:
        yield Finding(
            "unfit_subject",
            Weight.STOP,
            "The subject has more than the 200 characters that it may have.",
            "Shorten it.",
        )


def segments(facts: Facts) -> Iterable[Finding]:
    """Say what a text costs (Lofty's help centre: 160 GSM-7 or 70 other characters a segment; read 2026)."""
    if facts.channel is not Channel.SMS or len(facts.body) > MAX_SMS_CHARACTERS:
        return
    cost = segment(facts.body)
    text = f"{cost.count} segment{'s' if cost.count > 1 else ''} ({cost.encoding}, {cost.units} units)"
    if cost.forced_by:
        text += f"; the shorter UCS-2 segments are because of {excerpt(' '.join(cost.forced_by), 30)}"
    yield Finding("segments", Weight.INFO, f"{text}.")


def _too_long(what: str) -> Finding:
    return Finding(
        "too_long", Weight.STOP, f"The message has more than {what}.", "Shorten it, or send it as several messages."
    )
