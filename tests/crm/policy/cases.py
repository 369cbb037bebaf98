"""Invented leads and messages for the rules to judge."""

from datetime import UTC, datetime
from typing import Any

from lofty_crm.api.models import Channel, Lead, Origin, Phone, PhoneStatus, Text
from lofty_crm.policy.destinations import destinations
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.review import review
from lofty_crm.policy.verdict import Finding

TUESDAY_NOON = datetime(2026, 11, 17, 19, tzinfo=UTC)
"""Noon in Denver, 14:00 in New York."""


def lead(*numbers: str, status: PhoneStatus | None = None, **fields: Any) -> Lead:
    """Jane Hollis of Denver, unless told otherwise."""
    phones = tuple(Phone(number=number, raw=number, status=status) for number in numbers or ("+13035550101",))
    given: dict[str, Any] = {"first_name": "Jane", "last_name": "Hollis", "state": "CO"}
    given["emails"] = ("jane.hollis@example.com",)
    return Lead(id="480213577100001", phones=phones, **(given | fields))


def text(
    body: str | None, *, day: int | None = 10, outbound: bool = False, origin: Origin = "manual", hour: int = 12
) -> Text:
    """A text of November 2026."""
    at = datetime(2026, 11, day, hour, tzinfo=UTC) if day else None
    return Text(
        id="1",
        lead_id="480213577100001",
        direction="outbound" if outbound else "inbound",
        at=at,
        origin=origin,
        body=body,
    )


KNOWN = (text("Thanks, Jane here. Which day suits?"), text("Here is the list you asked for.", outbound=True, day=9))
"""A conversation under way, so that nothing is the first word."""


def sms(body: str = "Shall we say three on Thursday?", *, to: Lead | None = None, **fields: Any) -> Facts:
    """A text to a lead, without fault unless told otherwise."""
    who = to or lead()
    to_phone = next((each for each in destinations(who) if each.channel is Channel.SMS), None)
    given: dict[str, Any] = {"lead": who, "destination": to_phone, "now": TUESDAY_NOON, "texts": KNOWN}
    return Facts(channel=Channel.SMS, body=body, **(given | fields))


def email(body: str = "Shall we say three on Thursday?", *, to: Lead | None = None, **fields: Any) -> Facts:
    """An email to a lead, without fault unless told otherwise."""
    who = to or lead()
    to_address = next((each for each in destinations(who) if each.channel is Channel.EMAIL), None)
    given: dict[str, Any] = {"lead": who, "destination": to_address, "now": TUESDAY_NOON, "texts": KNOWN}
    given["subject"] = "Thursday"
    return Facts(channel=Channel.EMAIL, body=body, **(given | fields))


def verdict(facts: Facts) -> dict[str, str]:
    """The findings of a review, those for information apart: code and weight."""
    return {found.code: found.weight.value for found in review(facts) if found.weight != "info"}


def finding(facts: Facts, code: str) -> Finding:
    """The one finding with a code."""
    (found,) = (each for each in review(facts) if each.code == code)
    return found
