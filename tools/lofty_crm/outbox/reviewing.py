"""Putting the outbox's own counts beside what Lofty says, for the rules to judge."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from lofty_crm.api.models import Channel
from lofty_crm.outbox import journal
from lofty_crm.outbox.drafting import Seen
from lofty_crm.outbox.message import Kind, Message, Words
from lofty_crm.outbox.states import State
from lofty_crm.outbox.surroundings import Around, in_emails
from lofty_crm.policy.destinations import Destination
from lofty_crm.policy.facts import Facts, SendHistory, Source
from lofty_crm.policy.folding import fold
from lofty_crm.policy.opt_out import ELSEWHERE
from lofty_crm.policy.review import AROUND, REMEMBERED, gravest_first, review
from lofty_crm.policy.verdict import Finding, Weight

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

UNSETTLED = Finding(
    "same_words_unsettled",
    Weight.STOP,
    "It is not known yet whether the same words to this lead went out already.",
    "Do not try again; `get_message` tells in a few minutes.",
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
    """Return what the policy finds in a message at this moment.

    Args:
        connection: a transaction of the journal.
        words: the message.
        seen: what Lofty says now.
        destination: where it would go; None where Lofty will choose.
        now: the moment.
        this: the message itself, once it is a draft.
        around: what was read around it; None just before sending, when what was found around the draft still counts.
    """
    if words.kind is Kind.NOTE_DELETION:
        return ()
    looked_around = around is not None
    around = around or Around(said=in_emails(seen.emails or ()))
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
        subject=words.subject,
        now=now,
        texts=seen.texts,
        history=SendHistory(
            to_lead_24h=journal.count_left_since(connection, words.account, now - DAY, lead_id=words.lead_id),
            in_hour=journal.count_left_since(connection, words.account, now - HOUR),
            in_day=journal.count_left_since(connection, words.account, now - DAY),
            near_duplicates=len(near),
            same_words_24h=len(same),
        ),
        sender=around.sender,
        namesakes=around.namesakes,
        other_leads=around.others,
        said=around.said,
        unread=around.unread,
        sales_assistant=around.sales_assistant,
    )
    found = _with_earlier(review(facts), this, looked_around=looked_around, unread=around.unread)
    return (UNSETTLED, *found) if any(m.state in {State.SENDING, State.UNKNOWN} for m in same) else found


def _with_earlier(
    found: tuple[Finding, ...], this: Message | None, *, looked_around: bool, unread: tuple[Source, ...]
) -> tuple[Finding, ...]:
    """Add what was found about these very words earlier and was not looked at this time, the gravest first."""
    unseen = REMEMBERED | ({ELSEWHERE[source] for source in unread} if looked_around else AROUND)
    fresh = {finding.code for finding in found}
    earlier = this.findings if this else ()
    kept = (finding for finding in earlier if finding.code in unseen and finding.code not in fresh)
    return gravest_first((*found, *kept))


def _same(one: Words, other: Words) -> bool:
    """Whether a person would call two texts the same, blanks, case and look-alike spellings apart."""
    return one.body == other.body or (fold(one.body) == fold(other.body) != "")


def _near(one: str, other: str) -> bool:
    """Whether two texts share four fifths of their words, names and numbers apart."""
    first, second = (set(text.casefold().split()) for text in (one, other))
    return len(first & second) >= 0.8 * max(len(first), len(second))
