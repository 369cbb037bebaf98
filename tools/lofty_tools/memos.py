"""A spoken memo in the folder that the user allowed, as words."""

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from lofty_tools.deps import deps
from lofty_tools.dictation import stamp
from lofty_tools.failures import Refusal
from lofty_tools.rendering import clock_time, duration, moment
from lofty_tools.tool import Effect, Result, tool
from lofty_tools.untrusted import Cleaned, clean, one_line, quote

_LONGEST = 60_000
"""Characters that are shown of a memo; an hour of talk has about 50,000."""


class Memo(Result):
    """What was said in a memo."""

    file: str
    lasted: str
    recorded: str
    engine: str
    rough: bool
    words: str
    note_begins: str

    def text(self) -> str:
        """Return the words, quoted, under a line that says how far to trust them."""
        heard = f"Heard by {self.engine}"
        heard += ", which mishears a lot: check every word with the user." if self.rough else "."
        return "\n".join(
            [
                f"Memo {self.file}, {self.lasted}, recorded {self.recorded}. {heard}",
                f"A note of it begins with: {self.note_begins}",
                "What was said:",
                quote(self.words),
            ]
        )


@tool(title="Transcribe a memo", effect=Effect.READ)
async def transcribe_memo(
    file: Annotated[str, Field(max_length=255, description="Its name, without a folder.")], ctx: Context[Any, Any]
) -> Memo:
    """Turn a voice memo in the user's memo folder into words.

    Opens no other file, and writes nothing.
    """
    given = deps(ctx)
    if given.memos is None:
        raise Refusal("No folder of memos is allowed: the user sets LOFTY_MCP_MEMO_DIR.")

    async def heard(seconds: float, of: float) -> None:
        await ctx.report_progress(seconds, of, "Listening to the memo")

    said = await given.memos.words(file, heard)
    now = given.clock.now()
    return Memo(
        file=one_line(file),
        lasted=duration(round(said.seconds)),
        recorded=moment(said.recorded_at, now=now, zone=given.zone),
        engine=said.engine,
        rough=said.rough,
        words=_shown(clean(said.words, limit=_LONGEST)),
        note_begins=stamp(clock_time(said.recorded_at, now=now, zone=given.zone)),
    )


def _shown(words: Cleaned) -> str:
    return f"{words.text} ({words.remarks})" if words.remarks else words.text
