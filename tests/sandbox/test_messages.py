"""Sending, and what the histories show of it."""

from typing import Any

import httpx
import pytest

from lofty_sandbox.records import SentMessage
from lofty_sandbox.sandbox import Sandbox

from .calling import GRACE, HUGO, JANE, client, error, get, text

ELENA = 480213577100005
SAM = 480213577100012


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wanted", "used"),
    [({}, "6025550105"), ({"phoneNumber": "4805550155"}, "4805550155"), ({"phoneNumber": "9995550100"}, "6025550105")],
)
async def test_a_number_that_is_not_the_leads_falls_back_to_the_primary_one(
    sandbox: Sandbox, lofty: httpx.AsyncClient, wanted: dict[str, str], used: str
) -> None:
    answer = await text(lofty, "Hola", leadId=ELENA, **wanted)
    sent = sandbox.sent[0]
    assert answer.json() == {"messageId": sent.message_id, "phoneNumber": used, "phoneCode": "1"}
    assert sent == SentMessage("sms", ELENA, f"+1{used}", None, "Hola", sent.message_id)


@pytest.mark.anyio
async def test_an_address_that_is_not_the_leads_falls_back_to_the_primary_one(
    sandbox: Sandbox, lofty: httpx.AsyncClient
) -> None:
    fields = {"leadId": ELENA, "subject": "Keys", "content": "<p>Hi</p>"}
    await lofty.post("/v1.0/message/email/send", json=fields | {"toEmail": "the.garcias@example.com"})
    strange = await lofty.post("/v1.0/message/email/send", json=fields | {"toEmail": "x@example.com"})
    assert [sent.to for sent in sandbox.sent] == ["the.garcias@example.com", "elena.garcia@example.com"]
    assert strange.json()["toEmail"] == "elena.garcia@example.com"
    assert sandbox.sent[0].subject == "Keys"


@pytest.mark.anyio
async def test_an_email_whose_text_is_only_in_body_is_refused(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    answer = await lofty.post("/v1.0/message/email/send", json={"leadId": JANE, "subject": "Hi", "body": "Hello"})
    assert error(answer) == (400, "BaseApplicationException:errorCode=20012,errorMsg=Content is empty")
    assert sandbox.sent == []


@pytest.mark.anyio
@pytest.mark.parametrize("lead_id", [str(JANE), None, True, 7.5])
async def test_a_lead_id_that_is_not_a_number_is_refused(
    sandbox: Sandbox, lofty: httpx.AsyncClient, lead_id: Any
) -> None:
    assert (await text(lofty, "Hi", leadId=lead_id)).status_code == 400
    assert sandbox.sent == []


@pytest.mark.anyio
async def test_no_flag_on_the_lead_stops_a_send(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.edit_lead(JANE, cannotText=True)
    assert (await text(lofty, "Hi")).status_code == 200
    assert len(sandbox.sent) == 1


@pytest.mark.anyio
async def test_a_text_needs_a_phone_a_virtual_number_and_a_lead(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    statuses = [(await text(lofty, "Hi", leadId=SAM)).status_code, (await text(lofty, "Hi", leadId=1)).status_code]
    bare = Sandbox(frozen=True, virtual_number=False)
    async with client(bare) as numberless:
        statuses.append((await text(numberless, "Hi")).status_code)
        me = await get(numberless, "/v1.0/me")
    assert statuses == [400, 404, 400]
    assert me["virtualNumber"] == ""
    assert sandbox.sent == bare.sent == []


@pytest.mark.anyio
async def test_a_sent_text_shows_in_the_history_after_a_while_word_for_word(
    sandbox: Sandbox, lofty: httpx.AsyncClient
) -> None:
    words = "Three it is! 👨‍👩‍👧 “see you” \n- Alex"
    await text(lofty, words)
    before = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"][0]
    sandbox.clock.advance(2)
    row = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"][0]
    assert before["direction"] == "Inbound"
    assert (row["textContent"], row["textType"], row["direction"], row["textOutcome"], row["textTime"]) == (
        words,
        "Manual",
        "Outbound",
        "Delivered",
        "2026-11-17 19:00:00",
    )
    assert await get(lofty, f"/v2.0/communication/text/{row['id']}") == row


@pytest.mark.anyio
async def test_a_sent_email_shows_its_subject_alone(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    await lofty.post("/v1.0/message/email/send", json={"leadId": JANE, "subject": "Ivy St", "content": "secret words"})
    sandbox.clock.advance(2)
    answer = await lofty.get("/v1.0/communication/email", params={"leadId": JANE})
    row = answer.json()["emails"][0]
    assert (row["emailSubject"], row["eventType"], row["emailType"]) == ("Ivy St", "Sent", "Manual")
    assert "secret words" not in answer.text
    assert await get(lofty, f"/v2.0/communication/email/{row['id']}") == row


@pytest.mark.anyio
async def test_an_email_event_is_a_row_of_its_own(lofty: httpx.AsyncClient) -> None:
    rows = (await get(lofty, "/v1.0/communication/email", leadId=JANE))["emails"]
    tour = [row["eventType"] for row in rows if row["emailSubject"].startswith("Thursday's tour")]
    assert tour == ["Opened", "Sent"]


@pytest.mark.anyio
async def test_automatic_and_written_messages_are_told_apart(lofty: httpx.AsyncClient) -> None:
    rows = (await get(lofty, "/v1.0/communication/text", leadId=HUGO))["texts"]
    assert {row["textType"] for row in rows} == {"Auto", "Manual"}


@pytest.mark.anyio
async def test_what_was_only_logged_never_counts_as_a_manual_message(lofty: httpx.AsyncClient) -> None:
    texts = (await get(lofty, "/v1.0/communication/text", leadId=GRACE))["texts"]
    emails = (await get(lofty, "/v1.0/communication/email", leadId=GRACE))["emails"]
    logged = [row for row in texts if row["textType"] == "Logged"]
    assert [row["textContent"][:24] for row in logged] == ["Sent me a photo of the c"]
    assert [row["emailSubject"] for row in emails if row["emailType"] == "Logged"] == ["Driveway: two names"]
    assert (await get(lofty, f"/v2.0/communication/text/{logged[0]['id']}"))["textType"] == "Logged"


@pytest.mark.anyio
async def test_the_history_is_paged_by_the_last_id_read(lofty: httpx.AsyncClient) -> None:
    everything = (await get(lofty, "/v1.0/communication/text", leadId=JANE, limit=1000))["texts"]
    first = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"]
    second = (await get(lofty, "/v1.0/communication/text", leadId=JANE, currentId=first[-1]["id"]))["texts"]
    assert first + second == everything
    assert len(first) == 10
    assert (await lofty.get("/v1.0/communication/text", params={"leadId": JANE, "limit": 0})).status_code == 400


@pytest.mark.anyio
async def test_another_channels_id_is_denied_like_an_unknown_one(lofty: httpx.AsyncClient) -> None:
    row = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"][0]
    for path in (f"email/{row['id']}", f"call/{row['id']}", "text/12"):
        answer = await lofty.get(f"/v2.0/communication/{path}")
        assert error(answer) == (400, "BaseApplicationException:errorCode=20017,errorMsg=Permission denied")


@pytest.mark.anyio
async def test_a_lead_who_writes_is_heard_at_once(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    written = sandbox.inbound_text(JANE, "STOP")
    row = (await get(lofty, "/v1.0/communication/text", leadId=JANE))["texts"][0]
    assert (row["id"], row["textContent"], row["direction"]) == (written, "STOP", "Inbound")
    with pytest.raises(KeyError):
        sandbox.inbound_text(1, "Who is this?")
