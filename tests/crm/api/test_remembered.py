"""What is kept of calls that were read: whose words they are, and no more than fits."""

from datetime import UTC, datetime

from lofty_crm.api.models import Call, CallSummary, TranscriptState
from lofty_crm.api.remembered import CALLS, LONGEST, TRANSCRIPTS, Remembered

AT = datetime(2026, 11, 10, tzinfo=UTC)


def call(number: int, lead_id: str = "7", *, transcript: str | None = None, summary: str | None = None) -> Call:
    return Call(
        id=f"{number}",
        lead_id=lead_id,
        recording_id=f"r{number}",
        direction="outbound",
        at=AT,
        transcript=transcript,
        summary=summary,
    )


def summary(text: str | None, words: str | None = None) -> CallSummary:
    return CallSummary(state=TranscriptState.READY, text=text, summary=words)


def test_a_call_s_words_are_found_by_either_of_its_ids() -> None:
    for record_id in ("1", "r1"):
        kept = Remembered()
        kept.calls([call(1)])
        kept.call_summary(record_id, summary("Hello", "They spoke."))
        assert kept.said_on_calls("7") == [("Hello\nThey spoke.", AT)]
        assert kept.said_on_calls("8") == []


def test_words_that_come_with_a_call_are_kept() -> None:
    kept = Remembered()
    kept.calls([call(1, transcript="Hello"), call(2, summary="They spoke."), call(3)])
    assert kept.said_on_calls("7") == [("Hello", AT), ("They spoke.", AT)]


def test_words_of_nobody_s_call_and_empty_ones_are_not_kept() -> None:
    kept = Remembered()
    kept.call_summary("1", summary("Hello"))
    kept.calls([call(1)])
    kept.call_summary("1", summary(None))
    assert kept.said_on_calls("7") == []


def test_no_more_is_kept_than_fits() -> None:
    kept = Remembered()
    kept.calls([call(n, transcript=f"{n}") for n in range(TRANSCRIPTS + 3)])
    said = [words for words, _ in kept.said_on_calls("7")]
    assert (said[0], len(said)) == ("3", TRANSCRIPTS)
    kept.calls([call(0, transcript="x" * (LONGEST + 1))])
    assert len(kept.said_on_calls("7")[-1][0]) == LONGEST
    kept.calls([call(n, "8") for n in range(1_000, 1_000 + CALLS)])
    kept.call_summary("0", summary("Forgotten"))
    assert "Forgotten" not in [words for words, _ in kept.said_on_calls("7")]
