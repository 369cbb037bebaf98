"""What Lofty has of the words of calls: found by either of a call's ids, in one call or in all of a lead's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import LoftyError, RateLimitedError, RefusedError
from lofty_crm.api.models import Call, CallSummary, TranscriptState
from lofty_tools.failures import Refusal
from lofty_tools.merging import rank_of
from lofty_tools.together import Read, together
from lofty_tools.transcripts import Passage, Transcript, read

_READ_AT_ONCE = 100
_MOST_READS = 10
MOST_CALLS = 12
"""How many recorded calls one search reads, the newest ones; each costs Lofty one or two requests."""
NO_WORDS = "Lofty transcribed the recording and found no words in it."
STATES = {
    TranscriptState.PENDING: (
        "The transcript is waiting for Lofty to begin it. Where the user wants it now, `create_transcript` asks for it."
    ),
    TranscriptState.PROCESSING: "Lofty is writing the transcript. Try again in a few minutes.",
    TranscriptState.FAILED: "Lofty could not transcribe the recording.",
}
"""What is told of a transcript that is not there."""
_NOBODY = frozenset({"noanswer", "missed", "busy", "failed"})
_VOICE = frozenset({"voicemail", "voicemessage"})


@dataclass(frozen=True)
class Searched:
    """One call that was searched."""

    call: Call
    text: Transcript
    passages: list[Passage]


@dataclass(frozen=True)
class Search:
    """What a search through a lead's calls found, and where it could not look."""

    hits: list[Searched]
    searched: int
    """Calls whose transcript was read."""
    without: int
    """Recorded calls that have no transcript."""
    older: int
    """Recorded calls beyond those that were looked at."""
    last: str
    """The id of the oldest call that was looked at."""
    errors: list[LoftyError]


async def all_calls(lofty: Lofty, lead_id: str) -> list[Call]:
    """Return the lead's calls; in the guide dialect, which embeds them, with transcript and summary."""
    fetch = lofty.calls_v2 if await lofty.dialect() is Dialect.GUIDE else lofty.calls
    found: dict[str, Call] = {}
    for turn in range(_MOST_READS):
        rows = await fetch(lead_id, limit=_READ_AT_ONCE, offset=turn * _READ_AT_ONCE)
        found |= {call.id: call for call in rows}
        if len(rows) < _READ_AT_ONCE:
            break
    return list(found.values())


def named(call_id: str, calls: Sequence[Call], *, lead_id: str) -> Call:
    """Return the call that has this id, or this dialer record.

    Raises:
        Refusal: the lead has no such call.
    """
    call = next((each for each in calls if call_id in {each.id, each.recording_id}), None)
    if call is None:
        raise Refusal(f"Lead {lead_id} has no call {call_id}. Use `list_calls`.")
    return call


def record_ids(call: Call) -> list[str]:
    """Return what a call's recording may be known by, likelier first: no source says which of the two ids it is."""
    return [each for each in dict.fromkeys((call.recording_id, call.id)) if each]


async def words_of(lofty: Lofty, call: Call) -> CallSummary:
    """Return what Lofty has of a call's words."""
    none = CallSummary(state=TranscriptState.NONE)
    if call.transcript is not None:
        return CallSummary(state=TranscriptState.READY, text=call.transcript, summary=call.summary)
    if call.recorded is False or await lofty.dialect() is Dialect.GUIDE:
        return none
    ids = record_ids(call)
    for record_id in ids:
        try:
            found = await lofty.call_summary(record_id)
        except RateLimitedError:
            raise
        except RefusedError:
            if record_id == ids[-1]:
                raise
            continue
        if found:
            return found
    return none


async def search_all(lofty: Lofty, calls: Sequence[Call], words: str, *, after: str = "") -> Search:
    """Look for words in the transcripts of a lead's recorded calls, newest first.

    Args:
        lofty: the account.
        calls: all of the lead's calls.
        words: what to look for.
        after: the id of the last call that was searched before, so as to go on with older ones.

    Raises:
        LoftyError: none of them could be read.
        Refusal: there is no such call to go on from.
    """
    recorded = [each for each in calls if each.transcript or each.recorded or each.recording_url]
    recorded.sort(key=lambda each: rank_of(each.at), reverse=True)
    if after:
        place = next((at for at, call in enumerate(recorded, start=1) if call.id == after), None)
        if place is None:
            raise Refusal("This cursor is not of a search in this lead's calls. Search again without `cursor`.")
        recorded = recorded[place:]
    asked = recorded[:MOST_CALLS]
    reads = [Read(partial(words_of, lofty, call)) for call in asked]
    await together(*reads)
    errors = [each.error for each in reads if each.error]
    if errors and len(errors) == len(reads):
        raise errors[0]
    told = [(call, _told(found.value)) for call, found in zip(asked, reads, strict=True)]
    texts = [(call, read(text)) for call, text in told if text]
    hits = [Searched(call, text, found) for call, text in texts if (found := text.passages(words))]
    without = len(asked) - len(errors) - len(texts)
    return Search(hits, len(texts), without, len(recorded) - len(asked), asked[-1].id if asked else "", errors)


def why_none(call: Call) -> str:
    """Say in plain words why there is no transcript of a call."""
    ended = {word.replace(" ", "").casefold() for word in (call.status, call.outcome) if word}
    if call.recorded or call.recording_url:
        return (
            "Lofty has a recording of this call, but no transcript yet; none was asked for here. Lofty writes one when "
            "it is asked: `create_transcript`, if the user wants it."
        )
    if ended & _NOBODY:
        return "Nobody answered this call, so there are no words of it."
    if ended & _VOICE:
        return "This call ended in a voice message; Lofty has no transcript of those."
    if call.recorded is None:
        return "Lofty has no recording of this call, as of those that are logged by hand: only what the agent noted."
    return "This call was not recorded, so Lofty has no transcript of it."


def _told(found: CallSummary | None) -> str | None:
    return found.text if found and found.state is TranscriptState.READY else None
