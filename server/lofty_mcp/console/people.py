"""What Lofty says now about the lead of a message: who it is, what time it is there, what was said last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError
from lofty_crm.api.models import Channel, Lead
from lofty_crm.outbox.drafting import shown_name
from lofty_crm.outbox.message import Kind, Message
from lofty_crm.policy.destinations import destinations, phone_label
from lofty_crm.policy.zones import places
from lofty_mcp.console.visible import Line, lines
from lofty_tools.merging import Entry
from lofty_tools.rendering import ago, clock_time, moment
from lofty_tools.timeline import Reading, Window
from lofty_tools.untrusted import clean

REMEMBERED_FOR = timedelta(minutes=1)
"""How long a page shows what was read of a lead. Each read takes eight requests of the hundred that Lofty allows in a
minute, and a page with five messages is looked at again after each answer; an answer itself reads anew."""
_ENTRIES = 12
_THREAD = 3
_WORDS = 600
_AT_ONCE = 4
_NOUNS = {"sms": "Text", "email": "Email"}


@dataclass(frozen=True)
class Spoken:
    """One earlier message, as the page shows it."""

    who: str
    when: str
    inbound: bool
    lines: list[Line]
    remarks: str


@dataclass(frozen=True)
class Live:
    """A lead as Lofty has it at this moment."""

    trouble: str = ""
    """Why the rest is empty: Lofty could not be asked."""
    renamed: str = ""
    """What Lofty calls the lead now, if that is not what the message says."""
    places: tuple[str, ...] = ()
    """Every destination of the message's channel that is in the lead's record, in full."""
    moved: bool = False
    """Whether the message's own is no longer among them."""
    local_time: str = ""
    zone: str = ""
    last_heard: str = ""
    last_spoke: str = ""
    thread: tuple[Spoken, ...] = ()
    newest: str = ""
    """Marks the newest thing that the lead said or did: when it changes, the person has not read all."""


@dataclass(frozen=True)
class _Read:
    """What was read of a lead, and when."""

    at: datetime
    lead: Lead | None
    entries: list[Entry]
    not_read: list[str]


class People:
    """Reads leads for the page."""

    def __init__(self, lofty: Lofty, zone: ZoneInfo) -> None:
        self._lofty = lofty
        self._zone = zone
        self._room = anyio.CapacityLimiter(_AT_ONCE)
        self._read: dict[str, _Read] = {}
        self._turns: dict[str, anyio.Lock] = {}

    async def behind(self, message: Message, now: datetime, *, anew: bool) -> Live:
        """Return what is known of the lead that a message is for; a failure to read is told, not raised.

        Args:
            message: whose lead is meant.
            now: the present moment.
            anew: asks Lofty even if the lead was read less than `REMEMBERED_FOR` ago.
        """
        lead_id = message.words.lead_id
        try:
            async with self._turns.setdefault(lead_id, anyio.Lock()):
                self._forget(now)
                read = None if anew else self._read.get(lead_id)
                if read is None:
                    read = await self._of(lead_id, now)
                    if not read.not_read:
                        self._read[lead_id] = read
        except LoftyError as error:
            return Live(trouble=f"Lofty could not be asked about this lead just now ({error}).")
        lead, entries = read.lead, read.entries
        zone = self._zone
        local_time, said = "", "Unknown: neither an address nor a number tells."
        if found := places(lead, message.words.destination if message.words.kind is Kind.SMS else None):
            zone = found[0].zone
            others = [place.zone.key for place in found if place.zone != zone]
            maybe = f"; or {', '.join(dict.fromkeys(others))}" if others else ""
            local_time = clock_time(now, now=now, zone=zone)
            said = f"{zone.key}, from the {found[0].by}{maybe}"
        heard = next((entry for entry in entries if entry.direction == "inbound"), None)
        spoke = entries[0] if entries else None
        return Live(
            trouble=" ".join(read.not_read),
            renamed=_renamed(message, lead),
            places=_places(message, lead),
            moved=_moved(message, lead),
            local_time=local_time,
            zone=said,
            last_heard=ago(now - heard.at) if heard and heard.at else "",
            last_spoke=ago(now - spoke.at) if spoke and spoke.at else "",
            thread=tuple(self._spoken(entry, now, zone) for entry in entries if entry.channel != "call")[:_THREAD],
            newest=f"{heard.channel}:{heard.id}" if heard else "nothing",
        )

    def _forget(self, now: datetime) -> None:
        self._read = {lead: read for lead, read in self._read.items() if now - REMEMBERED_FOR < read.at <= now}

    async def _of(self, lead_id: str, now: datetime) -> _Read:
        window = Window(channels=frozenset({"sms", "email", "call"}), since=-1, until=None, limit=_ENTRIES, after=None)
        reading = Reading(self._lofty, lead_id, window)
        async with self._room:
            entries, _more = await reading.page()
        return _Read(now, reading.lead, entries, reading.not_read)

    def _spoken(self, entry: Entry, now: datetime, zone: ZoneInfo) -> Spoken:
        words = clean(entry.text or entry.subject or "", limit=_WORDS)
        author = (
            "From the lead" if entry.direction == "inbound" else "Automatic" if entry.origin == "auto" else "From you"
        )
        subject = ", subject only" if entry.channel == "email" and not entry.text else ""
        return Spoken(
            who=f"{_NOUNS.get(entry.channel, entry.channel)} {author[0].lower()}{author[1:]}{subject}",
            when=moment(entry.at, now=now, zone=zone),
            inbound=entry.direction == "inbound",
            lines=lines(words.text),
            remarks=words.remarks,
        )


def destination_label(message: Message) -> str:
    """Return the full place that a message goes to, as a person reads it."""
    words = message.words
    match words.kind:
        case Kind.NOTE_DELETION:
            return f"note {words.destination}"
        case Kind.SMS if words.destination:
            return phone_label(words.destination)
        case _:
            return words.destination or "the place that Lofty itself will choose, unseen"


def _renamed(message: Message, lead: Lead | None) -> str:
    name = shown_name(lead, message.words.lead_id) if lead else message.words.lead_name
    return name if name != message.words.lead_name else ""


def _places(message: Message, lead: Lead | None) -> tuple[str, ...]:
    if lead is None or message.words.kind is Kind.NOTE_DELETION:
        return ()
    return tuple(each.value for each in destinations(lead) if each.channel is Channel(message.words.kind))


def _moved(message: Message, lead: Lead | None) -> bool:
    words = message.words
    if lead is None or not words.destination or words.kind is Kind.NOTE_DELETION:
        return False
    return words.destination not in _places(message, lead)
