"""Having Lofty transcribe a recorded call: one request, and a wait that ends."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import anyio
from mcp.server.mcpserver import Context

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import LoftyError, NoEndpointError, RateLimitedError, RefusedError
from lofty_crm.api.ids import DecimalId, OpaqueId
from lofty_crm.api.models import Call, CallSummary, TranscriptState
from lofty_tools.deps import Deps, deps
from lofty_tools.failures import Refusal
from lofty_tools.recordings import NO_WORDS, STATES, all_calls, named, record_ids, why_none, words_of
from lofty_tools.tool import Effect, Result, tool

LONGEST_WAIT_S = 45.0
"""Less than the minute after which many clients give a tool up."""
PAUSES_S = (2.0, 3.0, 5.0, 7.0)
"""Between two looks; the last one is repeated. A look counts against the AI's low limit."""
ASKED_LATELY = timedelta(minutes=10)
_UNASKED = "Lofty was not asked."


class Transcribed(Result):
    """What became of a call's transcript."""

    call_id: str
    state: TranscriptState
    what: str
    sandbox: bool | None = None

    def text(self) -> str:
        """Return it in one line."""
        return f"{'[sandbox] ' if self.sandbox else ''}Call {self.call_id}: {self.what}"


@tool(title="Transcribe a call", effect=Effect.WRITE, toolset="calls")
async def create_transcript(lead_id: DecimalId, call_id: OpaqueId, ctx: Context[Any, Any]) -> Transcribed:
    """Have Lofty transcribe a call.

    Only on request.
    """
    given = deps(ctx)
    lofty = given.lofty
    call = named(call_id, await all_calls(lofty, lead_id), lead_id=lead_id)
    before = await words_of(lofty, call)
    if before.state is TranscriptState.READY:
        return _told(given, call, before)
    if call.recorded is False or not (call.recorded or call.recording_url or call.recording_id):
        raise Refusal(f"{why_none(call)} {_UNASKED}")
    if await lofty.dialect() is Dialect.GUIDE:
        raise Refusal(f"This Lofty account has no way to ask for a transcript: it shows those that it has. {_UNASKED}")
    if before.state is not TranscriptState.PROCESSING and not _asked_lately(given, call):
        await _ask(given, call)

    async def waited(seconds: float) -> None:
        await ctx.report_progress(seconds, LONGEST_WAIT_S, "Lofty is writing the transcript")

    found = await _outcome(lofty, call, before, waited)
    if found.state in {TranscriptState.READY, TranscriptState.FAILED}:
        lofty.remembered.transcripts_asked.pop(call.id, None)
    return _told(given, call, found)


async def _ask(given: Deps, call: Call) -> None:
    """Ask once. Only when Lofty says that it knows no such recording is it asked by the call's other id."""
    asked = given.lofty.remembered.transcripts_asked
    ids = record_ids(call)
    asked[call.id] = given.clock.now()
    for record_id in ids:
        try:
            await given.lofty.generate_call_summary(record_id, lead_id=call.lead_id)
        except (RateLimitedError, NoEndpointError):
            del asked[call.id]
            raise
        except RefusedError:
            if record_id == ids[-1]:
                del asked[call.id]
                raise
        else:
            return


def _asked_lately(given: Deps, call: Call) -> bool:
    at = given.lofty.remembered.transcripts_asked.get(call.id)
    return at is not None and abs(given.clock.now() - at) < ASKED_LATELY


async def _outcome(
    lofty: Lofty, call: Call, before: CallSummary, waited: Callable[[float], Awaitable[None]]
) -> CallSummary:
    """Look until the transcript is there or has failed, or the wait is over; return what was seen last."""
    begun = anyio.current_time()
    seen = before
    begun_again = False
    looks = 0
    while (left_s := begun + LONGEST_WAIT_S - anyio.current_time()) > 0:
        await waited(LONGEST_WAIT_S - left_s)
        await anyio.sleep(min(PAUSES_S[min(looks, len(PAUSES_S) - 1)], left_s))
        looks += 1
        try:
            seen = await words_of(lofty, call)
        except RateLimitedError as error:
            await anyio.sleep(min(error.wait_s, max(0.0, begun + LONGEST_WAIT_S - anyio.current_time())))
            continue
        except LoftyError:
            continue
        # a failure of before may be shown for a while after Lofty was asked anew
        begun_again |= seen.state in {TranscriptState.PENDING, TranscriptState.PROCESSING}
        failed = seen.state is TranscriptState.FAILED and (begun_again or before.state is not TranscriptState.FAILED)
        if seen.state is TranscriptState.READY or failed:
            break
    return seen


def _told(given: Deps, call: Call, found: CallSummary) -> Transcribed:
    match found.state:
        case TranscriptState.READY:
            what = "The transcript is there: read it with `get_call_transcript`." if found.text else NO_WORDS
        case TranscriptState.FAILED:
            what = STATES[TranscriptState.FAILED]
        case _:
            what = (
                "Lofty was asked and is still at it. Read the transcript with `get_call_transcript` in a few minutes; "
                "there is no need to ask again."
            )
    return Transcribed(call_id=call.id, state=found.state, what=what, sandbox=given.sandbox or None)
