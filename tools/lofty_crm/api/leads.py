"""Finding and fetching leads."""

import difflib
import re
import unicodedata

from lofty_crm.api import fields as f
from lofty_crm.api import parse
from lofty_crm.api.ids import canonical_decimal
from lofty_crm.api.models import Lead
from lofty_crm.api.phones import e164
from lofty_crm.api.transport import Request, Transport, path_of

MOST_LEADS = 100
"""Lofty refuses a larger limit (code 20042, a live user)."""
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_ALIKE = 0.75


async def find(transport: Transport, query: str, *, limit: int) -> tuple[list[Lead], int | None]:
    """Return the leads that fit a name, phone or email, and how many there are in all if Lofty says so."""
    query = query.strip()
    if not query:
        raise ValueError("the query is empty")
    limit = max(1, min(limit, MOST_LEADS))
    by, value = _filter(query)
    request = Request("GET", path_of("v1.0", "leads"), "lead", {by: value, "limit": limit, "offset": 0})
    answer = await transport.read(request)
    found = [parse.lead(row) for row in f.rows_of(answer, "leads")]
    # Lofty drops a filter that it does not know and serves everybody instead (a live user)
    fitting = [lead for lead in found if _fits(lead, by, value)]
    metadata = f.row_of(answer, "_metadata", "get_metadata")
    total = f.whole(metadata, "total") if len(fitting) == len(found) else None
    return fitting[:limit], total


async def recent(transport: Transport, *, limit: int) -> list[Lead]:
    """Return the leads that were in touch last, the latest first."""
    asked = {"sort": "LastContact", "desc": True, "limit": max(1, min(limit, MOST_LEADS)), "offset": 0}
    answer = await transport.read(Request("GET", path_of("v1.0", "leads"), "lead", asked))
    return [parse.lead(row) for row in f.rows_of(answer, "leads")][:limit]


async def fetch(transport: Transport, lead_id: str) -> Lead:
    """Return one lead."""
    lead_id = canonical_decimal(lead_id)
    answer = await transport.read(Request("GET", path_of("v1.0", "leads", lead_id), "lead"))
    lead = parse.lead(f.row_of(answer, "lead"))
    if lead.id != lead_id:
        raise f.broken()
    return lead


def _filter(query: str) -> tuple[str, str]:
    if email := _EMAIL.search(query):
        return "email", email[0].strip(".")
    phone = _PHONE.search(query)
    if phone and len(re.sub(r"\D", "", phone[0])) >= 7:
        return "phone", e164(phone[0]).removeprefix("+1").removeprefix("+")
    return "key", query


def _fits(lead: Lead, by: str, value: str) -> bool:
    if by == "email":
        return any(value.casefold() in email.casefold() for email in lead.emails)
    if by == "phone":
        return any(value in re.sub(r"\D", "", f"{phone.number} {phone.raw}") for phone in lead.phones)
    mine = _words(" ".join([lead.name, *lead.emails, *(phone.number for phone in lead.phones), *lead.tags]))
    return any(_is_among(word, mine) for word in _words(value))


def _is_among(word: str, words: list[str]) -> bool:
    return any(word in mine for mine in words) or bool(difflib.get_close_matches(word, words, n=1, cutoff=_ALIKE))


def _words(text: str) -> list[str]:
    """Return the words without case and accents: Lofty finds Smíth by "smith"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.casefold())
