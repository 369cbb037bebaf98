"""A lead with five thousand timeline entries: four years with an investor who watches every listing."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from lofty_sandbox.records import Call, Direction, Email, Text
from lofty_sandbox.world import Seed, timeline_id

LEAD_ID = 480213577100009
ENTRIES = 5000

_FIRST = datetime(2023, 1, 9, 13, 0, tzinfo=UTC)
_LAST = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)
_PLACES = ("Longfellow", "Standish", "Corcoran", "Powderhorn", "Seward", "Nokomis", "Como", "Logan Park", "Kingfield")
_STREETS = ("Minnehaha Ave", "E 38th St", "Bloomington Ave", "34th Ave S", "Cedar Ave", "Chicago Ave", "E Lake St")
_WORK = ("water heater", "back stairs", "furnace", "gutters", "kitchen floor", "unit 2 bathroom", "parking pad")
_WHEN = ("this week", "before the 1st", "by Friday", "after the holiday", "when the tenant is out", "tomorrow morning")
_ASKS = (
    "What are the taxes on the {street} duplex?",
    "Is {number} {street} still active? I can do cash if they're flexible",
    "Saw the fourplex in {place}. What do the units rent for now?",
    "Contractor can look at the {work} {when}. Can you get him in?",
    "Numbers on {number} {street} don't work for me over ${price}k",
    "Can you send the rent roll for {number} {street}?",
    "Passing on the one in {place}, too much deferred maintenance",
    "Let's offer ${price}k on {number} {street} and see what they say",
)
_REPLIES = (
    "Taxes on {number} {street} are about ${tax} a year, homestead comes off when it sells.",
    "{number} {street} is still active, the seller countered someone else at ${price}k {when}.",
    "I'll get you the rent roll for {number} {street} {when}.",
    "Showing at {number} {street} is set. Lockbox, tenant has had notice.",
    "The inspector flagged the {work}. Seller will credit part of it.",
    "New one coming in {place} {when}, four units, owner never raised the rents.",
    "Comps in {place} put it nearer ${price}k. I'd start lower.",
    "Title is clear on {number} {street}. Closing stays where it is.",
)
_SUBJECTS = (
    "{few} new multi-family listings in {place}",
    "Price change: {number} {street}",
    "Back on market: {number} {street}",
    "Sold nearby: {number} {street}, ${price},000",
)
_WRITTEN = (
    "Rent roll and leases for {number} {street}",
    "Comps for {place}",
    "Inspection summary, {number} {street}",
    "Counteroffer on {number} {street}",
)
_CALL_NOTES = (
    "Talked through the offer on {number} {street}.",
    "Wants to wait on {place} until rates move.",
    "Went over bids for the {work}.",
    "",
)


def add_portfolio(seed: Seed) -> None:
    """Give the investor her history; the same one each time."""
    chance = random.Random(9)
    step = (_LAST - _FIRST) / ENTRIES
    texts, emails, calls = seed.texts[LEAD_ID], seed.emails[LEAD_ID], seed.calls[LEAD_ID]
    opened: str | None = None
    for index in range(ENTRIES - len(texts) - len(emails) - len(calls)):
        at = _FIRST + step * index + timedelta(seconds=chance.randrange(int(step.total_seconds()) // 2))
        entry: dict[str, Any] = {
            "timeline_id": timeline_id(at, seed.next_serial()),
            "lead_id": LEAD_ID,
            "at": at,
            "visible_at": at,
        }
        inbound = chance.random() < 0.45
        draw = chance.random()
        if opened is not None:
            emails.append(Email(**entry, direction="Outbound", kind="Auto", subject=opened, event="Opened"))
            opened = None
        elif draw < 0.42:
            emails.append(Email(**entry, direction="Outbound", kind="Auto", subject=_fill(chance, _SUBJECTS)))
            opened = emails[-1].subject if chance.random() < 0.5 else None
        elif draw < 0.5:
            emails.append(_written(chance, entry, inbound=inbound))
        elif draw < 0.92:
            words = _fill(chance, _ASKS if inbound else _REPLIES)
            texts.append(Text(**entry, direction=_direction(inbound=inbound), kind="Manual", content=words))
        else:
            calls.append(_call(chance, entry, index, inbound=inbound))


def _written(chance: random.Random, entry: dict[str, Any], *, inbound: bool) -> Email:
    subject = ("Re: " if inbound else "") + _fill(chance, _WRITTEN)
    return Email(**entry, direction=_direction(inbound=inbound), kind="Manual", subject=subject)


def _call(chance: random.Random, entry: dict[str, Any], index: int, *, inbound: bool) -> Call:
    talked = chance.random() < 0.6
    return Call(
        **entry,
        direction=_direction(inbound=inbound),
        kind="Manual",
        call_id=480213577290000 + index,
        dialer_id=400000100000 + index,
        phone="+16125550109",
        outcome="Talked" if talked else "NoAnswer",
        status="Completed" if talked else "Missed" if inbound else "NoAnswer",
        duration_s=chance.randrange(40, 1500) if talked else 0,
        ring_s=chance.randrange(4, 30),
        recorded=False,
        note=_fill(chance, _CALL_NOTES) if talked else "",
    )


def _direction(*, inbound: bool) -> Direction:
    return "Inbound" if inbound else "Outbound"


def _fill(chance: random.Random, patterns: tuple[str, ...]) -> str:
    return chance.choice(patterns).format(
        number=chance.randrange(2100, 4900),
        street=chance.choice(_STREETS),
        place=chance.choice(_PLACES),
        work=chance.choice(_WORK),
        when=chance.choice(_WHEN),
        price=chance.randrange(180, 640),
        tax=f"{chance.randrange(2800, 9400):,}",
        few=chance.randrange(2, 7),
    )
