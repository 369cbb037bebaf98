"""What came of a conversation: what was made in the CRM and in the outbox, and what a task wants to see there."""

import re
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from lofty_crm.outbox.message import Kind as MessageKind
from lofty_crm.outbox.outbox import Outbox
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox

Kind = Literal[
    "text", "email", "note", "edited", "deleted", "logCall", "logText", "logEmail", "task", "draft", "transcription"
]


@dataclass(frozen=True)
class Made:
    """One thing that a conversation made or changed."""

    kind: Kind
    lead_id: str
    words: str


@dataclass(frozen=True)
class Wanted:
    """What a thing has to be like; `has` and `lacks` are regular expressions, in any case of letters."""

    kind: Kind
    lead_id: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def fits(self, made: Made) -> bool:
        return (
            (made.kind, made.lead_id) == (self.kind, self.lead_id)
            and all(found(each, made.words) for each in self.has)
            and not any(found(each, made.words) for each in self.lacks)
        )


class Before:
    """The CRM as it was, to tell later what was made since."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        data = sandbox.world.data
        self._notes = dict(data.notes)
        self._logs = {log.log_id for logs in data.logs.values() for log in logs}
        self._tasks = set(data.tasks)
        self._asked = {call_id for call_id, summary in data.summaries.items() if summary.asked_at}

    async def made(self, outbox: Outbox) -> list[Made]:
        """Everything that is there now and was not, or was otherwise, before."""
        here = [*self._sent(), *self._changed_notes(), *self._logged(), *self._tasked(), *self._transcribed()]
        return [*here, *await _drafts(outbox)]

    def _sent(self) -> list[Made]:
        return [
            Made("text" if each.channel == "sms" else "email", str(each.lead_id), f"{each.subject}\n{each.content}")
            for each in self._sandbox.sent
        ]

    def _changed_notes(self) -> list[Made]:
        made: list[Made] = []
        for note_id, note in self._sandbox.world.data.notes.items():
            known = self._notes.get(note_id)
            words = f"{note.content}\npinned {note.pinned}"
            if known is None:
                made.append(Made("note", str(note.lead_id), words))
            elif note.deleted_at and not known.deleted_at:
                made.append(Made("deleted", str(note.lead_id), words))
            elif (note.content, note.pinned) != (known.content, known.pinned):
                made.append(Made("edited", str(note.lead_id), words))
        return made

    def _logged(self) -> list[Made]:
        return [
            Made(log.log_type, str(log.lead_id), f"{log.direction} {log.outcome} {log.subject}\n{log.content}")
            for logs in self._sandbox.world.data.logs.values()
            for log in logs
            if log.log_id not in self._logs
        ]

    def _transcribed(self) -> list[Made]:
        data = self._sandbox.world.data
        return [
            Made("transcription", str(call.lead_id), f"{call.at:%Y-%m-%d}")
            for call in self._sandbox.world.all_calls()
            if (summary := data.summaries.get(call.call_id)) and summary.asked_at and call.call_id not in self._asked
        ]

    def _tasked(self) -> list[Made]:
        return [
            Made(
                "task",
                str(each.lead_id),
                f"{each.kind} due {each.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M}Z\n{each.content}",
            )
            for task_id, each in self._sandbox.world.data.tasks.items()
            if task_id not in self._tasks
        ]


async def _drafts(outbox: Outbox) -> list[Made]:
    """What is in the outbox and did not leave it."""
    return [
        Made("draft", each.words.lead_id, f"{each.state} {each.words.kind} {each.words.subject}\n{each.words.body}")
        for each in await outbox.listing()
        if each.state is not State.SENT and not _withdrawn_deletion(each.words.kind, each.state)
    ]


def _withdrawn_deletion(kind: MessageKind, state: State) -> bool:
    return kind is MessageKind.NOTE_DELETION and state in {State.REJECTED, State.CANCELLED}


def found(pattern: str, words: str) -> bool:
    """Whether a pattern occurs, in any case of letters."""
    return re.search(pattern, words, re.IGNORECASE) is not None
