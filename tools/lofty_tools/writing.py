"""What the tools that write have in common: the words that go to Lofty, and the receipt for them."""

from collections.abc import Callable
from typing import Any, Literal

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import BrokenAnswerError, NoAnswerError, NoEndpointError, ServerError
from lofty_crm.api.models import Lead
from lofty_crm.policy.characters import without_hidden
from lofty_tools.tool import Result

UNCERTAIN = (NoAnswerError, ServerError, BrokenAnswerError)
"""Failures after which Lofty may have made the change, or not."""


LABEL = "Logged by the assistant."
"""Stands in every logged contact, at the end of its first line, since Lofty shows the key's owner as its author."""


class Written(Result):
    """Evidence of a change that Lofty made."""

    state: Literal["created", "updated", "logged"]
    what: str
    lead_id: str
    note_id: str | None = None
    sandbox: bool | None = None

    def text(self) -> str:
        """Return the receipt in one line."""
        return f"{'[sandbox] ' if self.sandbox else ''}{self.state}: {self.what}"


def fitting(limit: int) -> Callable[[str], str]:
    """Return the check of a text that is to be written: not blank, and not so long that Lofty would cut it.

    The text comes out without hidden characters, its lines ended by line feeds. It is counted in UTF-16 units, since
    Lofty is believed to count so: what fits then fits by any other count too.
    """

    def check(text: str) -> str:
        kept = without_hidden("\n".join(text.splitlines()))[0].strip()
        if not kept:
            raise ValueError("must not be blank")
        if (length := units(kept)) > limit:
            raise ValueError(
                f"has {length:,} characters, but Lofty keeps {limit:,} and drops the rest: shorten or split it"
            )
        return kept

    return check


def without_label(text: str) -> tuple[str, bool]:
    """Return the text of a logged contact without the label, and whether it had it: the assistant logged it then."""
    first, _, rest = text.partition("\n")
    if not first.endswith(LABEL):
        return text, False
    return "\n".join(part for part in (first.removesuffix(LABEL).rstrip(), rest) if part), True


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def leave_out_default(schema: dict[str, Any]) -> None:
    """Take the null default of an optional argument out of its schema: models send what they see there."""
    schema.pop("default", None)


async def known_lead(lofty: Lofty, lead_id: str) -> Lead | None:
    """Return the lead's record; None when the account has no lead endpoint at all (the guide names none)."""
    try:
        return await lofty.lead(lead_id)
    except NoEndpointError:
        return None
