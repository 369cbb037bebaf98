"""A folder of voice memos whose words are known."""

from datetime import UTC, datetime

from lofty_tools.dictation import Dictated, Heard
from lofty_tools.failures import Refusal

_RECORDED = datetime(2026, 11, 17, 18, 55, tzinfo=UTC)
_WORDS = {
    "grace.m4a": "Just hung up with Grace Lindqvist, she called my cell at ten to two, five minutes. Fine with six "
    "thirty five for the Beaumont house if they leave the washer. Remind me tomorrow at nine to send her the "
    "disclosures.",
    "market.m4a": "Bumped into Jon Smith at the farmers market, he says his landlord is selling in June.",
}


class KnownMemos:
    """Stands for an engine that hears every word."""

    async def words(self, name: str, heard: Heard) -> Dictated:
        words = _WORDS.get(name)
        if words is None:
            raise Refusal(f"There is no memo {name} in the folder; there are {', '.join(_WORDS)}.")
        await heard(12.0, 24.0)
        return Dictated(words, 24.0, _RECORDED, "an engine that hears every word", rough=False)
