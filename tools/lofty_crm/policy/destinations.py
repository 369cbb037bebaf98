"""Where a lead can be reached: the phones and addresses of the live record, each under an id of its own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from string import ascii_lowercase, ascii_uppercase

from lofty_crm.api.models import Channel, Lead, PhoneStatus
from lofty_crm.policy.characters import without_hidden

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True)
class Destination:
    """One place that a message to a lead may go to."""

    id: str
    """Derived from the value alone: reordering the record in Lofty does not aim it elsewhere."""
    channel: Channel
    value: str
    """E.164 where the phone can be read, or the email address as Lofty has it."""
    label: str
    """The value as a person reads it, such as `+1 303 555 0101`."""
    primary: bool
    """True for the first of its channel: Lofty's own choice when none is named."""
    status: PhoneStatus | None = None


def destinations(lead: Lead) -> tuple[Destination, ...]:
    """Return the lead's phones, then its addresses, each once, in Lofty's order."""
    found: dict[str, Destination] = {}
    for each in (*_phones(lead), *_emails(lead)):
        found.setdefault(_digest(each.value), each)
    length = next(n for n in (6, 12, 64) if len({digest[:n] for digest in found}) == len(found))
    return tuple(replace(each, id=each.id + digest[:length]) for digest, each in found.items())


def phone_label(number: str) -> str:
    """Return a phone number as a person reads it; what is not a North American number stays as it is."""
    digits = number.removeprefix("+1")
    if len(digits) == 10 and digits.isascii() and digits.isdigit() and number.startswith("+1"):
        return f"+1 {digits[:3]} {digits[3:6]} {digits[6:]}"
    return without_hidden(number)[0]


def _phones(lead: Lead) -> Iterator[Destination]:
    for place, phone in enumerate(phone for phone in lead.phones if phone.number.strip()):
        yield Destination("p-", Channel.SMS, phone.number, phone_label(phone.number), place == 0, phone.status)


def _emails(lead: Lead) -> Iterator[Destination]:
    for place, email in enumerate(email for email in lead.emails if email.strip()):
        yield Destination("e-", Channel.EMAIL, email, without_hidden(email)[0], place == 0)


def ascii_lower(value: str) -> str:
    """Return an address without regard to the case of its ASCII letters: `ß` and `ss` are two addresses."""
    return value.translate(_LOWER)


def _digest(value: str) -> str:
    return hashlib.sha256(ascii_lower(value).encode("utf-8", "surrogatepass")).hexdigest()
