"""Whether the lead has asked to be left alone; `opt_out_words` knows what counts as asking. Not legal advice."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from lofty_crm.api.models import Channel, Origin, Text
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts, Source
from lofty_crm.policy.opt_out_words import (
    is_opt_out,
    is_resumption,
    resembles_opt_out,
    resembles_opt_out_in_a_note,
    telling_part,
)
from lofty_crm.policy.verdict import Finding, Weight

_PLACES: dict[Source, str] = {
    "email": "An email of the lead's",
    "note": "A note about the lead",
    "transcript": "A call with the lead",
    "log": "A logged call or text",
    "other_number": "Another lead with the same number",
}
_UNREAD: dict[Source, str] = {
    "email": "emails",
    "note": "notes",
    "transcript": "transcripts",
    "log": "logged calls and texts",
    "other_number": "number in other leads' records",
}
ELSEWHERE: dict[Source, str] = {source: f"opt_out_like_{source}" for source in _PLACES}
"""The codes of what `asked_elsewhere` finds, by where it stands."""
_OWN: frozenset[Origin] = frozenset({"manual"})
_PERHAPS: frozenset[Origin] = frozenset({"manual", "auto"})
"""With what Lofty does not say of a text, by `fields.origin`."""
_QUOTED = 120
_WRITTEN_BY_AGENTS = frozenset({"note", "log"})


def opted_out(facts: Facts) -> Iterable[Finding]:
    """Stop texts, and hold emails, to a lead who has texted an opt-out (47 CFR 64.1200(a)(10), 2025-04-11).

    Only a later text that takes it back, from the lead, lifts it: not one that somebody logged, nor one without a time.
    Of one that may have been logged, a person decides.
    """
    texts = facts.texts or ()
    request = standing_opt_out(texts)
    if request is not None:
        perhaps = standing_opt_out(texts, taken_back_by=_PERHAPS) is None
        when = f" on {request.at:%a %b} {_day(request.at, facts.now)}" if request.at else ""
        yield Finding(
            "opted_out",
            Weight.STOP if facts.channel is Channel.SMS and not perhaps else Weight.HELD,
            f"The lead asked by text to be left alone{when}: {excerpt(request.body or '')}."
            + (" Lofty does not say whether a later START was the lead's own." if perhaps else ""),
            "A person should look at the conversation in Lofty."
            if perhaps
            else "Only the lead can take this back, by texting START.",
        )


def _day(at: datetime, now: datetime) -> str:
    return str(at.day) if at.year == now.year else f"{at.day}, {at.year}"


def standing_opt_out(texts: Iterable[Text], *, taken_back_by: Collection[Origin] = _OWN) -> Text | None:
    """Return an opt-out that stands after a lead's texts, or None. At the same moment it prevails over a START."""
    inbound = [text for text in texts if text.direction == "inbound"]
    resumed = _resumed_at(inbound, taken_back_by)
    return next((text for text in inbound if is_opt_out(text.body or "") and _stands(text.at, resumed)), None)


def history_unread(facts: Facts) -> Iterable[Finding]:
    """Stop a text when the lead's texts could not be read, as an opt-out may be among them; warn of it for an email.

    Source: 47 CFR 64.1200(a)(10), 2025-04-11, which knows no excuse for a request that was not looked at.
    """
    if facts.texts is None:
        yield Finding(
            "history_unread",
            Weight.STOP if facts.channel is Channel.SMS else Weight.WARNING,
            "Whether the lead has opted out could not be checked: the text history could not be read.",
            "Try again when Lofty answers.",
        )


def words_unread(facts: Facts) -> Iterable[Finding]:
    """Hold a text when Lofty gives no words for one of the lead's own.

    Source: one published page of Lofty's reference lacks `textContent` (read August 2026).
    """
    if facts.channel is Channel.SMS and any(t.direction == "inbound" and t.body is None for t in facts.texts or ()):
        yield Finding(
            "words_unread",
            Weight.HELD,
            "Lofty gives no words for a text from this lead, so it may be an opt-out.",
            "A person should look at the conversation in Lofty.",
        )


def resembles_opted_out(facts: Facts) -> Iterable[Finding]:
    """Hold a message to a lead whose texts hold, in part, what reads like an opt-out (47 CFR 64.1200(a)(10), 2025).

    Whether words mean it is for a person to say.
    """
    texts = facts.texts or ()
    resumed = _resumed_at(texts)
    found = [
        text.body
        for text in texts
        if text.direction == "inbound"
        and text.body
        and _stands(text.at, resumed)
        and resembles_opt_out(text.body)
        and not is_opt_out(text.body)
    ]
    if found:
        yield _may_ask("resembles_opt_out", "A text from the lead", found)


def asked_elsewhere(facts: Facts) -> Iterable[Finding]:
    """Hold a message when words elsewhere read like an opt-out: in emails, notes, calls, from other numbers.

    Source: 47 CFR 64.1200(a)(10), 2025-04-11: "any reasonable manner". Notes and logs are agents' words: of what they
    say about calls alone, or about times of day, the house makes nothing.
    """
    resumed = _resumed_at(facts.texts or ())
    for source, code in ELSEWHERE.items():
        judged = resembles_opt_out_in_a_note if source in _WRITTEN_BY_AGENTS else resembles_opt_out
        found = [
            said.words
            for said in facts.said
            if said.source == source and _stands(said.at, resumed) and judged(said.words)
        ]
        if found:
            yield _may_ask(code, _PLACES[source], found)


def elsewhere_unread(facts: Facts) -> Iterable[Finding]:
    """Warn when words elsewhere could not be read: the lead's texts, which decide, were (the house, 2026-11)."""
    if facts.unread:
        *first, last = (_UNREAD[source] for source in _UNREAD if source in facts.unread)
        named = f"{', '.join(first)} and {last}" if first else last
        yield Finding(
            "elsewhere_unread",
            Weight.WARNING,
            f"The lead's {named} could not be read, so a wish to be left alone may stand there.",
            "Look there in Lofty, or try again later.",
        )


def _may_ask(code: str, place: str, found: Sequence[str]) -> Finding:
    words = found[0] if len(found[0]) <= _QUOTED else telling_part(found[0])
    more = f" {len(found) - 1} more like it." if len(found) > 1 else ""
    return Finding(
        code,
        Weight.HELD,
        f"{place} may ask to be left alone: {excerpt(words, _QUOTED)}.{more}",
        "A person should read it and decide.",
        about=sha256("\0".join(sorted(found)).encode("utf-8", "replace")).hexdigest()[:12],
    )


def _resumed_at(texts: Iterable[Text], by: Collection[Origin] = _OWN) -> datetime | None:
    own = (text for text in texts if text.direction == "inbound" and text.origin in by)
    return max((text.at for text in own if text.at and is_resumption(text.body or "")), default=None)


def _stands(asked_at: datetime | None, resumed_at: datetime | None) -> bool:
    return asked_at is None or resumed_at is None or asked_at >= resumed_at
