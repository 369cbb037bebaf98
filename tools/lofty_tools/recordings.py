"""What Lofty has of the words of calls: found by either of a call's ids, in one call or in all of a lead's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import LoftyError, RateLimitedError, RefusedError
from lofty_crm.api.models import Call, CallSummary, TranscriptState
from lofty_tools.merging import rank_of
from lofty_tools.together import Read, together
from lofty_tools.transcripts import Passage, Transcript, read

MOST_CALLS = 12
"""How many recorded calls one search reads, the newest ones; each costs Lofty one or two requests."""
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
    """Recorded calls beyond the newest ones that were looked at."""
    errors: list[LoftyError]


async def words_of(lofty: Lofty, call: Call) -> CallSummary:
    """Return what Lofty has of a call's words."""
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


async def search_all(lofty: Lofty, calls: Sequence[Call], words: str) -> Search:
    """Look for words in the transcripts of a lead's recorded calls, newest first.

    Raises:
        LoftyError: none of them could be read.
    """
    recorded = [each for each in calls if each.transcript or each.recorded or each.recording_url]
    recorded.sort(key=lambda each: rank_of(each.at), reverse=True)
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
    return Search(hits, len(texts), without, len(recorded) - len(asked), errors)


def why_none(call: Call) -> str:
    """Say in plain words why there is no transcript of a call."""
    ended = {word.replace(" ", "").casefold() for word in (call.status, call.outcome) if word}
    if call.recorded or call.recording_url:
        return "Lofty has a recording of this call, but no transcript yet; none was asked for here."
    if ended & _NOBODY:
        return "Nobody answered this call, so there are no words of it."
    if ended & _VOICE:
        return "This call ended in a voice message; Lofty has no transcript of those."
    if call.recorded is None:
        return "Lofty has no recording of this call, as of those that are logged by hand: only what the agent noted."
    return "This call was not recorded, so Lofty has no transcript of it."


def _told(found: CallSummary | None) -> str | None:
    return found.text if found and found.state is TranscriptState.READY else None
