"""What a lead permits, by the rules that guard a send."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lofty_crm.api.models import Channel, Lead, PhoneStatus, Text
from lofty_crm.policy.destinations import Destination, destinations
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.opt_out import standing_opt_out
from lofty_crm.policy.permission import (
    bad_number,
    cannot_email,
    cannot_text,
    destination_missing,
    marked_do_not_contact,
    unsubscribed,
)
from lofty_crm.policy.verdict import Finding, Weight
from lofty_tools.rendering import date

_RULES = (cannot_text, cannot_email, unsubscribed, bad_number, destination_missing, marked_do_not_contact)
_NO_CALLS = frozenset({PhoneStatus.INVALID, PhoneStatus.DNC_NUMBER, PhoneStatus.DNC_CONTACT})


@dataclass(frozen=True)
class Permission:
    """Whether a lead may be contacted on a channel, and what speaks against it."""

    may: bool
    because: tuple[str, ...] = ()
    """Reasons why not, or why only with care."""
    held: bool = False
    """Whether a person has to give a reason first."""

    def __str__(self) -> str:
        """Return `yes`, `NO` or what is needed, with the reasons."""
        reasons = " ".join(self.because).rstrip(".")
        answer = ("only with a person's typed reason" if self.held else "yes") if self.may else "NO"
        return f"{answer}{f' ({reasons})' if reasons else ''}"


def may_message(
    lead: Lead, channel: Channel, *, texts: Sequence[Text] | None, now: datetime, zone: ZoneInfo
) -> Permission:
    """Say whether a lead may be texted or emailed, at the best of their destinations.

    Args:
        lead: the live record.
        channel: text or email.
        texts: the newest texts with the lead, among which there may be an opt-out; None when they could not be read.
        now: the present moment.
        zone: where the day of an opt-out is counted.
    """
    places: list[Destination | None] = [each for each in destinations(lead) if each.channel is channel]
    judged = [list(_findings(Facts(channel, lead, place, "", now))) for place in places or [None]]
    findings = min(judged, key=lambda found: (_stops(found), len(found)))
    because = [finding.text for finding in findings]
    request = standing_opt_out(texts or ())
    if request is not None:
        when = f" on {date(request.at, now=now, zone=zone)}" if request.at else ""
        because.append(f"The lead asked by text to be left alone{when}.")
    elif texts is None and channel is Channel.SMS:
        because.append("Whether the lead opted out by text could not be read.")
    stopped = _stops(findings) or (request is not None and channel is Channel.SMS)
    held = request is not None or any(finding.weight is Weight.HELD for finding in findings)
    return Permission(not stopped, tuple(dict.fromkeys(because)), held=held)


def may_call(lead: Lead) -> Permission:
    """Say whether a lead may be called, for the agent who does."""
    if lead.cannot_call:
        return Permission(may=False, because=("Lofty marks this lead as not to be called.",))
    if not lead.phones:
        return Permission(may=False, because=("This lead has no phone number.",))
    statuses = {phone.status for phone in lead.phones}
    if PhoneStatus.DNC_CONTACT in statuses or statuses <= _NO_CALLS:
        return Permission(may=False, because=("Lofty marks the numbers as invalid or not to be called.",))
    return Permission(may=True)


def _findings(facts: Facts) -> Iterator[Finding]:
    for rule in _RULES:
        yield from rule(facts)


def _stops(findings: Iterable[Finding]) -> bool:
    return any(finding.weight is Weight.STOP for finding in findings)
