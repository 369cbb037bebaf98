"""What a first word to a lead should hold."""

import re
from collections.abc import Iterable
from datetime import timedelta

from lofty_crm.api.models import Channel
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.folding import fold
from lofty_crm.policy.verdict import Finding, Weight

LONG_SILENCE = timedelta(days=90)

_INTRODUCTION = re.compile(r"\b(?:this is|i am|i m|my name is|it s|soy|me llamo|habla) [a-z]{2,}")
_WAY_OUT = re.compile(r"\b(?:stop|unsubscribe|opt out|alto|opt you out|no longer wish|not interested|darse de baja)\b")
_COMMERCIAL = re.compile(
    r"\b(?:just listed|new listings?|open house|price (?:drop|reduced|reduction|cut)|market (?:update|report)"
    r"|newsletter|free (?:home )?(?:valuation|estimate|consultation|report)|what s your home worth|special offer"
    r"|limited time"
    r"|exclusive (?:offer|listing|access)|refer(?:ral)? (?:a friend|bonus)|list your home|sell your home)\b"
)
_STREET_ADDRESS = re.compile(r"\b(?:\d{1,6} [\w ]{2,40} [a-z]{2} \d{5}|po box \d+)\b")


def first_contact(facts: Facts) -> Iterable[Finding]:
    """Warn of the first text to a lead, or the first in three months, and of what it lacks.

    Sources: Lofty's help centre (read 2026): Lofty adds its own opt-out notice then; CTIA, Messaging Principles and
    Best Practices (2023), 5.1: the first text names its sender and says how to opt out.
    """
    if facts.channel is not Channel.SMS or facts.texts is None:
        return
    sent = [text for text in facts.texts if text.direction == "outbound" and text.origin != "logged"]
    if any(text.at is None or facts.now - text.at <= LONG_SILENCE for text in sent):
        return
    lacks = [
        *(["who it is from"] if not _names_sender(facts) else []),
        *(["how to opt out"] if not _WAY_OUT.search(fold(facts.body)) else []),
    ]
    yield Finding(
        "first_contact",
        Weight.WARNING,
        ("No text has gone to this lead in three months" if sent else "This is the first text to this lead")
        + ": Lofty will add its own opt-out notice, which counts towards the length."
        + (f" The text does not say {' or '.join(lacks)}." if lacks else ""),
        f"Say {' and '.join(lacks)}." if lacks else "",
    )


def commercial_email(facts: Facts) -> Iterable[Finding]:
    """Warn of an advertising email without a postal address or a way to unsubscribe.

    Source: CAN-SPAM Act, 15 USC 7704(a)(3) and (5); 16 CFR 316.3 on what is commercial (as of November 2026).
    Whether an email is an advertisement is judged by its phrases.
    """
    if facts.channel is not Channel.EMAIL:
        return
    words = fold(f"{facts.subject or ''}\n{facts.body}")
    lacks = [
        *(["a postal address"] if not _STREET_ADDRESS.search(words) else []),
        *(["a way to unsubscribe"] if not _WAY_OUT.search(words) else []),
    ]
    if lacks and _COMMERCIAL.search(words):
        yield Finding(
            "commercial_email",
            Weight.WARNING,
            f"The email reads like an advertisement, and lacks {' and '.join(lacks)}.",
            "Add what is missing, unless Lofty's signature holds it.",
        )


def _names_sender(facts: Facts) -> bool:
    words = f" {fold(facts.body)} "
    return any(f" {fold(name)} " in words for name in facts.sender.names) or bool(_INTRODUCTION.search(words))
