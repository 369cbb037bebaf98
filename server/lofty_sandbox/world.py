"""The state of the imitated CRM, and everything that changes it."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from lofty_sandbox.clock import Clock
from lofty_sandbox.quirks import Quirks
from lofty_sandbox.records import (
    Call,
    Email,
    Entry,
    Json,
    ManualLog,
    Note,
    SentMessage,
    SiteActivity,
    Summary,
    Task,
    Text,
)

AGENT_ID = 480213577000001
AGENT_NAME = "Alex Morgan"
NOTE_LIMIT = 2000
LOG_LIMIT = 5000

_ID_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_Seen = TypeVar("_Seen", Entry, Text, Email, Call, ManualLog, Note)


def timeline_id(at: datetime, serial: int) -> int:
    """A 19-digit id that grows with time, as Lofty's timeline ids do."""
    return (int((at - _ID_EPOCH).total_seconds() * 1000) << 22) | (serial & 0x3FFFFF)


@dataclass
class Seed:
    """A world as data, grouped by lead where reads are by lead."""

    leads: dict[int, Json] = field(default_factory=dict[int, Json])
    texts: dict[int, list[Text]] = field(default_factory=dict[int, list[Text]])
    emails: dict[int, list[Email]] = field(default_factory=dict[int, list[Email]])
    calls: dict[int, list[Call]] = field(default_factory=dict[int, list[Call]])
    logs: dict[int, list[ManualLog]] = field(default_factory=dict[int, list[ManualLog]])
    site: dict[int, list[SiteActivity]] = field(default_factory=dict[int, list[SiteActivity]])
    notes: dict[int, Note] = field(default_factory=dict[int, Note])
    tasks: dict[int, Task] = field(default_factory=dict[int, Task])
    summaries: dict[int, Summary] = field(default_factory=dict[int, Summary])
    serial: int = 0

    def next_serial(self) -> int:
        """A number never given before in this world."""
        self.serial += 1
        return self.serial

    def copy(self) -> "Seed":
        """A world of one's own: records are shared, since none changes in place."""
        return Seed(
            leads=copy.deepcopy(self.leads),
            texts={lead: list(rows) for lead, rows in self.texts.items()},
            emails={lead: list(rows) for lead, rows in self.emails.items()},
            calls={lead: list(rows) for lead, rows in self.calls.items()},
            logs={lead: list(rows) for lead, rows in self.logs.items()},
            site={lead: list(rows) for lead, rows in self.site.items()},
            notes=dict(self.notes),
            tasks=dict(self.tasks),
            summaries=dict(self.summaries),
            serial=self.serial,
        )


class World:
    """One CRM account, with the clock and the quirks that govern it."""

    def __init__(self, seed: Seed, clock: Clock, quirks: Quirks) -> None:
        self.data = seed.copy()
        self.clock = clock
        self.quirks = quirks
        self.sent: list[SentMessage] = []
        self.muted: set[int] = set()
        self.user = 0

    def visible(self, rows: Iterable[_Seen]) -> list[_Seen]:
        """Those that reads can see by now, in the order given."""
        now = self.clock.now()
        return [row for row in rows if row.visible_at <= now]

    def texts(self, lead_id: int) -> list[Text]:
        """The lead's visible texts, newest first."""
        return _newest_first(self.visible(self.data.texts.get(lead_id, [])))

    def emails(self, lead_id: int) -> list[Email]:
        """The lead's visible email events, newest first."""
        return _newest_first(self.visible(self.data.emails.get(lead_id, [])))

    def calls(self, lead_id: int) -> list[Call]:
        """The lead's visible dialer calls, newest first."""
        return _newest_first(self.visible(self.data.calls.get(lead_id, [])))

    def logs(self, lead_id: int) -> list[ManualLog]:
        """The lead's visible manual logs, newest first."""
        return _newest_first(self.visible(self.data.logs.get(lead_id, [])))

    def notes(self, lead_id: int) -> list[Note]:
        """The lead's notes as a list shows them: late to appear, and slow to go when deleted."""
        linger = timedelta(seconds=self.quirks.linger_s)
        now = self.clock.now()
        return [
            note
            for note in self.visible(self.data.notes.values())
            if note.lead_id == lead_id and (note.deleted_at is None or now < note.deleted_at + linger)
        ]

    def all_calls(self) -> Iterable[Call]:
        """Every dialer call of the account."""
        return (call for rows in self.data.calls.values() for call in rows)

    def send_text(self, lead_id: int, *, content: str, to: str) -> SentMessage:
        """Hand a text to the carrier; the history shows it later."""
        now = self.clock.now()
        self._add_text(lead_id, content, "Outbound", visible_at=self._later(now))
        return self._record_sent("sms", lead_id, to=f"+1{to}", subject=None, content=content)

    def send_email(self, lead_id: int, *, subject: str, content: str, to: str) -> SentMessage:
        """Hand an email to the agent's mail set-up; the history shows its subject later."""
        now = self.clock.now()
        email = Email(
            timeline_id=timeline_id(now, self.data.next_serial()),
            lead_id=lead_id,
            at=now,
            visible_at=self._later(now),
            direction="Outbound",
            kind="Manual",
            subject=subject,
        )
        self.data.emails.setdefault(lead_id, []).append(email)
        return self._record_sent("email", lead_id, to=to, subject=subject, content=content)

    def receive_text(self, lead_id: int, content: str) -> int:
        """The lead writes; reads see it at once. Returns its timeline id.

        Raises:
            KeyError: no such lead.
        """
        self.lead(lead_id)
        return self._add_text(lead_id, content, "Inbound", visible_at=self.clock.now())

    def lead(self, lead_id: int) -> Json:
        """The lead's record as Lofty would send it, trashed or not.

        Raises:
            KeyError: no such lead.
        """
        return self.data.leads[lead_id]

    def edit_lead(self, lead_id: int, fields: Json) -> None:
        """Change a lead as the agent would in the CRM; `trashed` moves it to the trash.

        Field names are Lofty's (`cannotText`) or their Python spelling (`cannot_text`). Where phones change and
        `phoneStatuses` does not, each new phone counts as valid.

        Raises:
            KeyError: no such lead, or no such field.
        """
        record = self.lead(lead_id)
        changes = {_camel(name): value for name, value in fields.items()}
        if unknown := changes.keys() - record.keys():
            raise KeyError(f"a lead has no field {', '.join(sorted(unknown))}")
        if "phones" in changes and "phoneStatuses" not in changes:
            known = dict(zip(record["phones"], record["phoneStatuses"], strict=False))
            changes["phoneStatuses"] = [known.get(phone, 2) for phone in changes["phones"]]
        record.update(changes)

    def add_log(self, lead_id: int, **fields: Any) -> ManualLog:
        """Write down an outside contact; `fields` are those of `ManualLog`."""
        now = self.clock.now()
        log = ManualLog(
            log_id=480213577400000 + self.data.next_serial(),
            timeline_id=timeline_id(now, self.data.next_serial()),
            lead_id=lead_id,
            created_at=now,
            visible_at=self._later(now),
            **{**fields, "content": fields["content"][:LOG_LIMIT]},
        )
        self.data.logs.setdefault(lead_id, []).append(log)
        return log

    def remove_log(self, log: ManualLog) -> None:
        """Delete a manual log, at once."""
        self.data.logs[log.lead_id].remove(log)

    def add_note(self, lead_id: int, *, content: str, pinned: bool) -> Note:
        """Write a note, cut to what Lofty keeps."""
        now = self.clock.now()
        note = Note(
            note_id=480213577300000 + self.data.next_serial(),
            timeline_id=timeline_id(now, self.data.next_serial()),
            lead_id=lead_id,
            content=content[:NOTE_LIMIT],
            pinned=pinned,
            system=False,
            created_at=now,
            edited_at=now,
            visible_at=self._later(now),
        )
        self.data.notes[note.note_id] = note
        return note

    def edit_note(self, note: Note, *, content: str, pinned: bool) -> None:
        """Replace a note's words."""
        self.data.notes[note.note_id] = replace(
            note, content=content[:NOTE_LIMIT], pinned=pinned, edited_at=self.clock.now()
        )

    def delete_note(self, note: Note) -> None:
        """Delete a note; its lead's list shows it for a while yet."""
        self.data.notes[note.note_id] = replace(note, deleted_at=self.clock.now())

    def add_task(self, lead_id: int, **fields: Any) -> Task:
        """Give the agent something to do; `fields` are those of `Task`."""
        task_id = 480213577500000 + self.data.next_serial()
        task = Task(task_id=task_id, lead_id=lead_id, created_at=self.clock.now(), **fields)
        self.data.tasks[task_id] = task
        return task

    def add_site_activity(self, activity: SiteActivity) -> None:
        """Record what a lead did on the website."""
        self.data.site.setdefault(activity.lead_id, []).append(activity)

    def ask_for_summary(self, call: Call) -> None:
        """Have the recording transcribed anew; it takes `generate_s`."""
        known = self.data.summaries.get(call.call_id)
        self.data.summaries[call.call_id] = replace(
            known or Summary(state=3, text="", summary="", keywords=(), score=0), asked_at=self.clock.now()
        )

    def summary(self, call: Call) -> Summary | None:
        """Lofty's AI on a call as it stands now, or `None` where there never was anything to work on."""
        summary = self.data.summaries.get(call.call_id)
        if summary is None or summary.asked_at is None:
            return None if summary is None or summary.state is None else summary
        waited_s = (self.clock.now() - summary.asked_at).total_seconds()
        if waited_s < self.quirks.generate_s:
            return replace(summary, state=0 if waited_s < self.quirks.generate_s / 4 else 1)
        return replace(summary, state=2 if summary.text else 3)

    def _later(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.quirks.consistency_s)

    def _add_text(
        self, lead_id: int, content: str, direction: Literal["Inbound", "Outbound"], *, visible_at: datetime
    ) -> int:
        now = self.clock.now()
        text = Text(
            timeline_id=timeline_id(now, self.data.next_serial()),
            lead_id=lead_id,
            at=now,
            visible_at=visible_at,
            direction=direction,
            kind="Manual",
            content=content,
        )
        self.data.texts.setdefault(lead_id, []).append(text)
        return text.timeline_id

    def _record_sent(
        self, channel: Literal["sms", "email"], lead_id: int, *, to: str, subject: str | None, content: str
    ) -> SentMessage:
        message_id = str(480213577600000 + self.data.next_serial())
        message = SentMessage(channel, lead_id, to, subject, content, message_id)
        self.sent.append(message)
        return message


def _newest_first(rows: Sequence[_Seen]) -> list[_Seen]:
    return sorted(rows, key=_when, reverse=True)


def _when(row: Entry | ManualLog | Note) -> tuple[datetime, int]:
    at = row.at if isinstance(row, Entry) else row.created_at
    return at, row.timeline_id


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
