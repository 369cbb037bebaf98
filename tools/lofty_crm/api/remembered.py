"""The leads that were read lately, and their words: what must not slip into a message to somebody else."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

from lofty_crm.api.models import Call, CallSummary, Lead, Text

T = TypeVar("T")
_NEVER = datetime.min.replace(tzinfo=UTC)
LEADS = 200
TEXTS = 50
"""Of a lead's texts: the newest."""
CALLS = 2_000
"""Calls of which is known whose they are."""
TRANSCRIPTS = 40
LONGEST = 200_000
"""Characters kept of one transcript; an hour of talk has about 50,000."""


class Remembered:
    """Kept in memory only, for as long as the client lives."""

    def __init__(self) -> None:
        self._leads: OrderedDict[str, Lead] = OrderedDict()
        self._texts: OrderedDict[str, tuple[Text, ...]] = OrderedDict()
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._talks: OrderedDict[str, tuple[Call, str]] = OrderedDict()
        self.transcripts_asked: dict[str, datetime] = {}
        """When Lofty was asked to transcribe a call, by the call's id: it may take a while before it says so itself."""

    def lead(self, lead: Lead) -> None:
        """Remember a lead's record."""
        _keep(self._leads, lead.id, lead, LEADS)

    def texts(self, lead_id: str, texts: Iterable[Text], *, more: bool = False) -> None:
        """Remember what a lead wrote last; `more` when these are not the first rows of the history."""
        known = self._texts.get(lead_id, ()) if more else ()
        own = [*known, *(text for text in texts if text.direction == "inbound" and text.body)]
        own.sort(key=lambda text: text.at or _NEVER, reverse=True)
        _keep(self._texts, lead_id, tuple(own[:TEXTS]), LEADS)

    def calls(self, calls: Iterable[Call]) -> None:
        """Remember whose calls these are, and the words that came with them."""
        for call in calls:
            bare = call.model_copy(update={"transcript": None, "summary": None})
            for record_id in {call.id, call.recording_id or call.id}:
                _keep(self._calls, record_id, bare, CALLS)
            self._talk(bare, call.transcript, call.summary)

    def call_summary(self, record_id: str, summary: CallSummary) -> None:
        """Remember the words of a call, if it is known whose it was."""
        if call := self._calls.get(record_id):
            self._talk(call, summary.text, summary.summary)

    def known(self, lead_id: str) -> Lead | None:
        """Return the record of a lead as it was last read; None if it was not, or long ago."""
        return self._leads.get(lead_id)

    def others(self, lead_id: str) -> list[tuple[Lead, tuple[str, ...]]]:
        """Return the leads remembered beside this one, with their words."""
        others = (lead for lead in self._leads.values() if lead.id != lead_id)
        return [(lead, tuple(text.body or "" for text in self._texts.get(lead.id, ()))) for lead in others]

    def said_on_calls(self, lead_id: str) -> list[tuple[str, datetime | None]]:
        """Return the words of a lead's calls that were read, and when each call was."""
        return [(words, call.at) for call, words in self._talks.values() if call.lead_id == lead_id]

    def _talk(self, call: Call, *words: str | None) -> None:
        if said := "\n".join(each for each in words if each):
            _keep(self._talks, call.id, (call, said[:LONGEST]), TRANSCRIPTS)


def _keep(shelf: OrderedDict[str, T], key: str, value: T, most: int) -> None:
    shelf[key] = value
    shelf.move_to_end(key)
    while len(shelf) > most:
        shelf.popitem(last=False)
