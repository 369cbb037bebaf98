"""The bodies of requests: canonical UTF-8 JSON, the same bytes for the same words."""

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lofty_crm.api.ids import canonical_decimal
from lofty_crm.api.models import Channel, OutsideContact
from lofty_crm.api.phones import split_e164

NOTE_LENGTH = 2000
"""Lofty cuts longer notes silently (its specification)."""
LOG_LENGTH = 5000
"""Lofty cuts longer logs silently (its specification)."""
CALL_OUTCOMES = ("Talked", "VoiceMessage", "NoAnswer", "BadNumber", "DNCNumber", "DNCContact")
"""Lofty's words for how a call ended; it turns any other into `Talked` (its specification)."""
TASK_KINDS = ("Other", "Call", "Email", "Text", "Appointment")
LOG_TYPES = {Channel.CALL: "logCall", Channel.SMS: "logText", Channel.EMAIL: "logEmail"}


def sms_payload(lead_id: str, *, body: str, phone: str | None) -> bytes:
    """Return the bytes of a text message.

    Args:
        lead_id: the lead's id.
        body: the words.
        phone: the E.164 number to use; without it Lofty takes the lead's primary one.

    Raises:
        ValueError: for an id or phone that is none.
    """
    fields: dict[str, object] = {"leadId": number(lead_id), "content": body}
    if phone is not None:
        code, national = split_e164(phone)
        fields |= {"phoneNumber": national, "phoneCode": code}
    return canonical(fields)


def email_payload(lead_id: str, *, subject: str, body: str, email: str | None) -> bytes:
    """Return the bytes of an email, its plain text rendered so that it shows as typed.

    The text goes as `content` (the reference, confirmed live) and as `body` (the guide); each side ignores the other.

    Args:
        lead_id: the lead's id.
        subject: the subject.
        body: the words, as plain text.
        email: the address to use; without it Lofty takes the lead's primary one.

    Raises:
        ValueError: for an id that is none.
    """
    rendered = render_html(body)
    fields = {"leadId": number(lead_id), "subject": subject, "content": rendered, "body": rendered}
    return canonical(fields if email is None else fields | {"toEmail": email})


def render_html(text: str) -> str:
    """Render plain text as minimal HTML that shows it as typed; Lofty takes an email's text for HTML (a live user)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "<br>\n".join(html.escape(line, quote=False).replace("  ", " &nbsp;") for line in lines)


def note_payload(lead_id: str, *, content: str, pinned: bool) -> bytes:
    """Return the bytes of a note; the reference wants all three fields, the guide takes `content` alone.

    Raises:
        ValueError: for an id that is none, blank content, or content that Lofty would cut.
    """
    return canonical({"leadId": number(lead_id), "content": _whole(content, NOTE_LENGTH), "isPin": pinned})


def reference_log_payload(lead_id: str, contact: OutsideContact) -> bytes:
    """Return the bytes of a logged contact for `POST /v1.0/logType`, which has no field for time or duration.

    Raises:
        ValueError: for an id that is none, content that Lofty would cut, an outcome that it would change, or a call
            without a phone, which it requires.
    """
    fields: dict[str, object] = {
        "leadId": number(lead_id),
        "logType": LOG_TYPES[contact.channel],
        "content": _whole(contact.content, LOG_LENGTH),
        "outboundOrInbound": contact.direction,
        "isPin": False,
    }
    if contact.channel is Channel.CALL and not contact.phone:
        raise ValueError("Lofty logs a call only with the lead's phone number")
    optional = {
        "leadPhoneNumber": contact.phone,
        "callingOutcome": _outcome(contact),
        "emailSubject": contact.subject,
    }
    return canonical(fields | _given(optional))


def guide_log_payload(contact: OutsideContact, now: datetime) -> bytes:
    """Return the bytes of a contact for the guide's `POST /v1.0/leads/{id}/activity`, of now unless it has a time.

    Raises:
        ValueError: for content that Lofty would cut, or an outcome that it would change.
    """
    at = (contact.at or now).astimezone(UTC)
    fields: dict[str, object] = {
        "type": contact.channel.value,
        "direction": contact.direction,
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    optional = {
        "duration": contact.duration_s,
        "outcome": _outcome(contact),
        "subject": contact.subject,
    }
    return canonical(fields | _given(optional) | {"notes": _whole(contact.content, LOG_LENGTH)})


def task_payload(lead_id: str, *, kind: str, content: str, due_at: datetime, time_zone: str) -> bytes:
    """Return the bytes of a follow-up; the deadline goes out with its offset, since Lofty misreads one without.

    Raises:
        ValueError: for an id that is none, an unknown kind or time zone, blank content or a naive deadline.
    """
    if kind not in TASK_KINDS:
        raise ValueError(f"the kind must be one of {', '.join(TASK_KINDS)}")
    if due_at.tzinfo is None:
        raise ValueError("the deadline needs a time zone")
    try:
        ends_at = due_at.astimezone(ZoneInfo(time_zone))
    except (KeyError, OSError, ValueError):
        raise ValueError("the time zone must be an IANA name, such as America/Denver") from None
    return canonical(
        {
            "type": kind,
            "content": _whole(content, LOG_LENGTH),
            "leadId": number(lead_id),
            "assignedRole": "Agent",
            "endAt": ends_at.isoformat(timespec="seconds"),
            "timeZoneCode": time_zone,
        }
    )


def number(lead_id: str) -> int:
    """Return an id as the number that Lofty wants in bodies, exact to 19 digits.

    Raises:
        ValueError: when it is none.
    """
    return int(canonical_decimal(lead_id))


def canonical(fields: Mapping[str, object]) -> bytes:
    """Return compact UTF-8 JSON, in the order given.

    Raises:
        ValueError: for text that is not Unicode (a lone surrogate).
    """
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _outcome(contact: OutsideContact) -> str | None:
    if contact.outcome is not None and contact.outcome not in CALL_OUTCOMES:
        raise ValueError(f"the outcome must be one of {', '.join(CALL_OUTCOMES)}")
    return contact.outcome


def _whole(content: str, most: int) -> str:
    # counted as Java does, so that nothing is cut that we let through
    if not content.strip():
        raise ValueError("the content is empty")
    if len(content.encode("utf-16-le")) // 2 > most:
        raise ValueError(f"the content is longer than {most} characters, and Lofty would cut it")
    return content
