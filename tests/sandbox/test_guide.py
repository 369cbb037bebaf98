"""The dialect of the public communication guide."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import DANA, JANE, client, get, text

CALL = {
    "type": "call",
    "direction": "inbound",
    "duration": 225,
    "timestamp": "2026-11-17T16:30:00Z",
    "notes": "Rang me",
}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox("guide", frozen=True)


@pytest.fixture
async def lofty(sandbox: Sandbox) -> AsyncGenerator[httpx.AsyncClient]:
    async with client(sandbox) as http:
        yield http


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path",
    [f"/v1.0/leads/{JANE}", "/v1.0/leads", "/v1.0/logType", "/v1.0/me", "/v1.0/communication/text", "/v1.0/calls"],
)
async def test_what_the_guide_does_not_name_is_not_there(sandbox: Sandbox, lofty: httpx.AsyncClient, path: str) -> None:
    answer = await lofty.get(path, params={"leadId": JANE})
    assert (answer.status_code, answer.text) == (404, "The requested API endpoint does not exist")
    assert sandbox.unknown == []


@pytest.mark.anyio
async def test_the_timeline_carries_words_and_counts_its_pages(lofty: httpx.AsyncClient) -> None:
    first = await get(lofty, f"/v2.0/leads/{JANE}/activities", pageSize=20)
    second = await get(lofty, f"/v2.0/leads/{JANE}/activities", page=2, pageSize=20)
    rows = first["activities"] + second["activities"]
    newest = rows[0]
    assert (first["page"], first["pageSize"], first["total"]) == (1, 20, len(rows))
    assert {row["type"] for row in rows} == {"call", "sms", "email"}
    assert (newest["type"], newest["direction"], newest["timestamp"]) == ("sms", "inbound", "2026-11-17T17:58:21Z")
    assert "three instead of two" in newest["content"]
    assert next(row for row in rows if row["type"] == "call")["duration"] == 622
    assert next(row for row in rows if row["type"] == "email")["subject"].startswith("Thursday's tour")
    assert (await lofty.get(f"/v2.0/leads/{DANA}/activities", params={"pageSize": 500})).status_code == 400


@pytest.mark.anyio
async def test_an_outside_call_keeps_its_own_time_and_length(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    answer = await lofty.post(f"/v1.0/leads/{JANE}/activity", json=CALL)
    sandbox.clock.advance(2)
    rows = (await get(lofty, f"/v2.0/leads/{JANE}/activities"))["activities"]
    logged = next(row for row in rows if row.get("summary") == "Rang me")
    assert answer.json() == {"leadId": JANE}
    assert (logged["timestamp"], logged["duration"], logged["direction"]) == ("2026-11-17T16:30:00Z", 225, "inbound")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "fields", [{"type": "Browse"}, {"direction": "Inbound"}, {"timestamp": "2026-11-17T16:30:00"}, {"timestamp": "now"}]
)
async def test_an_activity_in_another_form_is_refused(lofty: httpx.AsyncClient, fields: dict[str, str]) -> None:
    assert (await lofty.post(f"/v1.0/leads/{JANE}/activity", json=CALL | fields)).status_code == 400


@pytest.mark.anyio
async def test_an_email_has_its_text_in_body(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    fields = {"leadId": JANE, "subject": "Ivy", "content": "reference words"}
    refused = await lofty.post("/v1.0/message/email/send", json=fields)
    await lofty.post("/v1.0/message/email/send", json=fields | {"body": "guide words"})
    await text(lofty, "Hi")
    assert refused.status_code == 400
    assert [(sent.channel, sent.content) for sent in sandbox.sent] == [("email", "guide words"), ("sms", "Hi")]


@pytest.mark.anyio
async def test_calls_carry_recording_transcript_and_summary_in_the_second_version(lofty: httpx.AsyncClient) -> None:
    plain = (await get(lofty, "/v1.0/communication/call", leadId=JANE))["calls"][0]
    rich, *others = (await get(lofty, "/v1.0/communication/call/v2", leadId=JANE))["calls"]
    assert rich | plain == rich
    assert rich["recordingUrl"].startswith("https://recordings.example.com/")
    assert rich["transcript"].startswith("Jane: Hello?")
    assert rich["aiSummary"].startswith("Jane and Alex planned a tour")
    assert (others[0]["recordingUrl"], others[0]["transcript"], others[0]["aiSummary"]) == (None, None, None)


@pytest.mark.anyio
async def test_notes_have_opaque_ids_and_nothing_but_content(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    note = (await lofty.post("/v1.0/notes", json={"leadId": JANE, "content": "Bring a ladder"})).json()
    path = f"/v1.0/notes/{note['id']}"
    early = await lofty.put(path, json={"content": "Too soon"})
    sandbox.clock.advance(2)
    updated = (await lofty.put(path, json={"content": "Bring two ladders"})).json()
    listed = (await get(lofty, "/v1.0/notes", leadId=JANE))["notes"]
    deleted = [(await lofty.delete(path)).status_code for _ in range(2)]
    assert note["id"].startswith("note_")
    assert early.status_code == 404
    assert listed[0] == updated == note | {"content": "Bring two ladders", "updatedAt": "2026-11-17T19:00:02Z"}
    assert deleted == [200, 404]
    assert (await lofty.delete("/v1.0/notes/480213577300101")).status_code == 404
    assert (await lofty.delete("/v1.0/notes/note_zz")).status_code == 404
