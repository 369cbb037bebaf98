"""What is true of a message, in one sentence, and what to do next in another."""

from typing import Any
from zoneinfo import ZoneInfo

from mcp.server.mcpserver import Context

from lofty_crm.outbox.message import Kind, Message
from lofty_crm.outbox.states import State
from lofty_crm.policy.destinations import phone_label
from lofty_crm.policy.verdict import Finding
from lofty_tools.deps import deps
from lofty_tools.rendering import clock_time
from lofty_tools.tool import Result
from lofty_tools.untrusted import clean, one_line, quote

WORDS_SHOWN = 2_000
EXCERPT = 160
"""Characters of each message that a list shows."""


class Receipt(Result):
    """The state of a message, for a model that must not say more than is true."""

    message_id: str
    state: str
    """`awaiting_approval` while a person has to decide, else the outbox's own word."""
    kind: str
    lead_id: str
    lead: str
    to: str | None = None
    what: str
    next: str | None = None
    held_for: list[str] | None = None
    """Why a yes needs a typed reason, and what would lift it."""
    warnings: list[str] | None = None
    address: str | None = None
    drafted: str | None = None
    evidence: str | None = None
    proof: str | None = None
    words: str | None = None
    proposal: str | None = None
    """Other words for a blocked message, as a draft of its own."""
    sandbox: bool | None = None

    def text(self) -> str:
        """Return the receipt as a few lines."""
        lines = [f"{'[sandbox] ' if self.sandbox else ''}{self.state}: {self.what}"]
        lines += [f"Held: {why}" for why in self.held_for or []]
        lines += [f"Warning: {warning}" for warning in self.warnings or []]
        lines += [line for line in (self.proof, self.next) if line]
        if self.words is not None:
            lines.append(quote(self.words))
        if self.proposal is not None:
            lines += ["Without them it would read, as a new draft:", quote(self.proposal)]
        about = [f"message_id {self.message_id}", f"lead_id {self.lead_id}"]
        about += [f"to {self.address}"] if self.address else []
        about += [f"drafted {self.drafted}"] if self.drafted else []
        lines.append("; ".join(about))
        return "\n".join(lines)


class MessageList(Result):
    """Messages of the outbox, newest first."""

    messages: list[Receipt]
    waiting: bool = False
    more: bool = False

    def text(self) -> str:
        """Return one block a message."""
        if not self.messages:
            return "Nothing waits for a person." if self.waiting else "No such message in the outbox."
        shown = "\n\n".join(message.text() for message in self.messages)
        return f"{shown}\n\nThere are more: raise `limit` or name a `lead_id`." if self.more else shown


def state_of(message: Message) -> str:
    """Return the state in the word that tools, terminal and this text share."""
    if message.state is State.PENDING:
        return "awaiting_approval"
    if message.state is State.SENT and message.words.kind is Kind.NOTE_DELETION:
        return "deleted"
    return message.state.value


def describe(message: Message, zone: ZoneInfo) -> str:
    """Return what is true of a message in one sentence, with times in this zone."""
    return _say(message, zone)[0]


def receipt(message: Message, ctx: Context[Any, Any], *, words: int = 0) -> Receipt:
    """Return what is true of a message, with as many characters of its words."""
    sandbox = deps(ctx).sandbox
    page = deps(ctx).page
    what, follow = _say(
        message,
        deps(ctx).zone,
        command=deps(ctx).approve,
        on_page=page is not None and page.is_open,
    )
    pending = message.state is State.PENDING
    shown = clean(message.words.body, limit=words).text if words else None
    return Receipt(
        message_id=message.id,
        state=state_of(message),
        kind=message.words.kind.value,
        lead_id=message.words.lead_id,
        lead=one_line(message.words.lead_name),
        to=message.words.destination_id or None,
        what=what,
        next=follow,
        held_for=[_with_advice(f) for f in message.held] or None if pending else None,
        warnings=[one_line(f.text, limit=300) for f in message.warnings] or None if pending else None,
        address=_address(message),
        drafted=clock_time(message.created_at, now=deps(ctx).clock.now(), zone=deps(ctx).zone) if words else None,
        evidence=message.evidence,
        proof=_proof(message),
        words=shown,
        proposal=next((f.proposal for f in message.stops if 0 < len(f.proposal) <= WORDS_SHOWN), None),
        sandbox=sandbox or None,
    )


def _say(message: Message, zone: ZoneInfo, *, command: str = "", on_page: bool = False) -> tuple[str, str | None]:
    noun, done, leaves = _nouns(message)
    whom = one_line(message.words.lead_name)
    deletion = message.words.kind is Kind.NOTE_DELETION
    page = "on the approval page, which was opened in their browser, or " if on_page else ""
    needs = ", with a typed reason," if message.held else ""
    by_hand = f"The user can say yes{needs} or no {page}with `{command} {message.id}` in a terminal."
    reason = one_line(message.reason, limit=400).rstrip(".")
    match message.state:
        case State.PENDING:
            why = f" ({reason})" if reason else ""
            waits = f"The {'deletion of the ' if deletion else ''}{noun} {whom} waits for a person's yes"
            return f"{waits}; nothing was {done}{why}.", by_hand
        case State.APPROVED:
            return (
                f"Approved, not yet {done}: {reason or f'it {leaves} in a moment'}.",
                f"It {leaves} by itself while the approval lasts. Check with `get_message`; do not call again.",
            )
        case State.SENDING:
            return f"The {noun} {whom} is being {done}.", "Check with `get_message` in a few seconds."
        case State.SENT:
            at = message.claimed_at or message.updated_at
            return f"The {noun} {whom} was {done} once, on {clock_time(at, now=at, zone=zone)}.", None
        case State.FAILED:
            return f"Not {done}. {reason}.", "Tell the user; after the cause is mended the same call asks again."
        case State.UNKNOWN:
            return (
                f"It is not known whether the {noun} {whom} was {done}: {reason}.",
                "Do not try again. Lofty's history is being read; check with `get_message` in a minute.",
            )
        case State.NOT_SEEN:
            seen = "is still in Lofty" if deletion else "does not appear in Lofty's history"
            return (
                f"The {noun} {whom} {seen}, so it was probably not {done}.",
                "Tell the user; the same call asks again."
                if deletion
                else "Tell the user, who decides whether to write again in Lofty.",
            )
        case State.MISMATCH:
            return (
                f"ALARM: Lofty says it used another destination than the approved one for the {noun} {whom}.",
                "Tell the user at once; they should look at the lead in Lofty.",
            )
        case State.REJECTED:
            return f"A person said no; nothing was {done}.", "Ask the user what to change."
        case State.EXPIRED:
            return f"Nobody decided in time; nothing was {done}.", None
        case State.CANCELLED:
            return f"Withdrawn; nothing was {done}.", None
        case State.BLOCKED:
            advice = " ".join(dict.fromkeys(f.advice for f in message.stops if f.advice))
            return f"Not allowed; nothing was {done}. {reason}.", advice or "Tell the user why."


def _with_advice(finding: Finding) -> str:
    return " ".join(part for part in (one_line(finding.text, limit=300), finding.advice) if part)


def _nouns(message: Message) -> tuple[str, str, str]:
    """Return what it is, what has been done once it has left, and what it does then."""
    match message.words.kind:
        case Kind.SMS:
            return "text to", "sent", "goes out"
        case Kind.EMAIL:
            return "email to", "sent", "goes out"
        case Kind.NOTE_DELETION:
            return "note about", "deleted", "is deleted"


def _address(message: Message) -> str | None:
    if message.words.kind is Kind.NOTE_DELETION or not message.words.destination:
        return None
    return one_line(phone_label(message.words.destination), limit=100)


def _proof(message: Message) -> str | None:
    """Return what shows that a message has left, in words; None for one that has not."""
    if message.state is not State.SENT or not message.evidence:
        return None
    if message.evidence.startswith("answer:"):
        given = f" (its id of the message: {one_line(message.lofty_message_id)})" if message.lofty_message_id else ""
        return f"Lofty confirmed it{given}."
    match message.words.kind:
        case Kind.SMS:
            return "Lofty did not confirm it, but its history shows a text with these words from that time."
        case Kind.EMAIL:
            return "Lofty did not confirm it, but its history shows that an email with this subject left at that time."
        case Kind.NOTE_DELETION:
            return "Lofty did not confirm it, but the note is gone."
