"""Whether this would be the first word that the lead gets."""

from collections.abc import Iterable
from datetime import timedelta

from lofty_crm.api.models import Channel
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight

LONG_SILENCE = timedelta(days=90)


def first_contact(facts: Facts) -> Iterable[Finding]:
    """Warn of the first text to a lead, or the first in three months.

    Source: Lofty's help centre (read 2026): Lofty adds its own opt-out notice then; CTIA Messaging Principles and Best
    Practices (2023), 5.1: the first text names its sender and says how to opt out.
    """
    if facts.channel is not Channel.SMS or facts.texts is None:
        return
    sent = [text for text in facts.texts if text.direction == "outbound" and text.origin != "logged"]
    if any(text.at is None or facts.now - text.at <= LONG_SILENCE for text in sent):
        return
    yield Finding(
        "first_contact",
        Weight.WARNING,
        ("No text has gone to this lead in three months" if sent else "This is the first text to this lead")
        + ": Lofty will add its own opt-out notice, which counts towards the length.",
    )
