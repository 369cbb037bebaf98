"""What Lofty does on some accounts, answered by a function."""

import json
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from lofty_crm.api.errors import BrokenAnswerError, NoEndpointError
from lofty_crm.api.models import Channel
from tests.crm.api.clients import Ask, answering
from tests.crm.api.virtual_time import START, VIRTUAL_TIME, VirtualTime

pytestmark = pytest.mark.anyio

NO_ENDPOINT = httpx.Response(404, text="The requested API endpoint does not exist")


@pytest.fixture
def anyio_backend() -> VirtualTime:
    return VIRTUAL_TIME


def lead(lead_id: int, first: str, last: str, **fields: object) -> dict[str, object]:
    return {"leadId": lead_id, "firstName": first, "lastName": last} | fields


EVERYBODY = {
    "leads": [lead(1, "Tom", "Okafor", phones=["4045550190"], emails=["tom@example.com"]), lead(2, "Jane", "Hollis")],
    "get_metadata": {"total": 2},
}


@pytest.mark.parametrize("query", ["zebulon@example.com", "2125550199", "Zebulon"])
async def test_a_server_that_drops_the_filter_is_not_believed(query: str) -> None:
    assert await answering(lambda _: httpx.Response(200, json=EVERYBODY)).leads(query) == ([], None)


@pytest.mark.parametrize("query", ["tom@example.com", "404-555-0190", "okafor", "Tom Okafr", "TÓM"])
async def test_of_everybody_those_who_fit_are_kept(query: str) -> None:
    found, total = await answering(lambda _: httpx.Response(200, json=EVERYBODY)).leads(query)
    assert [lead.id for lead in found] == ["1"]
    assert total is None


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("Jane <jane@example.com>", "email", "jane@example.com"),
        ("+1 (303) 555-0101", "phone", "3035550101"),
        ("Jane 303 555 0101", "phone", "3035550101"),
        ("Jane 7", "key", "Jane 7"),
    ],
)
async def test_the_query_decides_the_filter(query: str, name: str, value: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"leads": []})

    await answering(answer).leads(query, limit=500)
    assert asked[0].url.params[name] == value
    assert asked[0].url.params["limit"] == "100"


async def test_a_blank_query_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        await answering(lambda _: httpx.Response(200, json=EVERYBODY)).leads("  ")


@pytest.mark.parametrize("answer", [lead(2, "Jane", "Hollis"), {"lead": lead(2, "Jane", "Hollis")}])
async def test_a_lead_is_read_wrapped_or_bare(answer: dict[str, object]) -> None:
    lofty = answering(lambda _: httpx.Response(200, json=answer))
    assert (await lofty.lead("2")).name == "Jane Hollis"


FOREIGN = {"id": 5, "noteId": 5, "leadId": 8, "direction": "Inbound", "channel": "Text", "content": "secret"}


OF_ONE_LEAD: list[Ask] = [
    lambda lofty: lofty.lead("7"),
    lambda lofty: lofty.activities("7"),
    lambda lofty: lofty.texts("7"),
    lambda lofty: lofty.emails("7"),
    lambda lofty: lofty.calls("7"),
    lambda lofty: lofty.notes("7"),
    lambda lofty: lofty.tasks("7"),
    lambda lofty: lofty.manual_logs("7", Channel.SMS),
]


@pytest.mark.parametrize("ask", OF_ONE_LEAD)
async def test_rows_of_another_lead_are_never_passed_on(ask: Ask) -> None:
    keys = ["activities", "texts", "emails", "calls", "notes", "tasks", "logType"]
    answer = {key: [FOREIGN] for key in keys} | FOREIGN
    with pytest.raises(BrokenAnswerError):
        await ask(answering(lambda _: httpx.Response(200, json=answer)))


async def test_a_timeline_that_ignores_the_last_id_ends_all_the_same() -> None:
    rows = [{"id": n, "leadId": 7, "channel": "Text", "direction": "Inbound"} for n in range(1, 1001)]
    lofty = answering(lambda _: httpx.Response(200, json={"activities": rows}))
    assert len(await lofty.activities("7", limit=1500)) == 1000
    assert len(await lofty.activities("7", limit=2)) == 2


async def test_texts_of_a_timeline_without_an_end_are_not_called_all() -> None:
    begun = iter(range(0, 1_000_000, 1_000))

    def answer(_: httpx.Request) -> httpx.Response:
        first = next(begun)
        rows = [{"id": first + n, "leadId": 7, "channel": "Text", "direction": "Inbound"} for n in range(1, 21)]
        return httpx.Response(200, json={"activities": rows, "total": 20})

    with pytest.raises(BrokenAnswerError):
        await answering(answer).timeline_texts("7")


async def test_texts_of_a_timeline_are_those_of_the_lead() -> None:
    rows = [
        {"activityId": "a1", "type": "sms", "direction": "outbound", "content": "Ours"},
        {"activityId": "a2", "type": "mms", "direction": "inbound", "content": "STOP"},
        {"activityId": "a3", "type": "email", "direction": "inbound", "subject": "An email"},
        {"activityId": "a4", "type": "visit", "content": "Looked at a page"},
    ]
    pages = iter([rows, []])
    texts = await answering(lambda _: httpx.Response(200, json={"activities": next(pages)})).timeline_texts("7")
    assert [(text.direction, text.body, text.origin) for text in texts] == [
        ("outbound", "Ours", "auto"),
        ("inbound", "STOP", "auto"),
    ]


async def test_notes_beyond_the_first_hundred_are_read() -> None:
    notes = [{"noteId": n, "leadId": 7, "content": str(n)} for n in range(1, 251)]

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["pageNumber"])
        return httpx.Response(200, json={"notes": notes[(page - 1) * 100 : page * 100]})

    assert len(await answering(answer).notes("7")) == 250
    assert len(await answering(lambda _: httpx.Response(200, json={"notes": notes[:100]})).notes("7")) == 100


async def test_a_deleted_note_that_lingers_is_not_shown() -> None:
    notes = [{"noteId": 1, "content": "a", "deleteFlag": True}, {"noteId": 2, "content": "b"}]
    lofty = answering(lambda _: httpx.Response(200, json={"notes": notes}))
    assert [note.id for note in await lofty.notes("7")] == ["2"]


async def test_without_the_search_by_cursor_the_older_one_is_walked_a_day_at_a_time() -> None:
    windows: list[dict[str, int | str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404, text=NO_ENDPOINT.text)
        asked = json.loads(request.content)
        windows.append(asked)
        row = {"id": len(windows), "leadId": 7, "direction": "Inbound", "communicationTime": asked["startTime"]}
        return httpx.Response(200, json={"pageData": [row], "hasMore": False})

    lofty = answering(answer)
    page = await lofty.search_communications(since=START - timedelta(days=6), until=START, limit=100)
    rows = list(page.rows)
    assert page.next_cursor is not None
    while page.next_cursor:
        page = await lofty.search_communications(
            since=START - timedelta(days=6), until=START, limit=100, cursor=page.next_cursor
        )
        rows += page.rows
    assert [row.channel for row in rows[:3]] == [Channel.SMS, Channel.EMAIL, Channel.CALL]
    assert len(rows) == len(windows)
    day_ms = 24 * 3600 * 1000
    texts = [(int(asked["startTime"]), int(asked["endTime"])) for asked in windows if asked["type"] == "TEXT"]
    assert all(end - start <= day_ms for start, end in texts)
    assert texts[0][1] == START.timestamp() * 1000
    assert texts[-1][0] == (START - timedelta(days=6)).timestamp() * 1000
    assert all(earlier[1] == later[0] - 1 for later, earlier in pairwise(texts))


async def test_the_older_search_follows_more_rows_of_one_day() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404, text=NO_ENDPOINT.text)
        asked = json.loads(request.content)
        count = {"TEXT": 5}.get(asked["type"], 0)
        ids = range(asked["offset"] + 1, min(asked["offset"] + asked["limit"], count) + 1)
        rows = [{"id": n, "leadId": 7, "direction": "Inbound"} for n in ids]
        return httpx.Response(200, json={"pageData": rows, "hasMore": asked["offset"] + len(rows) < count})

    lofty = answering(answer)
    found: list[str] = []
    cursor = None
    while True:
        since = START - timedelta(hours=3)
        page = await lofty.search_communications(since=since, until=START, limit=2, cursor=cursor)
        found += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("cursor", ["w:", "w:1:2", "w:1:3:0", "w:-1:0:0", "junk", "w:1:x:0"])
async def test_a_cursor_that_this_search_did_not_give_is_refused(cursor: str) -> None:
    lofty = answering(lambda _: httpx.Response(200, json={"pageData": []}))
    with pytest.raises(ValueError, match="cursor"):
        await lofty.search_communications(since=START, until=START, cursor=cursor)


async def test_without_either_search_there_is_no_endpoint() -> None:
    with pytest.raises(NoEndpointError):
        await answering(lambda _: httpx.Response(404, text=NO_ENDPOINT.text)).search_communications(
            since=START, until=START
        )


async def test_an_inbox_without_news_is_an_empty_page() -> None:
    lofty = answering(lambda _: httpx.Response(200, json={"data": [], "nextCursor": None, "hasMore": False}))
    page = await lofty.search_communications(since=START, until=START)
    assert (page.rows, page.next_cursor) == ((), None)


async def test_a_call_without_a_recording_has_no_link() -> None:
    assert (
        await answering(lambda _: httpx.Response(200, json={"calls": {"id": 5, "url": ""}})).recording_url("5") is None
    )


async def test_nineteen_digits_make_the_whole_round() -> None:
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, content=b'{"noteId":9223372036854775807,"leadId":9223372036854775807,"content":"x"}')

    lofty = answering(answer)
    assert await lofty.create_note("9223372036854775807", content="x", pinned=False) == "9223372036854775807"
    assert (await lofty.note("9223372036854775807")).lead_id == "9223372036854775807"
    assert b'"leadId":9223372036854775807,' in bodies[0]


async def test_all_of_a_large_team_is_read() -> None:
    team = [{"memberUserId": n, "firstName": f"M{n}"} for n in range(1, 61)]

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json={"members": team[offset : offset + 25]})

    assert len(await answering(answer).members()) == 60
    assert len(await answering(lambda _: httpx.Response(200, json={"members": team[:25]})).members()) == 25
