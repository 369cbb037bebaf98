"""One waiting message as a person sees it, and the mark by which their answer is known to be about what they saw."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

import anyio

from lofty_crm.clock import Clock
from lofty_crm.outbox.drafting import payload
from lofty_crm.outbox.message import Kind, Message, Words
from lofty_crm.policy.segments import segment
from lofty_crm.policy.verdict import Finding, Weight
from lofty_mcp.console.people import Live, People, destination_label
from lofty_mcp.console.visible import Line, lines
from lofty_mcp.console.wording import gist_of
from lofty_tools.rendering import count, span_of

AT_FIRST_SIGHT = 3
_RANK = {weight: place for place, weight in enumerate(Weight)}
_VERBS = {Kind.SMS: ("Text", "Send this text"), Kind.EMAIL: ("Email", "Send this email")}


@dataclass(frozen=True)
class Card:
    """A message and everything that is shown with it."""

    message: Message
    live: Live
    heading: str
    yes: str
    destination: str
    lines: list[Line]
    subject: Line
    size: str
    findings: tuple[Finding, ...]
    """The gravest first."""
    marked: str
    """Says that signs stand for what does not show; empty when there are none."""
    faithful: bool
    """Whether the stored bytes are these words; nothing else can be approved."""
    expires: str

    @property
    def at_first_sight(self) -> tuple[Finding, ...]:
        """The findings that are shown without asking for more."""
        return self.findings[:AT_FIRST_SIGHT]

    @property
    def further(self) -> tuple[Finding, ...]:
        """The findings behind `at_first_sight`."""
        return self.findings[AT_FIRST_SIGHT:]

    @property
    def among(self) -> str:
        """Says that the lead has other numbers or addresses too; empty when this is the only one."""
        if len(self.live.places) < 2 or self.live.moved:
            return ""
        what = "numbers" if self.message.words.kind is Kind.SMS else "addresses"
        return f"one of {len(self.live.places)} {what} of this lead"

    @property
    def gist(self) -> str:
        """What tells the message from others to the same lead, in one line."""
        return gist_of(self.message)

    @property
    def short_hash(self) -> str:
        """The digest's beginning, in two groups that can be read aloud."""
        return f"{self.message.digest[:4]} {self.message.digest[4:8]}"

    @property
    def version(self) -> str:
        """Return a hash of what was shown: the question, its findings, the past approval, the lead's news and places.

        What Lofty could not be asked is left open, so that an answer does not fail for a moment's trouble.
        """
        message = self.message
        shown = [
            message.question,
            [[finding.code, finding.text] for finding in message.findings],
            message.approved_at.isoformat() if message.approved_at else "",
            message.reason,
            self.live.renamed,
            self.live.moved,
            self.live.places,
            self.live.newest,
        ]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


class Cards:
    """Makes cards, with a look at each lead."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock

    async def of(self, message: Message, *, anew: bool = False) -> Card:
        """Return the card of a message, with its lead as Lofty has it now, or, if not `anew`, had it lately."""
        now = self._clock.now()
        return card_of(message, await self._people.behind(message, now, anew=anew), now)

    async def of_all(self, messages: list[Message]) -> list[Card]:
        """Return the cards of messages, in their order."""
        made: dict[str, Card] = {}

        async def make(message: Message) -> None:
            made[message.id] = await self.of(message)

        async with anyio.create_task_group() as tasks:
            for message in messages:
                tasks.start_soon(make, message)
        return [made[message.id] for message in messages]


def card_of(message: Message, live: Live, now: datetime) -> Card:
    """Return the card of a message, with what is known now of its lead."""
    words = message.words
    what, yes = _VERBS.get(words.kind, ("Delete a note about", "Delete this note"))
    body = lines(words.body)
    # how long it is stands beside the words already
    shown = [finding for finding in message.findings if finding.code != "segments" or finding.weight is not Weight.INFO]
    return Card(
        message=message,
        live=live,
        heading=f"{what} {words.lead_name}",
        yes=yes,
        destination=destination_label(message),
        lines=body,
        subject=lines(words.subject)[0],
        size=_size(words),
        findings=tuple(sorted(shown, key=lambda finding: _RANK[finding.weight])),
        marked=_marked(sum(bool(part.name) for line in [*body, *lines(words.subject)] for part in line)),
        faithful=is_faithful(message),
        expires=span_of(message.expires_at - now) or "less than a minute",
    )


def is_faithful(message: Message) -> bool:
    """Return whether the stored bytes say exactly the words that are shown, to the place that is shown."""
    words = message.words
    said = payload(
        words.kind, lead_id=words.lead_id, destination=words.destination, body=words.body, subject=words.subject
    )
    return said == words.payload and words.digest == message.digest


def _marked(signs: int) -> str:
    if not signs:
        return ""
    what = "character that does not show is" if signs == 1 else "characters that do not show are"
    return f"{signs} {what} marked in the words."


def _size(words: Words) -> str:
    length = count(len(words.body), "character")
    if words.kind is not Kind.SMS:
        return length
    size = segment(words.body)
    forced_by = [part.text for character in size.forced_by[:5] for part in lines(character)[0]]
    why = f" because of {' '.join(forced_by)}" if forced_by else ""
    return f"{length}, {count(size.count, 'segment')} of {size.encoding}{why}"
