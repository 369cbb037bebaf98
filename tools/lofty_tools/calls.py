"""A lead's calls, and what was said in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from mcp.server.mcpserver import Context
from pydantic import BaseModel, ConfigDict, Field

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import RateLimitedError, RefusedError
from lofty_crm.api.models import Call, CallSummary, Direction, Lead, TranscriptState
from lofty_crm.policy.zones import candidate_zones
from lofty_tools.arguments import CallId, Cursor, LeadId, Limit
from lofty_tools.deps import deps
from lofty_tools.failures import Refusal
from lofty_tools.paging import page
from lofty_tools.rendering import count, duration, moment
from lofty_tools.together import Read, together
from lofty_tools.tool import Effect, Result, tool
from lofty_tools.transcripts import PAGE, Transcript, read
from lofty_tools.untrusted import clean, one_line, quote

_READ_AT_ONCE = 100
_MOST_READS = 10
_NOTE = 300
_SUMMARY = 4000
_MOST_FACTS = 30
_MOST_PASSAGES = 8

_STATES = {
    TranscriptState.NONE: "Lofty has no transcript of this call.",
    TranscriptState.PENDING: "The transcript is waiting for Lofty to begin it. Try again in some minutes.",
    TranscriptState.PROCESSING: "Lofty is writing the transcript. Try again in some minutes.",
    TranscriptState.FAILED: "Lofty could not transcribe the recording.",
}


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

    def label(self) -> str:
        """Return what kind of call it was, and when, in one line."""
        parts = [f"call {self.call_id}", self.direction, self.when, self.lasted, self.ended]
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
            lines.append(f"{row.line()}{'; noted by the agent:' if row.note else ''}")
            lines += [quote(row.note)] if row.note else []
        if self.next_cursor:
            lines.append(f"Older calls: call again with cursor {self.next_cursor}")
        return "\n".join(lines)


class Found(BaseModel):
    """A passage of a transcript."""

    model_config = ConfigDict(frozen=True)

    offset: int
    cursor: str
    text: str


class CallTranscript(Result):
    """What was said in a call: a page of it, or the passages that were looked for."""

    call_id: str
    call: str
    state: TranscriptState
    what: str
    summary: str | None = None
    key_facts: list[str] | None = None
    transcript: str | None = None
    passages: list[Found] | None = None
    offset: int | None = None
    length: int | None = None
    next_cursor: str | None = None

    def text(self) -> str:
        """Return the summary, then the words, each under a line that says whose they are."""
        parts = [self.call]
        if self.summary:
            parts.append(f"Summary in Lofty:\n{quote(self.summary)}")
        if self.key_facts:
            parts.append("Picked out by Lofty's AI:\n" + quote("\n".join(self.key_facts)))
        parts.append(self.what)
        if self.transcript:
            parts.append(quote(self.transcript))
        for found in self.passages or []:
            parts.append(f"At {found.offset:,}; to read on from there, leave `search` out, cursor {found.cursor}:")
            parts.append(quote(found.text))
        if self.next_cursor:
            parts.append(f"More: call again with cursor {self.next_cursor}")
        return "\n".join(parts)


@dataclass(frozen=True)
class _History:
    calls: list[Call]
    lead: Lead | None

    def row(self, call: Call, *, now: datetime, zone: ZoneInfo) -> CallRow:
        theirs = next(iter(candidate_zones(self.lead)), zone)
        ended = dict.fromkeys(word for word in (call.status, call.outcome) if word and word != "Completed")
        note = clean(call.note, limit=_NOTE).text if call.note else None
        return CallRow(
            call_id=call.id,
            direction=call.direction,
            when=moment(call.at, now=now, zone=theirs, other=zone),
            at=call.at,
            lasted=duration(call.duration_s) if call.duration_s else None,
            ended=one_line(", ".join(ended), limit=60) or None,
            recorded=call.recorded,
            transcript="yes" if call.transcript else "maybe" if call.recorded or call.recording_url else "no",
            note=note or None,
        )


@tool(title="List calls", effect=Effect.READ)
async def list_calls(lead_id: LeadId, ctx: Context[Any, Any], limit: Limit = 20, cursor: Cursor = "") -> CallList:
    """List the calls with a lead, newest first.

    No transcripts: see `get_call_transcript`.
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
    call_id: CallId,
    ctx: Context[Any, Any],
    search: Annotated[str, Field(max_length=200, description="Words to find.")] = "",
    cursor: Cursor = "",
) -> CallTranscript:
    """Read a recorded call: AI summary and transcript in pages, or passages by their words.

    Asks for no new transcript.
    """
    given = deps(ctx)
    history = await _history(given.lofty, lead_id, with_lead=not cursor)
    call = next((each for each in history.calls if each.id == call_id), None)
    if call is None:
        raise Refusal(f"Lead {lead_id} has no call {call_id}. Use `list_calls`.")
    label = history.row(call, now=given.clock.now(), zone=given.zone).label()
    found = await _summary(given.lofty, call)
    if found.state is not TranscriptState.READY:
        what = _STATES[found.state]
        if found.state is TranscriptState.NONE and (call.recorded or call.recording_url):
            what = "Lofty has a recording of this call, but no transcript yet; none was asked for here."
        elif call.recorded is False:
            what = "This call was not recorded, so Lofty has no transcript of it."
        return CallTranscript(call_id=call_id, call=label, state=found.state, what=what)
    text = read(found.text or "")
    if not text.text:
        what = "Lofty transcribed the recording and found no words in it."
        return CallTranscript(call_id=call_id, call=label, state=found.state, what=what, **_gist(found))
    begun = text.offset(cursor)
    shown = _passages(text, search, begun) if search.strip() else _page(text, begun)
    gist = _gist(found) if begun == 0 and not search.strip() else {}
    return CallTranscript(call_id=call_id, call=label, state=found.state, length=len(text.text), **gist, **shown)


async def _history(lofty: Lofty, lead_id: str, *, with_lead: bool = True) -> _History:
    """Read the lead's calls and, meanwhile, the lead: its time zone is welcome, its absence no failure."""
    calls = Read(lambda: _all_calls(lofty, lead_id))
    lead = Read(lambda: lofty.lead(lead_id))
    await together(calls, *([lead] if with_lead else []))
    return _History(calls.needed(), lead.value)


async def _all_calls(lofty: Lofty, lead_id: str) -> list[Call]:
    """Return the lead's calls; in the guide dialect, which embeds them, with transcript and summary."""
    fetch = lofty.calls_v2 if await lofty.dialect() is Dialect.GUIDE else lofty.calls
    found: dict[str, Call] = {}
    for turn in range(_MOST_READS):
        rows = await fetch(lead_id, limit=_READ_AT_ONCE, offset=turn * _READ_AT_ONCE)
        found |= {call.id: call for call in rows}
        if len(rows) < _READ_AT_ONCE:
            break
    return list(found.values())


async def _summary(lofty: Lofty, call: Call) -> CallSummary:
    """Return what Lofty has of the call's words."""
    none = CallSummary(state=TranscriptState.NONE)
    if call.transcript is not None:
        return CallSummary(state=TranscriptState.READY, text=call.transcript, summary=call.summary)
    if call.recorded is False or await lofty.dialect() is Dialect.GUIDE:
        return none
    # No source says which of the two ids a summary is found by.
    ids = [each for each in dict.fromkeys((call.recording_id, call.id)) if each]
    for last, record_id in zip((*[False] * (len(ids) - 1), True), ids, strict=True):
        try:
            found = await lofty.call_summary(record_id)
        except RateLimitedError:
            raise
        except RefusedError:
            if last:
                raise
            continue
        if found:
            return found
    return none


def _gist(found: CallSummary) -> dict[str, Any]:
    """Return the AI's summary and facts, cleaned."""
    facts = [one_line(f"{_spaced(fact.kind)}: {fact.content}", limit=200) for fact in found.key_facts[:_MOST_FACTS]]
    words = clean(found.summary or "", limit=_SUMMARY).text
    return {"summary": words or None, "key_facts": facts or None}


def _page(text: Transcript, begun: int) -> dict[str, Any]:
    shown = text.page(begun)
    end = begun + len(shown.text)
    what = f"Transcript, {begun:,} to {end:,} of {len(text.text):,} characters{_remarks(text)}, in their own words:"
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
        shown.append(Found(offset=each.offset, cursor=text.cursor(each.offset), text=each.text))
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
