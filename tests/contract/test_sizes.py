from collections import Counter

import pytest

from tests.bench.lofty import with_entries
from tests.bench.sizes import PAGE_TOKENS, answers

AGAIN = {
    "/v1.0/communication/text": 3,
    "/v1.0/leads/{id}": 3,
    "/v1.0/leads": 2,
    "/v1.0/me": 2,
    "/v1.0/communication/email": 1,
    "/v1.0/notes": 1,
    "/v1.0/logType": 2,
    "/v2.0/sales-agents/working-lead/{id}": 1,
}
"""What a text is judged by: read for the draft, when the answer to the question comes back, and before the POST; what
was said elsewhere, who has the same number and whether Lofty's assistant is at work, once in two minutes; who has the
same name, once a lead; who sends, once a process; whose key it is, once a key."""


@pytest.mark.anyio
async def test_a_timeline_page_of_20_entries_costs_at_most_1500_tokens() -> None:
    _, busy = await answers()
    _, short = await answers(with_entries(60))
    assert 500 < busy["get_timeline"].text_tokens <= PAGE_TOKENS
    assert 500 < short["get_timeline"].text_tokens <= PAGE_TOKENS


@pytest.mark.anyio
async def test_every_answer_is_shorter_than_the_same_as_indented_json() -> None:
    _, found = await answers()
    assert [name for name, answer in found.items() if answer.text_tokens >= 0.75 * answer.sdk_tokens] == []


@pytest.mark.anyio
async def test_a_timeline_reads_each_history_once_however_long_it_is() -> None:
    asked = [Counter((await answers(with_entries(length)))[1]["get_timeline"].requests) for length in (60, 3_000)]
    histories = {
        "/v1.0/communication/call": 1,
        "/v1.0/communication/email": 1,
        "/v1.0/communication/text": 1,
        "/v1.0/leads/{id}": 1,
        "/v1.0/logType": 3,
        "/v1.0/notes": 1,
        "/v2.0/leads/{id}/activities": 1,
    }
    assert asked == [histories, histories]


@pytest.mark.anyio
async def test_tools_ask_lofty_no_more_than_they_need() -> None:
    _, found = await answers()
    asked = {name: len(answer.requests) for name, answer in found.items()}
    assert {name: asked[name] for name in ("find_leads", "get_lead", "list_notes", "list_calls", "list_messages")} == {
        "find_leads": 1,
        "get_lead": 2,
        "list_notes": 1,
        "list_calls": 2,
        "list_messages": 0,
    }
    assert Counter(found["send_sms"].requests) == AGAIN
