"""Putting the outbox's own counts beside what Lofty says, for the rules to judge."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from lofty_crm.api.models import Channel
from lofty_crm.outbox import journal
from lofty_crm.outbox.drafting import Seen
from lofty_crm.outbox.message import Kind, Message, Words
from lofty_crm.outbox.states import State
from lofty_crm.outbox.surroundings import Around
from lofty_crm.policy.destinations import Destination
from lofty_crm.policy.facts import Facts, Sender, SendHistory
from lofty_crm.policy.folding import fold
from lofty_crm.policy.review import review
from lofty_crm.policy.verdict import Finding, Weight

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

UNSETTLED = Finding(
    "same_words_unsettled",
    Weight.STOP,
    "It is not known yet whether the same words to this lead went out already.",
    "Do not try again; `get_message` tells in some minutes.",
)


def judge(
    connection: Connection,
    words: Words,
    seen: Seen,
    destination: Destination | None,
    *,
    now: datetime,
    this: Message | None = None,
    around: Around | None = None,
) -> tuple[Finding, ...]:
    """Return what the policy finds in a message at this moment; `this` is the message itself, once it is a draft."""
    if words.kind is Kind.NOTE_DELETION:
        return ()
    waiting = 0 if this else journal.count(connection, words.account, {State.PENDING})
    left = [m for m in journal.left_since(connection, words.account, now - DAY) if this is None or m.id != this.id]
    near = {
        other.words.lead_id
        for other in left
        if other.words.lead_id != words.lead_id
        and now - (other.claimed_at or now) < HOUR
        and _near(other.words.body, words.body)
    }
    same = [m for m in left if (m.words.kind, m.words.lead_id) == (words.kind, words.lead_id) and _same(m.words, words)]
    facts = Facts(
        channel=Channel(words.kind),
        lead=seen.lead,
        destination=destination,
        body=words.body,
        subject=words.subject if words.kind is Kind.EMAIL else None,
        now=now,
        texts=seen.texts,
        history=SendHistory(
            to_lead_24h=journal.count_left_since(connection, words.account, now - DAY, lead_id=words.lead_id),
            in_hour=journal.count_left_since(connection, words.account, now - HOUR),
            in_day=journal.count_left_since(connection, words.account, now - DAY),
            waiting=waiting,
            near_duplicates=len(near),
            same_words_24h=len(same),
        ),
        sender=around.sender if around else Sender(),
        namesakes=around.namesakes if around else 0,
        other_leads=around.others if around else (),
    )
    found = review(facts)
    return (UNSETTLED, *found) if any(m.state in {State.SENDING, State.UNKNOWN} for m in same) else found


def _same(one: Words, other: Words) -> bool:
    """Whether a person would call two texts the same, blanks, case and look-alike spellings apart."""
    return one.body == other.body or (fold(one.body) == fold(other.body) != "")


def _near(one: str, other: str) -> bool:
    """Whether two texts share four fifths of their words, names and numbers apart."""
    first, second = (set(text.casefold().split()) for text in (one, other))
    return bool(first and second) and len(first & second) >= 0.8 * max(len(first), len(second))
