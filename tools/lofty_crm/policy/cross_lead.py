"""One lead's words in a message to another.

Source: the house: what a lead tells an agent is confidential (National Association of Realtors, Code of Ethics,
Standard of Practice 1-9; as of November 2026).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts, OtherLead
from lofty_crm.policy.folding import fold
from lofty_crm.policy.verdict import Finding, Weight

QUOTE_CHARACTERS = 25
_BLOCK = (QUOTE_CHARACTERS + 1) // 2
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(rf"\b(?:{_MONTHS} {_DAY}|{_DAY} (?:of )?{_MONTHS}|\d{{1,4}} \d{{1,2}} \d{{2,4}})\b")


@dataclass(frozen=True)
class _Theirs:
    """What is another lead's, as it is looked for."""

    numbers: dict[str, str]
    """By their last ten digits."""
    places: dict[str, str]
    """Email and street addresses, by their folded words."""
    names: tuple[str, ...]
    words: tuple[str, ...]
    blocks: frozenset[str]
    """Every 13 characters that start at a multiple of 13: a run of 25 that is quoted holds one of them whole."""
    dates: frozenset[str]


@dataclass(frozen=True)
class _Draft:
    """A message, as it is looked through."""

    body: str
    digits: str
    blocks: frozenset[str]
    """Every 13 characters, wherever they start."""
    dates: tuple[str, ...]
    own: str
    """What the lead knows anyway: the own record and the conversation so far."""


def cross_lead_data(facts: Facts) -> Iterable[Finding]:
    """Hold a message with another lead's number, address or words, or another's name beside a date of theirs.

    Source: see the module.
    """
    draft = _draft(facts)
    for other in facts.other_leads:
        found = next(_leaks(draft, _theirs(other)), None) if facts.lead is None or other.id != facts.lead.id else None
        if found:
            yield Finding(
                "cross_lead_data",
                Weight.HELD,
                f"The message holds what seems to belong to another lead, {other.id}: {found}.",
                "Leave out what other leads said, and where they can be reached.",
            )


def _leaks(draft: _Draft, theirs: _Theirs) -> Iterator[str]:
    for number, phone in theirs.numbers.items():
        if number in draft.digits and number not in _digits(draft.own):
            yield f"the number {excerpt(phone)}"
    for folded, place in theirs.places.items():
        if _holds(draft.body, folded) and not _holds(draft.own, folded):
            yield f"the address {excerpt(place)}"
    if not theirs.blocks.isdisjoint(draft.blocks):
        found = (quote for words in theirs.words for quote in _quotes(draft.body, words) if quote not in draft.own)
        if quote := next(found, None):
            yield f"the words {excerpt(quote)}"
    shared = next((date for date in draft.dates if date in theirs.dates and date not in draft.own), None)
    name = next((name for name in theirs.names if _holds(draft.body, name)), None)
    if shared and name and not _holds(draft.own, name):
        yield f"the name and a date of theirs, {excerpt(f'{name} ... {shared}')}"


def _draft(facts: Facts) -> _Draft:
    lead = facts.lead
    record = (lead.name, *(phone.number for phone in lead.phones), *lead.emails, lead.street or "") if lead else ()
    texts = (text.body or "" for text in facts.texts or ())
    body = fold(f"{facts.subject or ''}\n{facts.body}")
    return _Draft(
        body,
        digits=_digits(body),
        blocks=frozenset(body[start : start + _BLOCK] for start in range(len(body) - _BLOCK + 1)),
        dates=tuple(_DATE.findall(body)),
        own=fold("\n".join((*record, *texts))),
    )


@lru_cache(maxsize=256)
def _theirs(other: OtherLead) -> _Theirs:
    words = tuple(fold(each) for each in other.words)
    numbers = {_digits(phone)[-10:]: phone for phone in other.phones}
    places = {fold(place): place for place in (*other.emails, other.street or "")}
    return _Theirs(
        numbers={number: phone for number, phone in numbers.items() if len(number) >= 7},
        places={folded: place for folded, place in places.items() if " " in folded},
        names=tuple(part for part in fold(other.name).split() if len(part) > 2),
        words=words,
        blocks=frozenset(
            each[start : start + _BLOCK] for each in words for start in range(0, len(each) - _BLOCK + 1, _BLOCK)
        ),
        dates=frozenset(date for each in words for date in _DATE.findall(each)),
    )


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _holds(words: str, wanted: str) -> bool:
    return f" {wanted} " in f" {words} "


def _quotes(body: str, words: str) -> Iterator[str]:
    for start in range(0, len(words) - _BLOCK + 1, _BLOCK):
        block = words[start : start + _BLOCK]
        at = body.find(block)
        while at >= 0:
            before, after = at, at + _BLOCK
            left, right = start, start + _BLOCK
            while before and left and body[before - 1] == words[left - 1]:
                before, left = before - 1, left - 1
            while after < len(body) and right < len(words) and body[after] == words[right]:
                after, right = after + 1, right + 1
            if after - before >= QUOTE_CHARACTERS:
                yield body[before:after]
            at = body.find(block, at + 1)
