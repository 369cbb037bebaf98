"""What stands around a message and is not the lead's own: who sends it, who is called alike, whose words were read."""

from dataclasses import dataclass, field

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError
from lofty_crm.api.models import Lead
from lofty_crm.policy.facts import OtherLead, Sender
from lofty_crm.policy.folding import fold

ALIKE = 25
"""Leads looked at for the same name."""


@dataclass(frozen=True)
class Around:
    """As far as known; what cannot be read is left out, since none of it decides whether a lead may be contacted."""

    sender: Sender = field(default_factory=Sender)
    namesakes: int = 0
    others: tuple[OtherLead, ...] = ()


class Surroundings:
    """Looks around once a lead, and asks who the sender is once."""

    def __init__(self, lofty: Lofty) -> None:
        self._lofty = lofty
        self._sender: Sender | None = None
        self._namesakes: dict[str, int] = {}

    async def of(self, lead: Lead | None, lead_id: str) -> Around:
        """Return what stands around a message to this lead."""
        async with anyio.create_task_group() as tasks:
            if self._sender is None:
                tasks.start_soon(self._ask_who_sends)
            if lead and lead_id not in self._namesakes:
                tasks.start_soon(self._count_namesakes, lead)
        return Around(self._sender or Sender(), self._namesakes.get(lead_id, 0), self._others(lead_id))

    async def _ask_who_sends(self) -> None:
        try:
            name = (await self._lofty.me()).name.strip()
        except LoftyError:
            return
        self._sender = Sender(names=tuple(dict.fromkeys(part for part in (name, *name.split()[:1]) if part)))

    async def _count_namesakes(self, lead: Lead) -> None:
        try:
            found, _ = await self._lofty.leads(lead.name, limit=ALIKE)
        except (LoftyError, ValueError):
            return
        self._namesakes[lead.id] = sum(other.id != lead.id and fold(other.name) == fold(lead.name) for other in found)

    def _others(self, lead_id: str) -> tuple[OtherLead, ...]:
        return tuple(
            OtherLead(
                id=lead.id,
                name=lead.name,
                phones=tuple(phone.number for phone in lead.phones),
                emails=lead.emails,
                street=lead.street,
                words=words,
            )
            for lead, words in self._lofty.remembered.others(lead_id)
        )
