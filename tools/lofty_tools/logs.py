"""Contacts that happened outside Lofty, put on the lead's record. Nobody is contacted, and nothing here is consent."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from mcp.server.mcpserver import Context
from pydantic import AfterValidator, AwareDatetime, Field
from pydantic.json_schema import SkipJsonSchema

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import LoftyError
from lofty_crm.api.models import Channel, Direction, Lead, OutsideContact
from lofty_crm.api.payloads import LOG_LENGTH
from lofty_crm.policy.destinations import destinations
from lofty_crm.policy.zones import likeliest_zone
from lofty_tools.arguments import MOMENT, LeadId
from lofty_tools.deps import Deps, deps
from lofty_tools.failures import Refusal
from lofty_tools.rendering import clock_time, duration
from lofty_tools.tool import Effect, tool
from lofty_tools.untrusted import one_line
from lofty_tools.writing import LABEL, UNCERTAIN, Written, fitting, known_lead, leave_out_default, units

Outcome = Literal["Talked", "VoiceMessage", "NoAnswer", "BadNumber", "DNCNumber", "DNCContact"]
"""Lofty's words; it turns any other, and none, into `Talked` (its specification)."""
_ALL = 10_000
"""Rows of a timeline: the newest come last, so that a new entry is only found in all of them."""
Summary = Annotated[str, AfterValidator(fitting(LOG_LENGTH)), Field(json_schema_extra={"maxLength": LOG_LENGTH})]
Past = Annotated[
    AwareDatetime | SkipJsonSchema[None],
    Field(description=f"{MOMENT}; else now.", json_schema_extra=leave_out_default),
]


@tool(title="Log an outside call", effect=Effect.WRITE)
async def log_call(
    lead_id: LeadId,
    direction: Direction,
    summary: Summary,
    outcome: Outcome,
    ctx: Context[Any, Any],
    started_at: Past = None,
    duration_s: Annotated[int, Field(ge=0, le=86_400)] = 0,
    phone: Annotated[str, Field(description="One of the lead's own.")] = "",
) -> Written:
    """Log a call with a lead that happened outside Lofty.

    Calls nobody, permits nothing.
    """
    given = deps(ctx)
    _require_past(started_at, given, "started_at")
    lead = await known_lead(given.lofty, lead_id)
    contact = OutsideContact(
        channel=Channel.CALL,
        direction=direction,
        content=summary,
        at=started_at,
        duration_s=duration_s or None,
        outcome=outcome,
        phone=_own_phone(lead, phone),
    )
    return await _log(given, lead_id, lead, contact)


@tool(title="Log an outside message", effect=Effect.WRITE)
async def log_message(
    lead_id: LeadId,
    channel: Literal["sms", "email"],
    direction: Direction,
    content: Summary,
    ctx: Context[Any, Any],
    occurred_at: Past = None,
    subject: Annotated[str, Field(max_length=200)] = "",
) -> Written:
    """Log a text or email with a lead that happened outside Lofty.

    Sends nothing, permits nothing.
    """
    given = deps(ctx)
    _require_past(occurred_at, given, "occurred_at")
    if subject and channel == "sms":
        raise Refusal("A text has no `subject`; nothing was logged.")
    lead = await known_lead(given.lofty, lead_id)
    contact = OutsideContact(
        channel=Channel(channel),
        direction=direction,
        content=content,
        at=occurred_at,
        subject=one_line(subject, limit=200) or None,
    )
    return await _log(given, lead_id, lead, contact)


async def _log(given: Deps, lead_id: str, lead: Lead | None, contact: OutsideContact) -> Written:
    lofty, now = given.lofty, given.clock.now()
    reference = await lofty.dialect() is Dialect.REFERENCE
    if reference and contact.channel is Channel.CALL and not contact.phone:
        raise Refusal(
            "Lofty logs a call only with the lead's phone number, and this lead has none; nothing was logged. "
            "`create_note` can keep the summary."
        )
    content = _content(contact, lead, now=now, zone=given.zone, in_words=reference)
    if (length := units(content)) > LOG_LENGTH:
        raise Refusal(
            f"With its heading the entry has {length:,} characters, but Lofty keeps {LOG_LENGTH:,}; nothing was logged."
        )
    entry = contact.model_copy(update={"content": content, "at": contact.at or now})
    try:
        await lofty.log_contact(lead_id, entry)
    except UNCERTAIN:
        if not await _logged(lofty, lead_id, entry, since=now.replace(microsecond=0), reference=reference):
            raise Refusal(
                "Lofty did not confirm the entry, and it is not on the lead's record yet: it is not known whether it "
                "was logged. It was not tried again. Look with `get_timeline` in a minute before you log it once more."
            ) from None
    return Written(
        state="logged",
        what=f"{_heading(contact, lead, now=now, zone=given.zone)} {_with(lead, lead_id, dated=contact.at is not None)}"
        " Lofty may take a few seconds to show it.",
        lead_id=lead_id,
        sandbox=given.sandbox or None,
    )


def _content(contact: OutsideContact, lead: Lead | None, *, now: datetime, zone: ZoneInfo, in_words: bool) -> str:
    """Return the entry's text. The reference has no field for time and length, so that they stand in its words."""
    told = in_words and (contact.at or contact.duration_s)
    heading = f"{_heading(contact, lead, now=now, zone=zone)} {LABEL}" if told else LABEL
    return f"{heading}\n{contact.content}"


def _heading(contact: OutsideContact, lead: Lead | None, *, now: datetime, zone: ZoneInfo) -> str:
    what = {Channel.CALL: "call", Channel.SMS: "text", Channel.EMAIL: "email"}[contact.channel]
    said = f"{contact.direction} {what}".capitalize()
    if contact.at:
        theirs = likeliest_zone(lead, zone)
        said += f" on {clock_time(contact.at, now=now, zone=theirs, other=zone)}"
    return f"{said}, {duration(contact.duration_s)}." if contact.duration_s else f"{said}."


def _with(lead: Lead | None, lead_id: str, *, dated: bool) -> str:
    whom = f"{one_line(lead.name, limit=60)}, lead_id {lead_id}" if lead else f"lead_id {lead_id}"
    return f"With {whom}{'' if dated else '; no time was given, so it is dated now'}."


async def _logged(lofty: Lofty, lead_id: str, entry: OutsideContact, *, since: datetime, reference: bool) -> bool:
    """Look once for an entry whose creation was not answered."""
    try:
        if reference:
            logs = await lofty.manual_logs(lead_id, entry.channel)
            return any(log.content.strip() == entry.content and log.at and log.at >= since for log in logs)
        rows = await lofty.activities(lead_id, limit=_ALL)
    except LoftyError:
        return False
    second = timedelta(seconds=1)
    return any(
        row.channel is entry.channel
        and (row.text or "").strip() == entry.content
        and row.at
        and entry.at
        and abs(row.at - entry.at) < second
        for row in rows
    )


def _require_past(at: datetime | None, given: Deps, name: str) -> None:
    now = given.clock.now()
    if at and at > now:
        said = clock_time(now, now=now, zone=given.zone)
        raise Refusal(f"`{name}` is in the future: it is {said} now. Nothing was logged.")


def _own_phone(lead: Lead | None, wanted: str) -> str | None:
    """Return the number of the lead that is meant: by its destination id, or by its digits in any notation."""
    phones = [each for each in destinations(lead) if each.channel is Channel.SMS] if lead else []
    if not wanted.strip():
        return phones[0].value if phones else None
    digits = _digits(wanted)
    for phone in phones:
        if wanted.strip() == phone.id or (
            digits and digits in {_digits(phone.value), _digits(phone.value.removeprefix("+1"))}
        ):
            return phone.value
    if lead is None:
        raise Refusal("This account does not show the lead's numbers: leave `phone` out. Nothing was logged.")
    raise Refusal("`phone` is not one of the lead's numbers; nothing was logged. Use `get_lead` to see them.")


def _digits(number: str) -> str:
    return "".join(each for each in number if each in "0123456789")
