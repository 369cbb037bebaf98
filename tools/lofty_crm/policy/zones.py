"""Where a lead may be, as far as the clock is concerned."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from lofty_crm.api.models import Lead
from lofty_crm.policy import geography

_NANP = re.compile(r"\+1([2-9]\d\d)[2-9]\d{6}")


@dataclass(frozen=True)
class Place:
    """A zone in which a lead may be, and what says so."""

    zone: ZoneInfo
    region: str | None
    """The state's or province's postal code; None outside the United States and Canada."""
    by: str
    """`address` or `number`."""


def places(lead: Lead | None, number: str | None = None) -> tuple[Place, ...]:
    """Return where a lead may be, most likely first; nothing when nothing says so.

    The address speaks first: its ZIP code, where that settles the zone, else all zones of its state. Numbers may be
    anywhere in their state, or have moved on: they add all zones of it. Toll-free and unreadable numbers add nothing.

    Args:
        lead: None when there is only a number to go by.
        number: E.164; considered alone, where given, instead of all of the lead's phones.
    """
    numbers = (number,) if number else tuple(phone.number for phone in lead.phones) if lead else ()
    found = [*(_by_address(lead) if lead else ()), *(place for each in numbers for place in _by_number(each))]
    return tuple(dict.fromkeys(found))


def candidate_zones(lead: Lead | None, number: str | None = None) -> tuple[ZoneInfo, ...]:
    """Return the zones of `places`, each once, most likely first."""
    return tuple(dict.fromkeys(place.zone for place in places(lead, number)))


def likeliest_zone(lead: Lead | None, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the zone in which a lead most likely is, or `otherwise` when nothing says so."""
    return next(iter(candidate_zones(lead)), otherwise)


@cache
def nationwide() -> tuple[Place, ...]:
    """Return every zone of the fifty states: where someone may be of whom nothing is known."""
    return tuple(Place(ZoneInfo(name), None, "nothing") for name in geography.NATIONWIDE)


def _by_address(lead: Lead) -> Iterator[Place]:
    zip_code = lead.zip_code or ""
    stated = geography.region_named(lead.state or "")
    by_zip = geography.region_of_zip(zip_code)
    for region in dict.fromkeys(region for region in (by_zip, stated) if region):
        yield from _in_zones(geography.zones_of(region, zip_code), region, "address")


def _by_number(number: str) -> Iterator[Place]:
    if number.startswith("+1"):
        found = _NANP.fullmatch(number)
        for region in geography.regions_of_area_code(found[1]) if found else ():
            yield from _in_zones(geography.zones_of(region), region, "number")
    elif number.startswith("+"):
        yield from _in_zones(_zones_abroad(number), None, "number")


def _in_zones(names: Iterable[str], region: str | None, by: str) -> Iterator[Place]:
    return (Place(ZoneInfo(name), region, by) for name in names)


def _zones_abroad(number: str) -> tuple[str, ...]:
    # Heavy, and needed for the rare lead with a foreign number.
    from phonenumbers import NumberParseException, parse  # noqa: PLC0415
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    try:
        names = time_zones_for_number(parse(number))
    except NumberParseException:
        return ()
    return tuple(name for name in names if name != "Etc/Unknown")
