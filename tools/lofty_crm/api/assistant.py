"""Lofty's own sales assistant, which answers leads by itself."""

from lofty_crm.api import fields as f
from lofty_crm.api.errors import NoEndpointError, NotFoundError
from lofty_crm.api.fields import Row
from lofty_crm.api.ids import canonical_decimal
from lofty_crm.api.transport import Request, Transport, path_of


async def works(transport: Transport, lead_id: str) -> bool:
    """Return whether the assistant is working a lead and was not told to leave it alone.

    Lofty's specification (August 2026) declares an object for the first question, and its prose a boolean: both are
    understood, and "no such thing" as no. The second answer is a boolean in a string.
    """
    lead_id = canonical_decimal(lead_id)
    working = Request("GET", path_of("v2.0", "sales-agents", "working-lead", lead_id), "lead")
    try:
        answer = await transport.read(working)
    except (NotFoundError, NoEndpointError):
        return False
    if not (answer is True or (isinstance(answer, dict) and _names(f.row_of(answer, "data"), lead_id))):
        return False
    muted = Request("GET", path_of("v2.0", "sales-agent", "lead", "mute-status"), "lead", {"leadId": lead_id})
    return not f.flag(f.row_of(await transport.read(muted), "data"), "mute")


def _names(row: Row, lead_id: str) -> bool:
    return row.get("data") is True or f.ident(row, "leadId") == lead_id
