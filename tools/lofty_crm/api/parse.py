"""Lofty's rows, in the shapes of both dialects, as models.

Field names are those of Lofty's reference first, of its communication guide after.
"""

from datetime import datetime
from itertools import zip_longest

from lofty_crm.api import fields as f
from lofty_crm.api.fields import Row
from lofty_crm.api.models import (
    Activity,
    Call,
    CallSummary,
    Channel,
    CommunicationRow,
    Email,
    KeyFact,
    Lead,
    ManualLog,
    Member,
    Note,
    Phone,
    PhoneStatus,
    SendReceipt,
    SiteActivity,
    Task,
    Text,
    TranscriptState,
)
from lofty_crm.api.phones import e164
from lofty_crm.api.times import parse_time

_LEAD_TYPES = {
    -1: "other",
    1: "seller",
    2: "buyer",
    5: "renter",
    6: "investor",
    7: "agent",
    8: "homeowner",
    9: "landlord",
}
_TRANSCRIPT_STATES = {
    0: TranscriptState.PENDING,
    1: TranscriptState.PROCESSING,
    2: TranscriptState.READY,
    3: TranscriptState.FAILED,
}


def lead(row: Row) -> Lead:
    """Parse a lead's record."""
    return Lead(
        id=f.need(f.ident(row, "leadId", "id")),
        first_name=f.filled(row, "firstName") or "",
        last_name=f.filled(row, "lastName") or "",
        phones=_phones(row),
        emails=tuple(value.strip() for value in _strings(row, "emails") if value.strip()),
        cannot_text=f.flag(row, "cannotText"),
        cannot_call=f.flag(row, "cannotCall"),
        cannot_email=f.flag(row, "cannotEmail"),
        unsubscribed=f.flag(row, "unsubscription"),
        stage=f.filled(row, "stage"),
        source=f.filled(row, "source"),
        score=f.whole(row, "score"),
        lead_types=tuple(_LEAD_TYPES[n] for n in f.items(row, "leadTypes") if isinstance(n, int) and n in _LEAD_TYPES),
        tags=_tags(row),
        assigned_to=f.filled(row, "assignedUser"),
        language=f.filled(row, "language"),
        street=f.filled(row, "streetAddress"),
        city=f.filled(row, "city"),
        state=f.filled(row, "state"),
        zip_code=_zip(row),
        buying_time_frame=f.filled(row, "buyingTimeFrame"),
        pre_qualified=f.filled(row, "preQual"),
        created_at=parse_time(row.get("createTime")),
        last_touch_at=parse_time(row.get("lastTouch")),
    )


def text(row: Row, lead_id: str) -> Text:
    """Parse a row of the text history."""
    return Text(
        id=f.need(f.ident(row, "id", "activityId")),
        lead_id=f.ident(row, "leadId") or lead_id,
        direction=f.direction(row, "direction"),
        at=_time(row, "textTime", "timestamp", "createTime"),
        origin=f.origin(row, "textType", "communicationType") or "auto",
        body=f.text(row, "textContent", "content"),
        outcome=f.filled(row, "textOutcome", "status"),
    )


def email(row: Row, lead_id: str) -> Email:
    """Parse a row of the email history."""
    event = f.email_event(row, "eventType", "emailEventType")
    return Email(
        id=f.need(f.ident(row, "id", "activityId")),
        lead_id=f.ident(row, "leadId") or lead_id,
        direction=f.direction(row, "direction", default=None if event in {None, "sent"} else "outbound"),
        at=_time(row, "emailEventTime", "timestamp", "createTime"),
        origin=f.origin(row, "emailType", "communicationType") or "auto",
        event=event or "other",
        subject=f.text(row, "emailSubject", "subject"),
    )


def call(row: Row, lead_id: str | None = None) -> Call:
    """Parse a call of either history, of the dialer or of the guide."""
    return Call(
        id=f.need(f.ident(row, "id", "callId", "activityId")),
        lead_id=f.need(f.ident(row, "leadId") or lead_id),
        direction=f.direction(row, "direction"),
        at=_time(row, "startTime", "createTime", "timestamp"),
        duration_s=f.seconds(row, "duration"),
        status=f.filled(row, "status"),
        outcome=f.filled(row, "callingOutcome", "outcome"),
        lead_phone=_phone(row),
        recorded=f.flag(row, "recordingSwitch") if "recordingSwitch" in row else None,
        recording_id=f.ident(row, "dialerCallRecordId", "recordingId"),
        note=f.filled(row, "note", "notes"),
        recording_url=secure_url(row, "recordingUrl"),
        transcript=f.text(row, "transcript"),
        summary=f.text(row, "aiSummary", "summary"),
    )


def activity(row: Row, lead_id: str) -> Activity | None:
    """Parse a row of the v2 timeline; None for a channel that this client does not know."""
    channel = f.channel(row, "channel", "type")
    if channel is None:
        return None
    event = f.email_event(row, "emailEventType") if channel is Channel.EMAIL else None
    return Activity(
        id=f.need(f.ident(row, "id", "activityId")),
        lead_id=f.ident(row, "leadId") or lead_id,
        channel=channel,
        direction=f.direction(row, "direction", default=None if event in {None, "sent"} else "outbound"),
        at=_time(row, "activityTime", "timestamp"),
        origin=f.origin(row, "communicationType"),
        text=f.text(row, "note", "content", "summary", "notes"),
        subject=f.text(row, "emailSubject", "subject"),
        outcome=f.filled(row, "callingOutcome", "outcome"),
        lead_phone=_phone(row),
        email_event=event,
        duration_s=f.seconds(row, "duration"),
    )


def timeline_text(row: Row, lead_id: str) -> Text | None:
    """Parse a text of the v2 timeline, and what came in by a channel that this client does not know; None for others.

    The guide does not say whether a text was logged by hand; such a row proves nothing, as an automatic one.
    """
    channel = f.channel(row, "channel", "type")
    direction = f.direction(row, "direction", default=None if channel is Channel.SMS else "outbound")
    if channel is not Channel.SMS and (channel is not None or direction != "inbound"):
        return None
    return Text(
        id=f.need(f.ident(row, "id", "activityId")),
        lead_id=f.ident(row, "leadId") or lead_id,
        direction=direction,
        at=_time(row, "activityTime", "timestamp"),
        origin=f.origin(row, "communicationType") or "auto",
        body=f.text(row, "note", "content", "summary", "notes"),
    )


def site_activity(row: Row) -> SiteActivity:
    """Parse a row of what a lead did on the website."""
    return SiteActivity(
        kind=f.filled(row, "type") or "Other",
        text=f.text(row, "text") or "",
        at=parse_time(row.get("created")),
        link=f.filled(row, "link"),
    )


def note(row: Row, lead_id: str | None = None) -> Note | None:
    """Parse a note; None for a deleted one, which lingers in the list for some seconds (a live user)."""
    if f.flag(row, "deleteFlag"):
        return None
    return Note(
        id=f.need(f.ident(row, "noteId", "id")),
        lead_id=f.need(f.ident(row, "leadId") or lead_id),
        content=f.text(row, "content") or "",
        pinned=f.flag(row, "isPin"),
        system=f.flag(row, "systemNote"),
        author=f.filled(row, "creatorName", "createdBy", "author"),
        created_at=_time(row, "createTime", "createdAt", "timestamp"),
        updated_at=_time(row, "lastUpdate", "updatedAt"),
    )


def manual_log(row: Row, lead_id: str, channel: Channel) -> ManualLog:
    """Parse a contact that was logged by hand."""
    return ManualLog(
        id=f.need(f.ident(row, "id")),
        lead_id=f.ident(row, "leadId") or lead_id,
        channel=channel,
        direction=f.direction(row, "outboundOrInbound", default="outbound"),
        content=f.text(row, "content") or "",
        at=parse_time(row.get("createTime")),
        outcome=f.filled(row, "callingOutcome"),
        phone=_phone(row),
        subject=f.filled(row, "emailSubject"),
    )


def call_summary(row: Row) -> CallSummary:
    """Parse the AI summary of a call."""
    facts = [(f.filled(fact, "type") or "other", f.filled(fact, "content")) for fact in f.objects(row, "keywords")]
    status = f.whole(row, "status")
    return CallSummary(
        state=TranscriptState.NONE if status is None else _TRANSCRIPT_STATES.get(status, TranscriptState.NONE),
        summary=f.text(row, "summary"),
        text=f.text(row, "text"),
        key_facts=tuple(KeyFact(kind=kind, content=content) for kind, content in facts if content),
    )


def communication(row: Row, asked: Channel | None) -> CommunicationRow | None:
    """Parse a row of the search over all leads; None for a channel that this client does not know.

    Args:
        row: the row.
        asked: the channel that was searched, for rows that do not name theirs (the first version declares no shape).
    """
    channel = f.channel(row, "eventType", "channel", "type") or asked
    if channel is None:
        return None
    event = f.email_event(row, "eventType") if channel is Channel.EMAIL else None
    return CommunicationRow(
        id=f.need(f.ident(row, "id", "communicationId", "timelineId")),
        lead_id=f.need(f.ident(row, "leadId")),
        channel=channel,
        direction=f.direction(row, "direction", default=None if event in {None, "sent"} else "outbound"),
        at=_time(row, "communicationTime", "createTime"),
        origin=f.origin(row, "communicationType"),
        event=event,
        outcome=f.filled(row, "callOutcome", "status"),
        duration_s=f.seconds(row, "callDuration"),
    )


def task(row: Row, lead_id: str) -> Task:
    """Parse a follow-up."""
    return Task(
        id=f.need(f.ident(row, "id", "taskId")),
        lead_id=f.ident(row, "leadId") or lead_id,
        kind=f.filled(row, "type") or "Other",
        content=f.text(row, "content") or "",
        due_at=_time(row, "endAt", "deadline"),
        finished=f.flag(row, "finishFlag"),
    )


def member(row: Row) -> Member:
    """Parse a user. Their leads name `memberUserId`; `id` is a short one of its own (a live user)."""
    name = " ".join(part for part in (f.filled(row, "firstName"), f.filled(row, "lastName")) if part)
    return Member(
        id=f.need(f.ident(row, "memberUserId", "id")),
        name=name or f.filled(row, "name") or "",
        email=f.filled(row, "email"),
        time_zone=f.filled(row, "timeZoneId"),
        virtual_number=f.text(row, "virtualNumber"),
    )


def receipt(row: Row) -> SendReceipt:
    """Parse the answer to a send.

    `destination` is empty when Lofty does not say where it sent: no evidence that it was the right place.

    Raises:
        BrokenAnswerError: without a message id.
    """
    number = f.ident(row, "phoneNumber")
    code = f.ident(row, "phoneCode")
    sent_to = f.filled(row, "toEmail") or ""
    if number:
        sent_to = e164(f"+{code.lstrip('+')}{number}" if code and not number.startswith("+") else number)
    return SendReceipt(message_id=f.need(f.ident(row, "messageId")), destination=sent_to)


def secure_url(row: Row, name: str) -> str | None:
    """Return a link, if it is an https one."""
    link = f.filled(row, name) or ""
    return link if link.startswith("https://") else None


def _phones(row: Row) -> tuple[Phone, ...]:
    known = {status.value: status for status in PhoneStatus}
    statuses = [known.get(f.whole({"status": item}, "status") or 0) for item in f.items(row, "phoneStatuses")]
    paired = zip_longest(map(_string, f.items(row, "phones")), statuses)
    return tuple(
        Phone(number=e164(raw), raw=raw, status=status)
        for raw, status in paired
        if raw and any(character.isdigit() for character in raw)
    )


def _zip(row: Row) -> str | None:
    """Return the ZIP code, with the zeros before it that are lost where it comes as a number."""
    value = row.get("zipCode")
    return f"{value:05}" if isinstance(value, int) else f.filled(row, "zipCode")


def _phone(row: Row) -> str | None:
    raw = f.filled(row, "leadPhoneNumber")
    return e164(raw) if raw else None


def _tags(row: Row) -> tuple[str, ...]:
    plain = [item for item in f.items(row, "tags") if isinstance(item, str)]
    named = [f.filled(tag, "tagName", "name") for tag in f.objects(row, "tags")]
    return tuple(name for name in [*plain, *named] if name)


def _time(row: Row, *names: str) -> datetime | None:
    return next((moment for name in names if (moment := parse_time(row.get(name)))), None)


def _strings(row: Row, name: str) -> list[str]:
    return [text for item in f.items(row, name) if (text := _string(item))]


def _string(item: object) -> str:
    return str(item) if isinstance(item, str | int) else ""
