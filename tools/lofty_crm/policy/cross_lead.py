"""One lead's words in a message to another.

Source: the house: what a lead tells an agent is confidential (National Association of Realtors, Code of Ethics,
Standard of Practice 1-9; as of November 2026).
"""

import re
from collections.abc import Iterable, Iterator

from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts, OtherLead
from lofty_crm.policy.folding import fold
from lofty_crm.policy.verdict import Finding, Weight

QUOTE_CHARACTERS = 25
_STEP = (QUOTE_CHARACTERS + 1) // 2
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(rf"\b(?:{_MONTHS} {_DAY}|{_DAY} (?:of )?{_MONTHS}|\d{{1,4}} \d{{1,2}} \d{{2,4}})\b")


def cross_lead_data(facts: Facts) -> Iterable[Finding]:
    """Hold a message with another lead's number, address or words, or another's name beside a date of theirs.

    Source: see the module.
    """
    for other in facts.other_leads:
        found = next(_leaks(facts, other), None) if facts.lead is None or other.id != facts.lead.id else None
        if found:
            yield Finding(
                "cross_lead_data",
                Weight.HELD,
                f"The message holds what seems to belong to another lead, {other.id}: {found}.",
                "Leave out what other leads said, and where they can be reached.",
            )


def _leaks(facts: Facts, other: OtherLead) -> Iterator[str]:
    body = fold(f"{facts.subject or ''}\n{facts.body}")
    own = _own_words(facts)
    digits = re.sub(r"\D", "", facts.body)
    for phone in other.phones:
        number = re.sub(r"\D", "", phone)[-10:]
        if len(number) >= 7 and number in digits and number not in re.sub(r"\D", "", own):
            yield f"the number {excerpt(phone)}"
    for place in (*other.emails, *filter(None, (other.street,))):
        wanted = fold(place)
        if " " in wanted and _holds(body, wanted) and not _holds(own, wanted):
            yield f"the address {excerpt(place)}"
    quote = next((quote for words in other.words for quote in _quotes(body, fold(words)) if quote not in own), None)
    if quote:
        yield f"the words {excerpt(quote)}"
    dates = {date for words in other.words for date in _DATE.findall(fold(words))}
    shared = next((date for date in _DATE.findall(body) if date in dates and date not in own), None)
    name = next((part for part in fold(other.name).split() if len(part) > 2 and _holds(body, part)), None)
    if shared and name and not _holds(own, name):
        yield f"the name and a date of theirs, {excerpt(f'{name} ... {shared}')}"


def _own_words(facts: Facts) -> str:
    """Gather what the lead knows anyway: the own record and the conversation so far."""
    lead = facts.lead
    record = (lead.name, *(phone.number for phone in lead.phones), *lead.emails, lead.street or "") if lead else ()
    texts = (text.body or "" for text in facts.texts or ())
    return fold("\n".join((*record, *texts)))


def _holds(words: str, wanted: str) -> bool:
    return f" {wanted} " in f" {words} "


def _quotes(body: str, words: str) -> Iterator[str]:
    # Any common run of 25 characters covers one whole block of 13 that starts at a multiple of 13.
    for start in range(0, len(body) - _STEP + 1, _STEP):
        block = body[start : start + _STEP]
        at = words.find(block)
        while at >= 0:
            before, after = start, start + _STEP
            left, right = at, at + _STEP
            while before and left and body[before - 1] == words[left - 1]:
                before, left = before - 1, left - 1
            while after < len(body) and right < len(words) and body[after] == words[right]:
                after, right = after + 1, right + 1
            if after - before >= QUOTE_CHARACTERS:
                yield body[before:after]
            at = words.find(block, at + 1)
