"""A lead's calls, and what was said in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from mcp.server.mcpserver import Context
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from lofty_crm.api.client import Lofty
from lofty_crm.api.models import Call, CallSummary, Direction, Lead, TranscriptState
from lofty_crm.policy.zones import likeliest_zone
from lofty_tools.arguments import CallId, Cursor, LeadId, Limit
from lofty_tools.deps import Deps, deps
from lofty_tools.failures import Refusal
from lofty_tools.paging import page
from lofty_tools.recordings import NO_WORDS, STATES, all_calls, named, search_all, why_none, words_of
from lofty_tools.rendering import count, duration, moment, plain
from lofty_tools.together import Read, together
from lofty_tools.tool import Effect, Result, tool
from lofty_tools.transcripts import PAGE, Passage, Transcript, read
from lofty_tools.untrusted import clean, one_line, quote
from lofty_tools.writing import without_label

_NAME = 60
_NOTE = 300
_SUMMARY = 4000
_MOST_FACTS = 30
_MOST_PASSAGES = 8
_LONGEST_LINK = 2000

OneCall = Annotated[
    CallId | Literal[""],
    WithJsonSchema({"type": "string", "description": "Else searches all."}),
]


class CallRow(BaseModel):
    """One call."""

    model_config = ConfigDict(frozen=True)

    call_id: str
    direction: Direction
    when: str
    at: datetime | None = None
    lasted: str | None = None
    ended: str | None = None
    recorded: bool | None = None
    transcript: Literal["yes", "maybe", "no"]
    note: str | None = None
    logged_by_assistant: bool | None = None

    def label(self, who: str = "") -> str:
        """Return what kind of call it was, with whom, and when, in one line."""
        parts = [
            f"call {self.call_id}{f' with {who}' if who else ''}",
            self.direction,
            self.when,
            self.lasted,
            self.ended,
        ]
        if self.recorded is not None:
            parts.append("recorded" if self.recorded else "not recorded")
        return "; ".join(part for part in parts if part)

    def line(self) -> str:
        """Return the label and whether a transcript can be read."""
        transcript = {"yes": "has a transcript", "maybe": "may have a transcript", "no": "no transcript"}
        return f"{self.label()}; {transcript[self.transcript]}"


class CallList(Result):
    """A lead's calls, newest first."""

    total: int
    calls: list[CallRow]
    next_cursor: str | None = None

    def text(self) -> str:
        """Return each call in a line, with what the agent noted below it."""
        if not self.calls:
            return "No older calls." if self.total else "No calls with this lead."
        lines = [f"{len(self.calls):,} of {count(self.total, 'call')} with this lead, newest first."]
        for row in self.calls:
            by = "logged by the assistant then" if row.logged_by_assistant else "noted by the agent"
            lines.append(f"{row.line()}{f'; {by}:' if row.note else ''}")
            lines += [quote(row.note)] if row.note else []
        if self.next_cursor:
            lines.append(f"Older calls: call again with cursor {self.next_cursor}")
        return "\n".join(lines)


class Found(BaseModel):
    """A passage of a transcript."""

    model_config = ConfigDict(frozen=True)

    offset: int
    time: str | None = None
    """How far into the call, where the transcript says it."""
    cursor: str
    text: str


class FoundCall(BaseModel):
    """A call in which words were found."""

    model_config = ConfigDict(frozen=True)

    call_id: str
    call: str
    passages: list[Found]


class CallTranscript(Result):
    """What was said in a call: a page of it, or the passages that were looked for, in it or in all calls."""

    call_id: str | None = None
    call: str | None = None
    state: TranscriptState
    what: str
    recording: str | None = None
    summary: str | None = None
    key_facts: list[str] | None = None
    transcript: str | None = None
    passages: list[Found] | None = None
    found_in: list[FoundCall] | None = None
    offset: int | None = None
    length: int | None = None
    next_cursor: str | None = None

    def text(self) -> str:
        """Return the summary, then the words, each under a line that says whose they are."""
        parts = [line for line in (self.call, self.recording) if line]
        if self.summary:
            parts.append(f"Summary in Lofty:\n{quote(self.summary)}")
        if self.key_facts:
            parts.append("Picked out by Lofty's AI:\n" + quote("\n".join(self.key_facts)))
        parts.append(self.what)
        if self.transcript:
            parts.append(quote(self.transcript))
        parts += _lines(self.passages or [])
        for each in self.found_in or []:
            parts += [f"In {each.call}:", *_lines(each.passages)]
        if self.next_cursor:
            parts.append(f"More: call again with cursor {self.next_cursor}")
        return "\n".join(parts)


def _lines(passages: list[Found]) -> list[str]:
    lines: list[str] = []
    for found in passages:
        time = f" ({found.time} into the call)" if found.time else ""
        lines.append(f"At {found.offset:,}{time}; to read on from there, leave `search` out, cursor {found.cursor}:")
        lines.append(quote(found.text))
    return lines


@dataclass(frozen=True)
class _History:
    calls: list[Call]
    lead: Lead | None

    def label(self, call: Call, given: Deps) -> str:
        who = one_line(self.lead.name, limit=_NAME) if self.lead else ""
        return self.row(call, now=given.clock.now(), zone=given.zone).label(who)

    def row(self, call: Call, *, now: datetime, zone: ZoneInfo) -> CallRow:
        theirs = likeliest_zone(self.lead, zone)
        ended = dict.fromkeys(word for word in (call.status, call.outcome) if word and word != "Completed")
        note, by_assistant = without_label(call.note or "")
        return CallRow(
            call_id=call.id,
            direction=call.direction,
            when=moment(call.at, now=now, zone=theirs, other=zone),
            at=call.at,
            lasted=duration(call.duration_s) if call.duration_s else None,
            ended=one_line(", ".join(map(plain, ended)), limit=60) or None,
            recorded=call.recorded,
            transcript="yes" if call.transcript else "maybe" if call.recorded or call.recording_url else "no",
            note=clean(note, limit=_NOTE).text or None,
            logged_by_assistant=by_assistant or None,
        )


@tool(title="List calls", effect=Effect.READ)
async def list_calls(lead_id: LeadId, ctx: Context[Any, Any], limit: Limit = 20, cursor: Cursor = "") -> CallList:
    """List the calls with a lead, newest first.

    No transcripts.
    """
    given = deps(ctx)
    history = await _history(given.lofty, lead_id)
    shown, following = page(history.calls, kind="call", at=_at, lead_id=lead_id, cursor=cursor, limit=limit)
    now = given.clock.now()
    return CallList(
        total=len(history.calls),
        calls=[history.row(call, now=now, zone=given.zone) for call in shown],
        next_cursor=following,
    )


@tool(title="Read a call's transcript", effect=Effect.READ)
async def get_call_transcript(
    lead_id: LeadId,
    ctx: Context[Any, Any],
    call_id: OneCall = "",
    search: Annotated[str, Field(max_length=200)] = "",
    cursor: Cursor = "",
    recording_link: bool = False,
) -> CallTranscript:
    """Read a call's AI summary and transcript, or find words.

    Has none made.
    """
    given = deps(ctx)
    if not call_id and not search.strip():
        raise Refusal("Give `call_id`, from `list_calls`; only a `search` looks through all calls.")
    history = await _history(given.lofty, lead_id, again=bool(cursor))
    if not call_id:
        return await _in_all_calls(given, history, search, cursor)
    call = named(call_id, history.calls, lead_id=lead_id)
    label = history.label(call, given)
    link = await _link(given.lofty, call) if recording_link else None
    found = await words_of(given.lofty, call)
    if found.state is not TranscriptState.READY:
        what = STATES.get(found.state) or why_none(call)
        return CallTranscript(call_id=call.id, call=label, state=found.state, what=what, recording=link)
    text = read(found.text or "")
    if not text.text:
        what = NO_WORDS
        return CallTranscript(call_id=call.id, call=label, state=found.state, what=what, recording=link, **_gist(found))
    begun = text.offset(cursor)
    shown = _passages(text, search, begun) if search.strip() else _page(text, begun)
    gist = _gist(found) if begun == 0 and not search.strip() else {}
    return CallTranscript(
        call_id=call.id, call=label, state=found.state, length=len(text.text), recording=link, **gist, **shown
    )


async def _in_all_calls(given: Deps, history: _History, words: str, cursor: str) -> CallTranscript:
    """Return the passages in all of a lead's calls, by call; `cursor` goes on with older ones."""
    search = await search_all(given.lofty, history.calls, words, after=cursor)
    room = PAGE
    found: list[FoundCall] = []
    left_out = 0
    for hit in search.hits:
        shown: list[Found] = []
        for each in hit.passages:
            room -= len(each.text)
            if room < 0 and (found or shown):
                left_out += 1
            else:
                shown.append(_found(hit.text, each))
        if shown:
            found.append(FoundCall(call_id=hit.call.id, call=history.label(hit.call, given), passages=shown))
    number = sum(len(hit.passages) for hit in search.hits)
    what = f"{count(number, 'passage')} with" if number else "Nothing found: searched for"
    which = "older recorded calls" if cursor else "recorded calls"
    what += f" `{one_line(words)}` in {count(search.searched, 'transcript')} of this lead's {which}"
    without = [f"{count(search.without, 'recorded call')} without a transcript"] if search.without else []
    without += [f"{count(search.older, 'older call')} not searched"] if search.older else []
    without += [f"{count(len(search.errors), 'call')} could not be read"] if search.errors else []
    without += [f"{count(left_out, 'passage')} not shown: search in one call"] if left_out else []
    what += f" ({'; '.join(without)})" if without else ""
    what += "; words of those on the call:" if found else "."
    following = search.last if search.older else None
    return CallTranscript(state=TranscriptState.READY, what=what, found_in=found, next_cursor=following)


def _found(text: Transcript, each: Passage) -> Found:
    return Found(offset=each.offset, time=text.time(each.offset), cursor=text.cursor(each.offset), text=each.text)


async def _link(lofty: Lofty, call: Call) -> str:
    """Return what to tell about a call's recording: its link is passed on and never opened."""
    url = call.recording_url or (None if call.recorded is False else await lofty.recording_url(call.id))
    if not url or not url.startswith("https://") or len(url) > _LONGEST_LINK or not url.isascii() or " " in url:
        return "Lofty gives no recording of this call."
    return f"Recording, by Lofty's link that ends within an hour and opens for anybody who has it: {url}"


async def _history(lofty: Lofty, lead_id: str, *, again: bool = False) -> _History:
    """Read the lead's calls and, meanwhile, the lead: its time zone is welcome, its absence no failure.

    `again` says that this goes on from a page before, for which the lead was read.
    """
    calls = Read(lambda: all_calls(lofty, lead_id))
    known = lofty.remembered.known(lead_id) if again else None
    lead = Read(lambda: lofty.lead(lead_id))
    await together(calls, *([] if known else [lead]))
    return _History(calls.needed(), known or lead.value)


def _gist(found: CallSummary) -> dict[str, Any]:
    """Return the AI's summary and facts, cleaned."""
    facts = [one_line(f"{_spaced(fact.kind)}: {fact.content}", limit=200) for fact in found.key_facts[:_MOST_FACTS]]
    words = clean(found.summary or "", limit=_SUMMARY).text
    return {"summary": words or None, "key_facts": facts or None}


def _page(text: Transcript, begun: int) -> dict[str, Any]:
    shown = text.page(begun)
    end = begun + len(shown.text)
    time = f", from {text.time(begun)} into the call" if text.time(begun) else ""
    what = (
        f"Transcript, {begun:,} to {end:,} of {len(text.text):,} characters{time}{_remarks(text)}, in their own words:"
    )
    return {
        "what": what,
        "transcript": shown.text.rstrip(),
        "offset": begun,
        "next_cursor": text.cursor(end) if end < len(text.text) else None,
    }


def _passages(text: Transcript, search: str, begun: int) -> dict[str, Any]:
    everything = text.passages(search)
    ahead = [each for each in everything if each.offset >= begun]
    shown: list[Found] = []
    room = PAGE
    for each in ahead[:_MOST_PASSAGES]:
        room -= len(each.text)
        if shown and room < 0:
            break
        shown.append(_found(text, each))
    what = f"{count(len(everything), 'passage')} with" if everything else "Nothing found: searched for"
    what += f" `{one_line(search)}` in the transcript's {len(text.text):,} characters{_remarks(text)}"
    what += "; words of those on the call:" if shown else "; none of them after this cursor." if everything else "."
    return {
        "what": what,
        "passages": shown,
        "next_cursor": text.cursor(ahead[len(shown)].offset) if len(shown) < len(ahead) else None,
    }


def _remarks(text: Transcript) -> str:
    said = [f"{count(text.removed, 'hidden character')} removed"] if text.removed else []
    said += [f"{count(text.cut, 'more character')} left out at the end"] if text.cut else []
    return f" ({'; '.join(said)})" if said else ""


def _spaced(kind: str) -> str:
    return "".join(f" {each.lower()}" if each.isupper() else each for each in kind).strip()


def _at(call: Call) -> datetime | None:
    return call.at
