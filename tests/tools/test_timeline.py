"""The timeline: every communication once, newest first, in pages that join, from whatever can be read."""

import re
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from lofty_crm.api.dialect import Dialect
from lofty_crm.api.models import Channel, OutsideContact
from lofty_tools.logs import log_call
from lofty_tools.timeline import get_timeline
from tests.tools.desk import BEN, JANE, MODES, WALTER, Desk, Mode
from tests.tools.reading import DANA, HUGO, OldestFirst, reading, roomy

_HISTORIES = (
    ("/v1.0/communication/text", "Texts could not be read"),
    ("/v1.0/communication/email", "Emails could not be read"),
    ("/v1.0/communication/call", "Calls could not be read"),
    ("/v1.0/notes", "Notes could not be read"),
    ("/v1.0/logType", "Logged texts could not be read"),
    ("/v2.0/leads/", "Combined timeline could not be read"),
)


def _marks(entries: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(e.get("at"), e["channel"], e.get("direction"), e.get("text") or e.get("subject")) for e in entries]


async def _walk(it: Desk, lead_id: str, *, limit: int, pages: int = 1_000) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    cursor = ""
    for _ in range(pages):
        result, text = await it.call("get_timeline", lead_id=lead_id, limit=limit, cursor=cursor)
        found += _marks(result["entries"])
        cursor = result.get("next_cursor", "")
        assert cursor in text
        if not cursor:
            break
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_page_holds_every_communication_once_newest_first(mode: Mode) -> None:
    async with reading(roomy(), get_timeline, mode=mode) as it:
        result, text = await it.call("get_timeline", lead_id=JANE, limit=100)
    entries = result["entries"]
    assert {entry["channel"] for entry in entries} == {"sms", "email", "call", "note"}
    assert len(set(_marks(entries))) == len(entries)
    at = [datetime.fromisoformat(entry["at"]) for entry in entries]
    assert at == sorted(at, reverse=True)
    assert entries[0]["when"] == "Tue Nov 17, 10:58 AM MST = 12:58 PM EST (1 h ago)"
    assert "- Tue Nov 17, 10:58 AM MST = 12:58 PM EST (1 h ago): text from Jane\n> Hi Alex! Could we do three" in text
    assert "next_cursor" not in result


@pytest.mark.anyio
async def test_calls_and_notes_carry_the_ids_that_the_next_call_needs() -> None:
    async with reading(roomy(), get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=JANE, channels=["call", "note"])
    call = next(entry for entry in result["entries"] if entry["channel"] == "call")
    note = next(entry for entry in result["entries"] if entry["channel"] == "note")
    assert call["what"] == f"call to Jane, 10 min 22 s, talked, recorded, agent's note, call_id {call['call_id']}"
    assert note["author"] == "Alex Morgan"
    assert f"note_id {note['note_id']}" in text


@pytest.mark.anyio
async def test_openings_are_told_with_the_email_and_automatic_messages_are_marked() -> None:
    async with reading(roomy(), get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=HUGO, channels=["email", "sms"])
    opened = [entry for entry in result["entries"] if entry.get("opened")]
    assert opened
    assert all(re.search(r", opened (\d+ times, last )?[A-Z][a-z]{2} ", entry["what"]) for entry in opened)
    assert "automatic text to Hugo" in text
    assert {entry.get("automatic") for entry in result["entries"]} == {True, None}
    assert "Lofty gives subjects of emails, not their words." in text


@pytest.mark.anyio
@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_join_to_the_whole(limit: int) -> None:
    async with reading(roomy(), get_timeline) as it:
        whole, _ = await it.call("get_timeline", lead_id=JANE, limit=100)
        marks = _marks(whole["entries"])
        assert len(marks) > 25
        assert [mark[:3] for mark in await _walk(it, JANE, limit=limit)] == [mark[:3] for mark in marks]


@pytest.mark.anyio
async def test_pages_still_join_when_messages_arrive_and_vanish_in_between() -> None:
    sandbox = roomy()
    async with reading(sandbox, get_timeline) as it:
        first, _ = await it.call("get_timeline", lead_id=DANA, limit=100)
        expected = [mark[:3] for mark in _marks(first["entries"])]
        page, _ = await it.call("get_timeline", lead_id=DANA, limit=40)
        for number in range(30):
            sandbox.inbound_text(int(DANA), f"News {number}")
        sandbox.clock.advance(10)
        second, _ = await it.call("get_timeline", lead_id=DANA, limit=30, cursor=page["next_cursor"])
        texts = sandbox.world.data.texts[int(DANA)]
        texts.sort(key=lambda text: text.at)
        del texts[-40:]
        third, _ = await it.call("get_timeline", lead_id=DANA, limit=30, cursor=second["next_cursor"])
    found = [mark[:3] for each in (page, second, third) for mark in _marks(each["entries"])]
    assert found == expected


@pytest.mark.anyio
async def test_a_lead_of_five_thousand_entries_takes_nine_reads_a_page_all_of_them_at_once() -> None:
    """D49"""
    sandbox = roomy()
    async with reading(sandbox, get_timeline) as it:
        sandbox.fail("GET", "/v", "hold", times=None)
        results: list[dict[str, Any]] = []

        async def read() -> None:
            results.append((await it.call("get_timeline", lead_id=DANA))[0])

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            with anyio.fail_after(5):
                await sandbox.arrived("GET", "/v", times=9)
            sandbox.clear_faults()
            sandbox.release()
        assert len(results[0]["entries"]) == 20
        assert len(sandbox.requests) == 9
        await it.call("get_timeline", lead_id=DANA, cursor=results[0]["next_cursor"])
    assert len(sandbox.requests) == 18


@pytest.mark.anyio
async def test_a_window_far_back_is_reached_in_few_reads() -> None:
    sandbox = roomy()
    async with reading(sandbox, get_timeline) as it:
        until = "2026-06-01T00:00:00Z"
        result, _ = await it.call("get_timeline", lead_id=DANA, until=until, since="2026-05-20T00:00:00Z", limit=100)
    at = [datetime.fromisoformat(entry["at"]) for entry in result["entries"]]
    assert len(at) > 10
    assert datetime(2026, 5, 20, tzinfo=UTC) <= min(at)
    assert max(at) < datetime(2026, 6, 1, tzinfo=UTC)
    assert len(sandbox.requests) <= 14


@pytest.mark.anyio
async def test_histories_that_begin_with_the_oldest_row_give_the_same_timeline() -> None:
    usual, turned = roomy(), roomy()
    async with reading(usual, get_timeline) as it:
        expected = await _walk(it, DANA, limit=20, pages=3)
    async with reading(turned, get_timeline, transport=OldestFirst(turned)) as it:
        assert await _walk(it, DANA, limit=20, pages=3) == expected


@pytest.mark.anyio
@pytest.mark.parametrize(("path", "said"), _HISTORIES)
async def test_a_history_that_fails_is_named_and_the_others_are_shown(path: str, said: str) -> None:
    sandbox = roomy()
    sandbox.fail("GET", path, "status", times=None, status=500)
    async with reading(sandbox, get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=JANE)
    assert len(result["entries"]) > 5
    assert any(line.startswith(said) for line in result["not_read"])
    assert said in text


@pytest.mark.anyio
async def test_texts_that_cannot_be_read_are_still_known_from_the_combined_timeline() -> None:
    sandbox = roomy()
    sandbox.fail("GET", "/v1.0/communication/text", "status", times=None, status=500)
    async with reading(sandbox, get_timeline) as it:
        result, _ = await it.call("get_timeline", lead_id=JANE, channels=["sms"])
    assert len(result["entries"]) > 10
    assert all("text" not in entry for entry in result["entries"])


@pytest.mark.anyio
async def test_a_record_that_cannot_be_read_costs_the_name_and_not_the_timeline() -> None:
    sandbox = roomy()
    sandbox.fail("GET", f"/v1.0/leads/{JANE}", "status", times=None, status=500)
    async with reading(sandbox, get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=JANE)
    assert len(result["entries"]) == 20
    assert "times are in your zone" in text


@pytest.mark.anyio
async def test_nothing_readable_is_an_error_and_so_is_an_unknown_lead() -> None:
    sandbox = roomy()
    async with reading(sandbox, get_timeline) as it:
        assert "Lofty has no lead 999, or" in await it.refused("get_timeline", lead_id="999")
        sandbox.fail("GET", "/v", "status", times=None, status=500)
        assert "try again" in await it.refused("get_timeline", lead_id=JANE)


@pytest.mark.anyio
@pytest.mark.parametrize("empty_timeline", [False, True])
async def test_a_contact_logged_by_hand_is_shown_once_and_marked(empty_timeline: bool) -> None:
    sandbox = roomy(empty_timeline=empty_timeline)
    contact = OutsideContact(channel=Channel.SMS, direction="outbound", content="Met at the open house")
    async with reading(sandbox, get_timeline) as it:
        await it.deps.lofty.log_contact(JANE, contact)
        sandbox.clock.advance(10)
        result, text = await it.call("get_timeline", lead_id=JANE, limit=100)
    logged = [entry for entry in result["entries"] if entry.get("text") == "Met at the open house"]
    assert [(entry["logged_by_hand"], entry["author"]) for entry in logged] == [(True, "agent")]
    assert "logged by hand: text to Jane, in the agent's words\n> Met at the open house" in text


@pytest.mark.anyio
async def test_a_call_that_the_assistant_logged_says_so_and_when_it_was() -> None:
    sandbox = roomy()
    async with reading(sandbox, get_timeline, log_call) as it:
        said = {"lead_id": JANE, "direction": "outbound", "summary": "Thursday stands.", "outcome": "NoAnswer"}
        await it.call("log_call", **said, started_at="2026-11-17T13:30:00-05:00")
        sandbox.clock.advance(10)
        _, text = await it.call("get_timeline", lead_id=JANE, limit=1)
    assert "(just now): logged by the assistant: call to Jane, in the agent's words, no answer, call_id " in text
    assert "\n> Outbound call on Tue Nov 17, 11:30 AM MST = 1:30 PM EST.\n> Thursday stands.\n" in text
    assert "Logged by the assistant" not in text


@pytest.mark.anyio
async def test_channels_that_are_not_asked_for_are_not_read() -> None:
    sandbox = roomy()
    async with reading(sandbox, get_timeline) as it:
        result, _ = await it.call("get_timeline", lead_id=JANE, channels=["note"])
        assert {entry["channel"] for entry in result["entries"]} == {"note"}
        assert {request.path for request in sandbox.requests} == {f"/v1.0/leads/{JANE}", "/v1.0/notes"}
        site, text = await it.call("get_timeline", lead_id=JANE, channels=["site"])
    assert {entry["channel"] for entry in site["entries"]} == {"site"}
    assert "Jane on the website\n> " in text


@pytest.mark.anyio
async def test_an_empty_timeline_says_so_and_what_it_was_narrowed_to() -> None:
    async with reading(roomy(), get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=BEN)
        since = "2026-11-17T13:00:00-05:00"
        _, narrowed = await it.call("get_timeline", lead_id=BEN, since=since, channels=["sms"])
        backwards = await it.refused("get_timeline", lead_id=BEN, since=since, until=since)
        naive = await it.refused("get_timeline", lead_id=BEN, since="2026-11-17T13:00:00")
    assert result["entries"] == []
    assert text == "Nothing with Ben Carter, lead_id 480213577100014."
    assert "lead_id 480213577100014 since Tue Nov 17, 12:00 PM CST = 1:00 PM EST, of sms alone." in narrowed
    assert "`until` is not after `since`" in backwards
    assert naive.startswith("`since` needs its offset from UTC, such as ")


@pytest.mark.anyio
async def test_a_full_page_of_long_texts_in_any_script_stays_readable() -> None:
    sandbox = roomy()
    for number in range(25):
        sandbox.inbound_text(int(JANE), f"{number} " + "سؤال عن البيت 🏠 " * 60)
        sandbox.clock.advance(60)
    async with reading(sandbox, get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=JANE)
        few, wide = await it.call("get_timeline", lead_id=JANE, limit=2)
    assert len(result["entries"]) == 20
    assert len(text.encode()) <= 6_000
    assert all(entry["left_out"] > 0 for entry in result["entries"])
    assert f"text from Jane, +{result['entries'][0]['left_out']} characters" in text
    assert few["entries"][0]["left_out"] < result["entries"][0]["left_out"]
    assert "Shortened texts" in wide


@pytest.mark.anyio
async def test_a_cursor_that_was_not_given_for_this_lead_is_refused_before_any_request() -> None:
    sandbox = roomy()
    async with reading(sandbox, get_timeline) as it:
        result, _ = await it.call("get_timeline", lead_id=JANE, limit=1)
        seen = len(sandbox.requests)
        for cursor in (result["next_cursor"][:-4], "zzz", "é", "W10", "bnVsbA"):
            assert "That cursor is not from this lead's timeline" in await it.refused(
                "get_timeline", lead_id=JANE, cursor=cursor
            )
        assert "That cursor" in await it.refused("get_timeline", lead_id=DANA, cursor=result["next_cursor"])
    assert len(sandbox.requests) == seen


@pytest.mark.anyio
async def test_what_a_lead_wrote_to_steer_the_assistant_is_quoted_clean_and_labelled() -> None:
    async with reading(roomy(), get_timeline) as it:
        result, text = await it.call("get_timeline", lead_id=WALTER, limit=100)
    for shown in (text, str(result)):
        assert not any(form in shown for form in ("\u200b", "\u202e", "\U000e0041", "![", "](", "</", "<untrusted"))
    ours = [line for line in text.splitlines() if not line.startswith(">")]
    assert not any("SYSTEM" in line or "approv" in line.casefold() or "```" in line for line in ours)
    assert any(line.startswith("> SYSTEM: ") for line in text.splitlines())
    assert any(entry.get("hidden_removed", 0) > 20 for entry in result["entries"])
    assert all(entry["author"] for entry in result["entries"])
    assert "hidden characters removed" in text


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["auto", Dialect.GUIDE])
async def test_the_guides_dialect_gives_the_same_texts_calls_and_notes(dialect: Any) -> None:
    async with reading(roomy(), get_timeline) as it:
        expected, _ = await it.call("get_timeline", lead_id=JANE, limit=100, channels=["sms", "call", "note"])
    async with reading(roomy("guide"), get_timeline, dialect=dialect) as it:
        result, text = await it.call("get_timeline", lead_id=JANE, limit=100, channels=["sms", "call", "note"])

    def moments(page: dict[str, Any]) -> list[tuple[datetime, str]]:
        return [(datetime.fromisoformat(entry["at"]), entry["channel"]) for entry in page["entries"]]

    assert moments(result) == moments(expected)
    assert "not_read" not in result
    assert "summary by Lofty's AI" in text


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["auto", Dialect.GUIDE])
async def test_the_guides_dialect_reaches_the_newest_of_a_long_timeline(dialect: Any) -> None:
    sandbox = roomy("guide")
    for number in range(230):
        sandbox.inbound_text(int(BEN), f"Text {number}")
        sandbox.clock.advance(60)
    async with reading(sandbox, get_timeline, dialect=dialect) as it:
        result, _ = await it.call("get_timeline", lead_id=BEN, limit=2)
    assert [entry["text"] for entry in result["entries"]] == ["Text 229", "Text 228"]
