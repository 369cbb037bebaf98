"""How much goes out, and how alike it is. The figures are the house's, in `facts.Caps`."""

from collections.abc import Iterable
from datetime import timedelta

from lofty_crm.policy.facts import Facts
from lofty_crm.policy.folding import fold
from lofty_crm.policy.verdict import Finding, Weight

_FEW_ALIKE = 3
_DAY = timedelta(days=1)


def frequency_cap(facts: Facts) -> Iterable[Finding]:
    """Stop the fourth message to a lead within 24 hours.

    Source: the house, after Fla. Stat. 501.616(6)(b) and 15 Okla. Stat. 775C (three in 24 hours; as of November 2026).
    """
    if facts.history.to_lead_24h >= facts.caps.to_lead_24h:
        yield Finding(
            "frequency_cap",
            Weight.STOP,
            f"{_messages(facts.history.to_lead_24h)} to this lead in 24 hours; the limit is {facts.caps.to_lead_24h}.",
            "Wait until 24 hours have passed since the earliest of them.",
        )


def hourly_and_daily_cap(facts: Facts) -> Iterable[Finding]:
    """Stop what exceeds the account's hour or day.

    Source: the house: a person cannot have read more (2026-11).
    """
    sent, caps = facts.history, facts.caps
    for code, count, cap, span in (
        ("hourly_cap", sent.in_hour, caps.in_hour, "hour"),
        ("daily_cap", sent.in_day, caps.in_day, "24 hours"),
    ):
        if count >= cap:
            yield Finding(
                code, Weight.STOP, f"{_messages(count)} within the {span}; the limit is {cap}.", "Send it later."
            )


def bulk_pattern(facts: Facts) -> Iterable[Finding]:
    """Stop near-same words to the eleventh lead within an hour, and warn from the fourth.

    Source: the house, after CTIA, Messaging Principles and Best Practices (2023), 4.1: conversations between
    people do not look like that.
    """
    others = facts.history.near_duplicates
    if others >= _FEW_ALIKE:
        stopped = others >= facts.caps.near_duplicates
        yield Finding(
            "bulk_pattern",
            Weight.STOP if stopped else Weight.WARNING,
            f"Nearly the same words went to {others} other leads within the hour.",
            "Use Lofty's own campaigns for mass messages." if stopped else "",
        )


def same_words(facts: Facts) -> Iterable[Finding]:
    """Hold words that went to this lead within 24 hours already.

    Source: the house: a repeated message is more often an accident than a wish (2026-11).
    """
    words = fold(facts.body)
    sent = (text for text in facts.texts or () if text.direction == "outbound" and text.origin != "logged")
    seen = any((text.at is None or facts.now - text.at < _DAY) and fold(text.body or "") == words for text in sent)
    if facts.history.same_words_24h or (seen and words):
        yield Finding(
            "same_words",
            Weight.HELD,
            "The same words went to this lead within the last 24 hours.",
            "Say something else, or leave it at that.",
        )


def _messages(count: int) -> str:
    return f"{count} message{'s have' if count != 1 else ' has'} gone"
