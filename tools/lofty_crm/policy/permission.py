"""Whether this lead may be contacted on this channel at all."""

from collections.abc import Iterable

from lofty_crm.api.models import Channel, PhoneStatus
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight

_LIFT_IN_LOFTY = "Only the agent can change that in Lofty, if the lead agreed to it."
_BAD_NUMBERS = {
    PhoneStatus.INVALID: Finding(
        "invalid_number",
        Weight.STOP,
        "Lofty marks this number as invalid.",
        "Use another number of the lead's, or have it corrected in Lofty.",
    ),
    PhoneStatus.DNC_NUMBER: Finding(
        "do_not_contact", Weight.STOP, "Lofty marks this number as being on a do-not-call list.", _LIFT_IN_LOFTY
    ),
    PhoneStatus.DNC_CONTACT: Finding(
        "do_not_contact", Weight.STOP, "Lofty marks this lead as a person not to be contacted.", _LIFT_IN_LOFTY
    ),
}
_MARKS = frozenset({"dnc", "do not contact", "do not call", "do not text", "do not email", "opted out"})


def cannot_text(facts: Facts) -> Iterable[Finding]:
    """Stop a text to a lead with `cannotText` (Lofty's reference, lead fields, August 2026)."""
    if facts.channel is Channel.SMS and facts.lead and facts.lead.cannot_text:
        yield Finding("cannot_text", Weight.STOP, "Lofty marks this lead as not to be texted.", _LIFT_IN_LOFTY)


def cannot_email(facts: Facts) -> Iterable[Finding]:
    """Stop an email to a lead with `cannotEmail` (Lofty's reference, lead fields, August 2026)."""
    if facts.channel is Channel.EMAIL and facts.lead and facts.lead.cannot_email:
        yield Finding("cannot_email", Weight.STOP, "Lofty marks this lead as not to be emailed.", _LIFT_IN_LOFTY)


def unsubscribed(facts: Facts) -> Iterable[Finding]:
    """Stop an email to a lead with `unsubscription` (Lofty's reference, August 2026; 15 USC 7704(a)(4))."""
    if facts.channel is Channel.EMAIL and facts.lead and facts.lead.unsubscribed:
        yield Finding(
            "unsubscribed", Weight.STOP, "This lead has unsubscribed from email.", "Only the lead can subscribe again."
        )


def bad_number(facts: Facts) -> Iterable[Finding]:
    """Stop a text to a number that is invalid or not to be contacted (`phoneStatuses`, Lofty's reference, August 2026).

    A person who asked not to be contacted (status 5) asked so on every number.
    """
    if facts.channel is not Channel.SMS or facts.lead is None:
        return
    target = facts.destination.value if facts.destination else None
    for phone in facts.lead.phones:
        found = _BAD_NUMBERS.get(phone.status) if phone.status else None
        if found and (phone.number == target or phone.status is PhoneStatus.DNC_CONTACT):
            yield found


def marked_do_not_contact(facts: Facts) -> Iterable[Finding]:
    """Hold a message to a lead whose stage or a tag says "DNC" or the like.

    Source: a convention of teams, not of Lofty (observed 2026).
    """
    if facts.lead is None:
        return
    for mark in (facts.lead.stage or "", *facts.lead.tags):
        if " ".join(mark.replace("-", " ").split()).casefold() in _MARKS:
            yield Finding(
                "marked_do_not_contact",
                Weight.HELD,
                "A stage or tag marks this lead as not to be contacted.",
                "The agent can change the stage or tag in Lofty, if it no longer holds.",
            )
            return


def destination_missing(facts: Facts) -> Iterable[Finding]:
    """Stop a message to a lead who has no place to send it to (the house, 2026-11)."""
    if facts.lead is not None and facts.destination is None:
        what = "phone number" if facts.channel is Channel.SMS else "email address"
        yield Finding(
            "destination_missing",
            Weight.STOP,
            f"This lead has no {what}.",
            "Ask the user how to reach the lead, and have it put down in Lofty.",
        )


def destination_unseen(facts: Facts) -> Iterable[Finding]:
    """Warn where the account shows no leads, so that Lofty picks the lead's primary destination by itself.

    Source: Lofty's communication guide, which names no lead endpoint; as of November 2026.
    """
    if facts.lead is None:
        yield Finding(
            "destination_unseen",
            Weight.WARNING,
            "Lofty itself will choose the lead's primary destination; neither it nor the lead's permissions were seen.",
        )
