"""What stands around a message beside the lead's texts: other words of the lead's, who sends, who is called alike.

Read when a draft is made, at most once in two minutes for a lead, at the same time as the lead and the texts: the
email events, the notes, the logged calls and texts, the texts of other leads with the same number, and whether Lofty's
sales assistant is working the lead.
Transcripts count as far as this process has read them for somebody. Just before sending only the lead, the texts and,
for an email, the email events are read again: few requests, which Lofty's limit leaves room for; what the rest said
when the message was drafted still counts then. None of it is waited for longer than five seconds, and what cannot be
read is said and stops nothing: the texts, which decide, are read strictly by `drafting.look`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError, NoEndpointError
from lofty_crm.api.models import Channel, Email, Lead, ManualLog, PhoneStatus
from lofty_crm.clock import Clock
from lofty_crm.outbox.drafting import MOST_ROWS, every_row, require_absent
from lofty_crm.policy.facts import OtherLead, Said, Sender, Source
from lofty_crm.policy.folding import fold

ALIKE = 25
"""Leads looked at for the same name."""
NUMBERS = 3
"""Numbers of a lead that are looked for under other leads."""
LOGS = 100
"""Logged calls, and as many logged texts, that are looked at: the newest."""
SMALL_LIMIT = 30
"""Requests a minute: accounts with fewer (a live user had 10) spend none on logs and the assistant."""
KEPT = timedelta(minutes=2)
OFF_LIMITS = {PhoneStatus.DNC_NUMBER, PhoneStatus.DNC_CONTACT}
_LEAVE_ALONE = {"DNCContact", "DNCNumber"}
PATIENCE_S = 5.0


@dataclass(frozen=True)
class Around:
    """As far as known; what cannot be read is left out, since none of it alone decides about a message."""

    sender: Sender = field(default_factory=Sender)
    namesakes: int = 0
    others: tuple[OtherLead, ...] = ()
    said: tuple[Said, ...] = ()
    unread: tuple[Source, ...] = ()
    sales_assistant: bool = False


@dataclass
class Heard:
    """What was read of one lead."""

    lead_id: str
    at: datetime
    said: dict[Source, tuple[Said, ...]] = field(default_factory=dict[Source, tuple[Said, ...]])
    sales_assistant: bool | None = None


class Surroundings:
    """Looks around each lead, and asks who the sender is once."""

    def __init__(self, lofty: Lofty, clock: Clock) -> None:
        self._lofty = lofty
        self._clock = clock
        self._sender: Sender | None = None
        self._namesakes: dict[str, int] = {}
        self._heard: dict[str, Heard] = {}
        self._reads: dict[Source, Callable[[str], Awaitable[tuple[Said, ...]]]] = {
            "email": self._emails,
            "note": self._notes,
            "log": self._logs,
        }

    def heard(self, lead_id: str) -> Heard:
        """Return what is still good of what was read of a lead, for `hear` to complete."""
        now = self._clock.now()
        self._heard = {each: heard for each, heard in self._heard.items() if abs(now - heard.at) < KEPT}
        return self._heard.setdefault(lead_id, Heard(lead_id, now))

    async def hear(self, heard: Heard) -> None:
        """Read what is lacking and needs no more than the lead's id; it never fails."""
        if (limits := self._lofty.limits) and limits.limit < SMALL_LIMIT:
            heard.said.setdefault("log", ())
            heard.said.setdefault("other_number", ())
            heard.sales_assistant = bool(heard.sales_assistant)
        async with anyio.create_task_group() as tasks:
            for source in self._reads.keys() - heard.said.keys():
                tasks.start_soon(self._listen, heard, source)
            if heard.sales_assistant is None:
                tasks.start_soon(self._ask_for_assistant, heard)
            if self._sender is None:
                tasks.start_soon(self._ask_who_sends)

    async def of(self, lead: Lead | None, heard: Heard) -> Around:
        """Return what stands around a message to a lead, of whom this was heard."""
        lead_id = heard.lead_id
        if lead:
            async with anyio.create_task_group() as tasks:
                if lead_id not in self._namesakes:
                    tasks.start_soon(_in_time, lambda: self._count_namesakes(lead))
                if "other_number" not in heard.said:
                    tasks.start_soon(_in_time, lambda: self._hear_twins(lead, heard))
        sources: tuple[Source, ...] = (*self._reads, *(("other_number",) if lead else ()))
        calls = tuple(Said("transcript", words, at) for words, at in self._lofty.remembered.said_on_calls(lead_id))
        return Around(
            sender=self._sender or Sender(),
            namesakes=self._namesakes.get(lead_id, 0),
            others=self._others(lead_id),
            said=(*calls, *(said for source in sources for said in heard.said.get(source, ()))),
            unread=tuple(source for source in sources if source not in heard.said),
            sales_assistant=bool(heard.sales_assistant),
        )

    async def _listen(self, heard: Heard, source: Source) -> None:
        async def read() -> None:
            heard.said[source] = await self._reads[source](heard.lead_id)

        await _in_time(read)

    async def _emails(self, lead_id: str) -> tuple[Said, ...]:
        try:
            return in_emails(await every_row(self._lofty.emails, lead_id))
        except NoEndpointError:  # the public guide has no history of emails, but a timeline with their subjects
            rows = await self._lofty.activities(lead_id, limit=MOST_ROWS)
            emails = [row for row in rows if row.channel is Channel.EMAIL and row.direction == "inbound"]
            return tuple(Said("email", words, row.at) for row in emails for words in (row.subject, row.text) if words)

    async def _notes(self, lead_id: str) -> tuple[Said, ...]:
        notes = await self._lofty.notes(lead_id)
        return tuple(Said("note", note.content, note.updated_at or note.created_at) for note in notes)

    async def _logs(self, lead_id: str) -> tuple[Said, ...]:
        try:
            texts = await self._lofty.manual_logs(lead_id, Channel.SMS, limit=LOGS)
            calls = await self._lofty.manual_logs(lead_id, Channel.CALL, limit=LOGS)
        except NoEndpointError as error:  # nor does it list what was logged
            await require_absent(self._lofty, error)
            return ()
        return tuple(Said("log", _logged(log), log.at) for log in (*texts, *calls))

    async def _ask_for_assistant(self, heard: Heard) -> None:
        async def ask() -> None:
            heard.sales_assistant = await self._lofty.sales_assistant_works(heard.lead_id)

        await _in_time(ask)

    async def _ask_who_sends(self) -> None:
        async def ask() -> None:
            name = (await self._lofty.me()).name.strip()
            self._sender = Sender(names=tuple(dict.fromkeys(part for part in (name, *name.split()[:1]) if part)))

        await _in_time(ask)

    async def _count_namesakes(self, lead: Lead) -> None:
        found, _ = await self._lofty.leads(lead.name, limit=ALIKE)
        self._namesakes[lead.id] = sum(other.id != lead.id and fold(other.name) == fold(lead.name) for other in found)

    async def _hear_twins(self, lead: Lead, heard: Heard) -> None:
        """Read what came in under other leads with a number of this one: it may be the same person's telephone."""
        said: list[Said] = []
        numbers = list(dict.fromkeys(phone.number for phone in lead.phones))[:NUMBERS]
        for number in numbers:
            found, _ = await self._lofty.leads(number, limit=ALIKE)
            for twin in found:
                own = [phone for phone in twin.phones if phone.number == number]
                if twin.id == lead.id or not own:
                    continue
                if twin.cannot_text or any(phone.status in OFF_LIMITS for phone in own):
                    said.append(Said("other_number", f"DNC, says the record of lead {twin.id}", None))
                texts = await every_row(self._lofty.texts, twin.id)
                said += [Said("other_number", t.body, t.at) for t in texts if t.direction == "inbound" and t.body]
        heard.said["other_number"] = tuple(said)

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


def _logged(log: ManualLog) -> str:
    """Return what was written down, and the outcome that says not to call again in other words than those."""
    return f"{log.content}\nDNC" if log.outcome in _LEAVE_ALONE else log.content


def in_emails(emails: Iterable[Email]) -> tuple[Said, ...]:
    """Return what the lead's emails say, as far as Lofty tells: their subjects."""
    return tuple(Said("email", e.subject, e.at) for e in emails if e.direction == "inbound" and e.subject)


async def _in_time(read: Callable[[], Awaitable[None]]) -> None:
    """Do without what cannot be read, or not soon."""
    with anyio.move_on_after(PATIENCE_S):
        try:
            await read()
        except (LoftyError, ValueError):
            return
