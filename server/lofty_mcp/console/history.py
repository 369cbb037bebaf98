"""What happened to a message, step by step, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from lofty_tools.rendering import clock_time

_CHANNELS = {
    "chat": "in the chat",
    "terminal": "at a terminal",
    "page": "on this page",
    "host": "through the host's own prompt",
    "assistant": "by the assistant",
}
_EVENTS = {
    "drafted": "It was drafted.",
    "rejected": "A person said no{by}.",
    "approved": "A person said yes{by}.",
    "pending": "It went back to waiting{reason}.",
    "cancelled": "It was withdrawn{by}.",
    "expired": "Nobody decided in time.",
    "blocked": "It was blocked{stops}.",
    "sending": "Sending began, to {destination}, try {attempt}.",
    "sent": "It was sent{evidence}.",
    "failed": "It was not sent{reason}.",
    "unknown": "Whether it was sent is not known{reason}.",
    "not_seen": "It does not appear in Lofty's history.",
    "mismatch": "Lofty used another destination{reason}.",
    "again": "A person asked for the same words once more{by}{reason}.",
    "stale_yes": "A yes{by} did not count: the text had changed since it was shown.",
    "yes_not_counted": "A yes{by} did not count here.",
    "late_outcome": "A late outcome came in{reason}.",
    "words_forgotten": "Its words were deleted; the record stays.",
}


@dataclass(frozen=True)
class Step:
    """One line of a message's history."""

    when: str
    what: str


def steps_of(message_id: str, records: Sequence[Mapping[str, object]], *, now: datetime, zone: ZoneInfo) -> list[Step]:
    """Return the history of one message out of the outbox's export, oldest first."""
    record = next((record for record in records if record["message_id"] == message_id), None)
    taken = cast("list[dict[str, Any]]", record["steps"]) if record else []
    return [
        Step(clock_time(datetime.fromisoformat(step["at"]), now=now, zone=zone), _words(step, record or {}))
        for step in taken
    ]


def _words(step: Mapping[str, Any], record: Mapping[str, object]) -> str:
    event = str(step["event"])
    if event == "noted":
        return _noted(step)
    if event == "approved" and "by" not in step:
        return f"It was not sent, and will be tried again{_because(step)}."
    template = _EVENTS.get(event, f"{event.replace('_', ' ').capitalize()}.")
    said = template.format(
        by=f" {_CHANNELS.get(str(step['by']), '')}".rstrip() if step.get("by") else "",
        reason=_because(step),
        stops=f": {', '.join(step['stops'])}".replace("_", " ") if step.get("stops") else "",
        destination=step.get("destination") or "the place that Lofty chose",
        attempt=step.get("attempt", 1),
        evidence=_evidence(step),
    )
    if event == "approved" and record.get("approval_reason"):
        return f"{said} Reason: {record['approval_reason']}"
    return said


def _noted(step: Mapping[str, Any]) -> str:
    if step.get("asked"):
        return "A person was asked in the chat."
    if step.get("looks"):
        return "Lofty's history was read; nothing settled it yet."
    if step.get("too_fast"):
        return "The answer came too fast to have been read; it did not count."
    if "findings" in step:
        return "What speaks for and against it had changed; the question was renewed."
    return f"Lofty could not be asked yet{_because(step)}."


def _because(step: Mapping[str, Any]) -> str:
    reason = str(step.get("reason") or "").rstrip(".")
    return f": {reason}" if reason else ""


def _evidence(step: Mapping[str, Any]) -> str:
    if step.get("lofty_message_id"):
        return f"; Lofty's answer names message {step['lofty_message_id']} to {step.get('destination', '')}".rstrip()
    return f"; it stands in Lofty's history ({step['evidence']})" if step.get("evidence") else ""
