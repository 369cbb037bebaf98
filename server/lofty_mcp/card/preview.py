"""What the card shows of a message: the same as the approval page, without what has to be asked of Lofty."""

from dataclasses import dataclass

from lofty_crm.outbox.message import Kind, Message
from lofty_crm.outbox.states import State
from lofty_mcp.console.cards import card_of
from lofty_mcp.console.outcomes import MOVING, outcome_of
from lofty_mcp.console.people import Live
from lofty_mcp.console.visible import Line
from lofty_mcp.console.wording import FINDING_LABELS, said_of
from lofty_tools.deps import Deps
from lofty_tools.rendering import clock_time
from lofty_tools.untrusted import one_line

_LONGEST = 400


@dataclass(frozen=True)
class Mention:
    """Something to mind."""

    weight: str
    label: str
    text: str


@dataclass(frozen=True)
class Preview:
    """A card's content. Nothing of it approves anything, and all of it may be read by a model."""

    id: str
    heading: str
    title: str
    tone: str
    what: str
    to: str
    lead: str
    lead_id: str
    subject: Line | None
    lines: list[Line] | None
    """None when the words are no longer kept."""
    size: str
    marked: str
    """Says that signs stand for what does not show; empty when there are none."""
    findings: list[Mention]
    hash: str
    faithful: bool
    waits: bool
    expires: str
    moving: bool
    """Whether the message may still change by itself or by a person's answer."""
    page: str | None
    """The approval page's plain address, which opens nothing by itself; None while no page is open."""
    command: str
    as_of: str
    sandbox: bool


def preview(message: Message, deps: Deps, *, page: str | None) -> Preview:
    """Return the card's content for a message as it is now."""
    now, zone = deps.clock.now(), deps.zone
    card = card_of(message, Live(), now)
    outcome = outcome_of(message, now=now, zone=zone)
    words = message.words
    waits = message.state is State.PENDING
    kept = bool(message.question)
    return Preview(
        id=message.id,
        heading=one_line(card.heading, limit=_LONGEST),
        title=outcome.title,
        tone=outcome.tone,
        what=one_line(" ".join([outcome.what, *outcome.further]), limit=4 * _LONGEST),
        to=card.destination,
        lead=one_line(words.lead_name),
        lead_id=words.lead_id,
        subject=card.subject if kept and words.kind is Kind.EMAIL else None,
        lines=card.lines if kept else None,
        size=card.size if kept else "",
        marked=card.marked if kept else "",
        findings=[
            Mention(each.weight.value, FINDING_LABELS[each.weight.value], one_line(said_of(each), limit=2 * _LONGEST))
            for each in card.findings
            if waits
        ],
        hash=card.short_hash,
        faithful=card.faithful or not kept,
        waits=waits,
        expires=card.expires if waits else "",
        moving=waits or message.state in MOVING,
        page=page if waits else None,
        command=f"{deps.approve} {message.id}" if waits else "",
        as_of=clock_time(now, now=now, zone=zone),
        sandbox=deps.sandbox,
    )
