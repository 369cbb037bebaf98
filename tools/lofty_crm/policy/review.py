"""Every rule, and what they say of a message together. Nothing here is legal advice."""

from collections.abc import Callable, Iterable

from lofty_crm.policy import content, first_contact, opt_out, permission, quiet_hours
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight

Rule = Callable[[Facts], Iterable[Finding]]

POLICY_VERSION = "2026-11-23"
"""Changes whenever a rule or its data does; recorded with each decision."""

RULES: tuple[Rule, ...] = (
    permission.cannot_text,
    permission.cannot_email,
    permission.unsubscribed,
    permission.bad_number,
    opt_out.opted_out,
    opt_out.history_unread,
    permission.destination_missing,
    content.blank,
    content.too_long,
    content.unfit_subject,
    content.hidden_characters,
    content.merge_fields,
    permission.marked_do_not_contact,
    quiet_hours.quiet_hours,
    permission.destination_unseen,
    first_contact.first_contact,
    content.segments,
)
_GRAVITY = tuple(Weight)


def review(facts: Facts) -> tuple[Finding, ...]:
    """Judge a message: the findings of all rules, the gravest first, else in the order of the rules."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return tuple(sorted(found, key=lambda finding: _GRAVITY.index(finding.weight)))
