"""Every rule, and what they say of a message together. Nothing here is legal advice."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from lofty_crm.policy import (
    caps,
    content,
    cross_lead,
    etiquette,
    first_contact,
    links,
    lookalikes,
    opt_out,
    payment,
    permission,
    quiet_hours,
)
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight

Rule = Callable[[Facts], Iterable[Finding]]

POLICY_VERSION = "2026-11-23.2"
"""The day, and which of that day: changes whenever a rule or its data does, and is recorded with each decision."""

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
    content.markup,
    links.forbidden_links,
    caps.frequency_cap,
    caps.bulk_pattern,
    caps.hourly_and_daily_cap,
    permission.marked_do_not_contact,
    opt_out.resembles_opted_out,
    opt_out.asked_elsewhere,
    opt_out.words_unread,
    quiet_hours.quiet_hours,
    payment.payment_or_identity_data,
    cross_lead.cross_lead_data,
    lookalikes.lookalike_address,
    lookalikes.lookalike_letters,
    links.doubtful_links,
    caps.same_words,
    content.blanks_left,
    permission.destination_unseen,
    opt_out.elsewhere_unread,
    etiquette.namesakes,
    etiquette.sales_assistant,
    first_contact.first_contact,
    first_contact.commercial_email,
    etiquette.fair_housing,
    content.segments,
)
REMEMBERED = frozenset({"cross_lead_data", opt_out.ELSEWHERE["transcript"]})
"""Codes of findings that rest on what a process has read for somebody: another process, or a later one, has not."""
AROUND = REMEMBERED | {"namesakes", "sales_assistant", "elsewhere_unread", *opt_out.ELSEWHERE.values()}
"""Codes of findings that rest on what is read when a message is drafted, and not again before it is sent."""
_GRAVITY = tuple(Weight)


def review(facts: Facts) -> tuple[Finding, ...]:
    """Judge a message: the findings of all rules, the gravest first, else in the order of the rules."""
    # What is far too long is stopped for that; the rest of it need not cost the other rules their time.
    judged = replace(
        facts,
        body=facts.body[: content.MAX_EMAIL_CHARACTERS + 1],
        subject=facts.subject and facts.subject[: content.MAX_SUBJECT_CHARACTERS + 1],
    )
    found = [finding for rule in RULES for finding in rule(judged)]
    return gravest_first(found)


def gravest_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first, else in their order."""
    return tuple(sorted(found, key=lambda finding: _GRAVITY.index(finding.weight)))
