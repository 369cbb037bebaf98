"""The dialect of Lofty's public guide: fewer paths, other shapes."""

from datetime import UTC, datetime

import anyio
import httpx
import pytest

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import NoEndpointError, ServerError
from lofty_crm.api.models import Channel, OutsideContact
from lofty_crm.api.payloads import email_payload, sms_payload
from lofty_sandbox.sandbox import Sandbox
from tests.crm.api.clients import JANE, answering
from tests.crm.api.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio


async def test_the_guide_is_known_by_the_endpoint_that_it_does_not_name(guide_lofty: Lofty, guide: Sandbox) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(guide_lofty.dialect)
    assert await guide_lofty.dialect() is Dialect.GUIDE
    assert guide.count("*", "/") == 1


async def test_a_fixed_dialect_asks_nothing(guide: Sandbox) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guide.app)) as http:
        lofty = Lofty(http, answering(lambda _: httpx.Response(500), dialect=Dialect.GUIDE).config, clock=guide.clock)
        assert await lofty.dialect() is Dialect.GUIDE
    assert guide.requests == []


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME])
async def test_a_failure_while_finding_out_is_not_remembered() -> None:
    answers = [
        httpx.Response(500),
        httpx.Response(404, text="Not Found"),
        httpx.Response(401),
        httpx.Response(200, json={"id": 5}),
    ]
    lofty = answering(lambda _: answers.pop(0))
    for _ in range(3):
        with pytest.raises(Exception, match="Lofty"):
            await lofty.dialect()
    assert await lofty.dialect() is Dialect.REFERENCE


async def test_what_the_guide_does_not_name_is_no_endpoint(guide_lofty: Lofty) -> None:
    for ask in (guide_lofty.lead, guide_lofty.leads, guide_lofty.texts, guide_lofty.emails, guide_lofty.tasks):
        with pytest.raises(NoEndpointError):
            await ask(JANE)
    until = datetime(2026, 11, 17, tzinfo=UTC)
    with pytest.raises(NoEndpointError):
        await guide_lofty.search_communications(since=until, until=until)


async def test_a_failed_lead_read_is_not_taken_for_a_missing_endpoint(guide_lofty: Lofty, guide: Sandbox) -> None:
    guide.fail("GET", "/v1.0/leads", "status", status=500)
    with pytest.raises(ServerError):
        await guide_lofty.lead(JANE)


async def test_the_timeline_is_read_over_all_its_pages_oldest_first(guide_lofty: Lofty, guide: Sandbox) -> None:
    entries = await guide_lofty.activities("480213577100009", limit=10_000)
    assert len(entries) == 5000
    times = [entry.at for entry in entries if entry.at]
    assert times == sorted(times)
    guide.clock.advance(61)
    some = await guide_lofty.activities(JANE)
    assert [entry.id for entry in await guide_lofty.activities(JANE, after=some[3].id, limit=2)] == [
        e.id for e in some[4:6]
    ]
    assert any(entry.channel is Channel.SMS and entry.text for entry in some)


async def test_a_call_brings_its_transcript_along(guide_lofty: Lofty) -> None:
    told = next(call for call in await guide_lofty.calls_v2(JANE) if call.transcript)
    assert told.summary
    assert (told.recording_url or "").startswith("https://")
    assert told.id in {call.id for call in await guide_lofty.calls(JANE)}


async def test_a_note_is_written_changed_and_deleted(guide_lofty: Lofty, guide: Sandbox) -> None:
    note_id = await guide_lofty.create_note(JANE, content="Prefers mornings", pinned=False)
    assert note_id.startswith("note_")
    guide.clock.advance(5)
    await guide_lofty.update_note(note_id, lead_id=JANE, content="Prefers evenings", pinned=False)
    guide.clock.advance(5)
    assert next(n for n in await guide_lofty.notes(JANE) if n.id == note_id).content == "Prefers evenings"
    await guide_lofty.delete_note(note_id)
    guide.clock.advance(30)
    assert note_id not in {note.id for note in await guide_lofty.notes(JANE)}


async def test_a_contact_outside_lofty_is_logged_with_its_time(guide_lofty: Lofty, guide: Sandbox) -> None:
    at = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
    contact = OutsideContact(channel=Channel.CALL, direction="inbound", content="Roof quote", at=at, duration_s=240)
    await guide_lofty.log_contact(JANE, contact)
    assert guide.requests[-1].path == f"/v1.0/leads/{JANE}/activity"
    guide.clock.advance(5)
    logged = next(entry for entry in await guide_lofty.activities(JANE) if entry.text == "Roof quote")
    assert (logged.at, logged.duration_s, logged.direction) == (at, 240, "inbound")


async def test_messages_are_sent(guide_lofty: Lofty, guide: Sandbox) -> None:
    await guide_lofty.post_message(Channel.SMS, sms_payload(JANE, body="Hi", phone="+13035550101"))
    await guide_lofty.post_message(Channel.EMAIL, email_payload(JANE, subject="Hi", body="a < b", email=None))
    assert [(sent.channel, sent.content) for sent in guide.sent] == [("sms", "Hi"), ("email", "a &lt; b")]
