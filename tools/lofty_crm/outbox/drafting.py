"""From what a tool was asked to what a person can be shown: the live lead, the destination, the bytes, the verdict."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import (
    BrokenAnswerError,
    ConnectionSetupError,
    LoftyError,
    NoEndpointError,
    NotConnectedError,
    RateLimitedError,
)
from lofty_crm.api.models import Channel, Email, Lead, Note, Text
from lofty_crm.api.payloads import email_payload, sms_payload
from lofty_crm.outbox.message import Kind, OutboxError, Words
from lofty_crm.policy.characters import without_hidden
from lofty_crm.policy.destinations import Destination, destinations

PAGE = 1_000
MOST_ROWS = 10_000
"""Lofty does not say how its histories are sorted, so all of one is read: an opt-out may stand anywhere in it."""
UNREAD = "unread"
"""In place of the newest id where the history could not be read: nothing in it is evidence then."""

Row = TypeVar("Row", Text, Email)

NAME_SHOWN = 48
_NOT_IN_NAMES = re.compile(r"[^\w\s.,'\u2019&()-]|[\d_]")


@dataclass(frozen=True)
class Seen:
    """What Lofty says at this moment about a lead, as far as a message to them is concerned."""

    lead: Lead | None = None
    """None where the account has no lead endpoint at all."""
    destinations: tuple[Destination, ...] = ()
    texts: tuple[Text, ...] | None = None
    emails: tuple[Email, ...] | None = None
    """Read for an email just before sending; None when it was not, or could not be."""
    watermark: str | None = None
    """The newest id in the history of the message's own channel."""
    note: Note | None = None


async def look(
    lofty: Lofty,
    kind: Kind,
    lead_id: str,
    note_id: str = "",
    *,
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> Seen:
    """Read, all at once, what a message of this kind depends on.

    Args:
        lofty: the account.
        kind: what is to happen.
        lead_id: the lead.
        note_id: the note, for a deletion.
        beside: reads what only a draft needs, at the same time, and never fails; None just before sending.

    Raises:
        LoftyError: the lead (or the note) could not be read; a history that cannot be read is left out.
        OutboxError: the note is not one of this lead's.
    """
    if kind is Kind.NOTE_DELETION:
        return await _look_at_note(lofty, lead_id, note_id)
    lead: Lead | None = None
    texts: list[Text] | None = None
    emails: list[Email] | None = None
    failed: list[LoftyError] = []

    async def read_lead() -> None:
        nonlocal lead
        try:
            lead = await _unless_absent(lofty, lofty.lead(lead_id))
        except LoftyError as error:
            failed.append(error)

    async def read_texts() -> None:
        nonlocal texts
        try:
            texts = await _texts(lofty, lead_id)
        except (ConnectionSetupError, RateLimitedError, NotConnectedError) as error:
            failed.append(error)
        except LoftyError:
            return  # the policy judges what it means that the texts could not be read

    async def read_emails() -> None:
        nonlocal emails
        try:
            emails = await every_row(lofty.emails, lead_id)
        except LoftyError:
            return  # only the search for evidence afterwards is the poorer for it

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read_lead)
        tasks.start_soon(read_texts)
        if beside:
            tasks.start_soon(beside)
        elif kind is Kind.EMAIL:
            tasks.start_soon(read_emails)
    if failed:
        raise failed[0]
    return Seen(
        lead=lead,
        destinations=destinations(lead) if lead else (),
        texts=None if texts is None else tuple(texts),
        emails=None if emails is None else tuple(emails),
        watermark=_newest(emails if kind is Kind.EMAIL else texts),
    )


def _newest(rows: Sequence[Text | Email] | None) -> str | None:
    return UNREAD if rows is None else max((row.id for row in rows), key=by_age, default=None)


async def every_row(read: Callable[..., Awaitable[list[Row]]], lead_id: str) -> list[Row]:
    """Read a lead's whole history of one channel.

    Raises:
        BrokenAnswerError: it has no end that could be reached.
    """
    rows: dict[str, Row] = {}
    begun = 0
    while begun < MOST_ROWS:
        page = await read(lead_id, limit=PAGE, offset=begun)
        fresh = {row.id: row for row in page if row.id not in rows}
        rows |= fresh
        begun += len(page)
        if page and not fresh and len(rows) >= PAGE:
            break  # a full page again and again: what is behind it cannot be reached
        if not fresh or not _may_be_cut(len(page)):
            return list(rows.values())
    raise BrokenAnswerError("Lofty's history of the lead is longer than what is read of it.")


def _may_be_cut(rows: int) -> bool:
    """Whoever cuts a page cuts it at a round number, or at a power of two."""
    return rows % 5 == 0 or (rows >= 8 and rows.bit_count() == 1)


async def _texts(lofty: Lofty, lead_id: str) -> list[Text]:
    """Read a lead's texts; the public guide has no history of texts, but shows their words in the timeline."""
    try:
        return await every_row(lofty.texts, lead_id)
    except NoEndpointError as error:
        await require_absent(lofty, error)
        return await lofty.timeline_texts(lead_id)


async def require_absent(lofty: Lofty, error: NoEndpointError) -> None:
    """Raise what is said of an endpoint by an account that has it: a gateway may say so of what is there."""
    if await lofty.dialect() is not Dialect.GUIDE:
        raise error


async def _unless_absent(lofty: Lofty, read: Awaitable[Lead]) -> Lead | None:
    try:
        return await read
    except NoEndpointError as error:
        await require_absent(lofty, error)
        return None


async def _look_at_note(lofty: Lofty, lead_id: str, note_id: str) -> Seen:
    notes = await lofty.notes(lead_id)
    note = next((note for note in notes if note.id == note_id), None)
    if note is None:
        raise OutboxError(
            f"Lead {lead_id} has no note {note_id} (it may have been deleted already); nothing was deleted. "
            "Use `list_notes` to see the notes."
        )
    try:
        lead = await lofty.lead(lead_id)
    except NoEndpointError:
        lead = None
    return Seen(lead=lead, note=note)


def choose(seen: Seen, kind: Kind, lead_id: str, to: str) -> Destination | None:
    """Return the destination that was asked for by id, or the primary one; None where Lofty will choose.

    Raises:
        OutboxError: the lead has no such destination.
    """
    if kind is Kind.NOTE_DELETION or (seen.lead is None and not to):
        return None
    channel = Channel.SMS if kind is Kind.SMS else Channel.EMAIL
    what = "phone number" if kind is Kind.SMS else "email address"
    offered = [d for d in seen.destinations if d.channel == channel]
    if not offered:
        raise OutboxError(f"Lead {lead_id} has no {what}; nothing was sent. Ask the user how to reach this lead.")
    if not to:
        return offered[0]
    for destination in offered:
        if destination.id == to:
            return destination
    ids = ", ".join(f"`{d.id}`" for d in offered)
    raise OutboxError(f"Lead {lead_id} has no {what} with the id given in `to`; nothing was sent. Known ids: {ids}.")


def compose(
    account: str,
    kind: Kind,
    *,
    lead_id: str,
    seen: Seen,
    destination: Destination | None,
    body: str,
    subject: str = "",
) -> Words:
    """Serialise the message once: these bytes are stored, shown, approved, compared and sent.

    Raises:
        OutboxError: the words are not Unicode text, or the destination is none.
    """
    value = destination.value if destination else ""
    if kind is Kind.NOTE_DELETION and seen.note:
        value, body = seen.note.id, seen.note.content
    try:
        written = payload(kind, lead_id=lead_id, destination=value, body=body, subject=subject)
    except ValueError:
        raise OutboxError(
            "The message cannot be written as Lofty wants it: it holds half a character (a lone surrogate), or the "
            "lead's number cannot be read as one; nothing was sent. Write it anew, or correct the number in Lofty."
        ) from None
    return Words(
        account=account,
        kind=kind,
        lead_id=lead_id,
        lead_name=shown_name(seen.lead, lead_id),
        destination_id=destination.id if destination else "",
        destination=value,
        body=body,
        subject=subject,
        payload=written,
    )


def shown_name(lead: Lead | None, lead_id: str) -> str:
    """Return a lead's name on one line with nothing in it that could pose as our own words or as a number."""
    plain = _NOT_IN_NAMES.sub("", without_hidden(lead.name)[0]) if lead and lead.name != f"Lead {lead.id}" else ""
    name = " ".join(plain.split())[:NAME_SHOWN].strip()
    return name or f"Lead {lead_id}"


def payload(kind: Kind, *, lead_id: str, destination: str, body: str, subject: str) -> bytes:
    """Return the bytes that say it to Lofty."""
    if kind is Kind.SMS:
        return sms_payload(lead_id, body=body, phone=destination or None)
    if kind is Kind.EMAIL:
        return email_payload(lead_id, subject=subject, body=body, email=destination or None)
    return b""


def by_age(row_id: str) -> tuple[int, str]:
    """Return what sorts Lofty's ids by their number, the older first; they are too long for some machines' integers."""
    return (len(row_id), row_id)
