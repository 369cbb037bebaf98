"""The leads that were read lately, and their words: what must not slip into a message to somebody else."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from lofty_crm.api.models import Lead, Text

T = TypeVar("T")
LEADS = 20
TEXTS = 50


class Remembered:
    """Kept in memory only, for as long as the client lives."""

    def __init__(self) -> None:
        self._leads: OrderedDict[str, Lead] = OrderedDict()
        self._words: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self.transcripts_asked: dict[str, datetime] = {}
        """When Lofty was asked to transcribe a call, by the call's id: it may take a while before it says so itself."""

    def lead(self, lead: Lead) -> None:
        """Remember a lead's record."""
        _keep(self._leads, lead.id, lead)

    def texts(self, lead_id: str, texts: Iterable[Text]) -> None:
        """Remember what a lead wrote."""
        words = [text.body for text in texts if text.direction == "inbound" and text.body]
        _keep(self._words, lead_id, tuple(words[:TEXTS]))

    def known(self, lead_id: str) -> Lead | None:
        """Return the record of a lead as it was last read; None if it was not, or long ago."""
        return self._leads.get(lead_id)

    def others(self, lead_id: str) -> list[tuple[Lead, tuple[str, ...]]]:
        """Return the leads remembered beside this one, with their words."""
        return [(lead, self._words.get(lead.id, ())) for lead in self._leads.values() if lead.id != lead_id]


def _keep(shelf: OrderedDict[str, T], lead_id: str, value: T) -> None:
    shelf[lead_id] = value
    shelf.move_to_end(lead_id)
    while len(shelf) > LEADS:
        shelf.popitem(last=False)
