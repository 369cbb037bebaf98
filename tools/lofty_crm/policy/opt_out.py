"""Whether the lead has asked to be left alone; `opt_out_words` knows what counts as asking. Not legal advice."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from lofty_crm.api.models import Channel, Text
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.opt_out_words import is_opt_out, is_resumption, resembles_opt_out
from lofty_crm.policy.verdict import Finding, Weight

_PLACES = {
    "email": "An email of the lead's",
    "note": "A note about the lead",
    "transcript": "A call with the lead",
    "other_number": "A text from the lead's other number",
}


def opted_out(facts: Facts) -> Iterable[Finding]:
    """Stop texts, and hold emails, to a lead who has texted an opt-out (47 CFR 64.1200(a)(10), 2025-04-11).

    Only a later text that takes it back, from the lead, lifts it: not one that somebody logged, nor one without a time.
    """
    request = standing_opt_out(facts.texts or ())
    if request is not None:
        when = f" on {request.at:%Y-%m-%d}" if request.at else ""
        yield Finding(
            "opted_out",
            Weight.STOP if facts.channel is Channel.SMS else Weight.HELD,
            f"The lead asked by text to be left alone{when}: {excerpt(request.body or '')}.",
            "Only the lead can take this back, by texting START.",
        )


def standing_opt_out(texts: Iterable[Text]) -> Text | None:
    """Return an opt-out that stands after a lead's texts, or None. At the same moment it prevails over a START."""
    inbound = [text for text in texts if text.direction == "inbound"]
    resumed = _resumed_at(inbound)
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
    """Hold a message to a lead whose words elsewhere, or in part, read like an opt-out (47 CFR 64.1200(a)(10), 2025).

    "Any reasonable manner" includes emails, calls and other numbers; whether words mean it is for a person to say.
    """
    texts = facts.texts or ()
    resumed = _resumed_at(texts)
    found = [
        ("A text from the lead", text.body)
        for text in texts
        if text.direction == "inbound"
        and text.body
        and _stands(text.at, resumed)
        and resembles_opt_out(text.body)
        and not is_opt_out(text.body)
    ]
    found += [
        (_PLACES[said.source], said.words)
        for said in facts.said
        if _stands(said.at, resumed) and resembles_opt_out(said.words)
    ]
    for place, words in found[:1]:
        more = f" There are {len(found) - 1} more such words." if len(found) > 1 else ""
        yield Finding(
            "resembles_opt_out",
            Weight.HELD,
            f"{place} may ask to be left alone: {excerpt(words, 120)}.{more}",
            "A person should read it and decide.",
            about=sha256("\0".join(sorted(words for _, words in found)).encode("utf-8", "replace")).hexdigest()[:12],
        )


def _resumed_at(texts: Iterable[Text]) -> datetime | None:
    own = (text for text in texts if text.direction == "inbound" and text.origin != "logged")
    return max((text.at for text in own if text.at and is_resumption(text.body or "")), default=None)


def _stands(asked_at: datetime | None, resumed_at: datetime | None) -> bool:
    return asked_at is None or resumed_at is None or asked_at >= resumed_at
