"""Every method, on the sandbox with the shapes of Lofty's reference."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from lofty_crm.api.client import Lofty
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import NotFoundError, RefusedError
from lofty_crm.api.models import Channel, Direction, OutsideContact, TranscriptState
from lofty_sandbox.sandbox import Sandbox
from tests.crm.api.clients import JANE, client_of

pytestmark = pytest.mark.anyio

DANA = "480213577100009"


@pytest.mark.parametrize(
    "query",
    ["Jane Hollis", "hollis", "(303) 555-0101", "+13035550101", "jane.hollis@example.com", "JANE.HOLLIS@example.com"],
)
async def test_a_lead_is_found_by_name_phone_or_email(lofty: Lofty, query: str) -> None:
    found, total = await lofty.leads(query)
    assert [lead.id for lead in found] == [JANE]
    assert total == 1


async def test_nobody_is_found_by_a_name_that_nobody_has(lofty: Lofty) -> None:
    assert await lofty.leads("Zebulon Quux") == ([], 0)
    assert await lofty.leads("zebulon@example.com") == ([], 0)


async def test_a_lead_s_record_is_read(lofty: Lofty) -> None:
    lead = await lofty.lead(JANE)
    assert (lead.name, lead.city, lead.state, lead.lead_types) == ("Jane Hollis", "Denver", "CO", ("buyer",))
    assert [phone.number for phone in lead.phones] == ["+13035550101"]
    assert lead.emails == ("jane.hollis@example.com",)
    assert (lead.cannot_text, lead.cannot_call, lead.cannot_email, lead.unsubscribed) == (False,) * 4
    assert lead.last_touch_at is not None
    assert lead.last_touch_at.utcoffset() == timedelta(0)


async def test_the_leads_that_were_in_touch_last_come_first(lofty: Lofty) -> None:
    found = await lofty.recent_leads(limit=5)
    touched = [lead.last_touch_at for lead in found if lead.last_touch_at]
    assert len(touched) == 5
    assert touched == sorted(touched, reverse=True)
    assert "Jane Hollis" in [lead.name for lead in found]


async def test_what_is_not_there_is_not_found(lofty: Lofty) -> None:
    for ask in (lofty.lead, lofty.activities, lofty.note, lofty.call):
        with pytest.raises(NotFoundError):
            await ask("9")
    with pytest.raises(NotFoundError):
        await lofty.delete_note("9")


async def test_the_timeline_is_read_to_its_end_oldest_first(lofty: Lofty, sandbox: Sandbox) -> None:
    entries = await lofty.activities(DANA, limit=10_000)
    assert len(entries) == 5000
    assert len({entry.id for entry in entries}) == 5000
    times = [entry.at for entry in entries if entry.at]
    assert times == sorted(times)
    assert sandbox.count("GET", "/v2.0/leads/") <= 6
    middle = entries[2000].id
    assert [entry.id for entry in await lofty.activities(DANA, limit=3, after=middle)] == [
        e.id for e in entries[2001:2004]
    ]


async def test_the_histories_of_a_lead_are_read(lofty: Lofty) -> None:
    texts = await lofty.texts(JANE)
    assert texts[0].direction == "inbound"
    assert texts[0].body is not None
    assert len(await lofty.texts(JANE, limit=2, offset=1)) == 2
    assert (await lofty.texts(JANE, limit=2, offset=1))[0] == texts[1]
    assert {email.event for email in await lofty.emails(JANE)} >= {"sent", "opened"}
    assert all(row.lead_id == JANE for row in [*texts, *await lofty.emails(JANE), *await lofty.calls(JANE)])
    assert await lofty.site_activity(JANE) != []
    assert len(await lofty.calls_v2(JANE)) == len(await lofty.calls(JANE))


async def test_a_recorded_call_has_a_link_and_a_summary(lofty: Lofty) -> None:
    recorded = next(call for call in await lofty.calls(JANE) if call.recorded)
    assert recorded.recording_id is not None
    assert (await lofty.call(recorded.id)).duration_s == recorded.duration_s
    assert (await lofty.recording_url(recorded.id) or "").startswith("https://")
    summary = await lofty.call_summary(recorded.recording_id)
    assert summary is not None
    assert summary.state is TranscriptState.READY
    assert "Ivanhoe" in (summary.text or "")


async def test_a_summary_that_is_not_there_is_none(lofty: Lofty) -> None:
    assert await lofty.call_summary("9") is None


async def test_a_note_is_written_changed_and_deleted(lofty: Lofty, sandbox: Sandbox) -> None:
    note_id = await lofty.create_note(JANE, content="Prefers mornings 🌅", pinned=False)
    sandbox.clock.advance(5)
    note = await lofty.note(note_id)
    assert (note.id, note.lead_id, note.content, note.pinned) == (note_id, JANE, "Prefers mornings 🌅", False)
    await lofty.update_note(note_id, lead_id=JANE, content="Prefers evenings", pinned=True)
    sandbox.clock.advance(5)
    changed = next(note for note in await lofty.notes(JANE) if note.id == note_id)
    assert (changed.content, changed.pinned) == ("Prefers evenings", True)
    await lofty.delete_note(note_id)
    sandbox.clock.advance(30)
    assert note_id not in {note.id for note in await lofty.notes(JANE)}


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
async def test_a_contact_outside_lofty_is_logged(
    lofty: Lofty, sandbox: Sandbox, channel: Channel, direction: Direction
) -> None:
    contact = OutsideContact(
        channel=channel, direction=direction, content="Talked on WhatsApp", phone="+13035550101", subject="Hi"
    )
    log_id = await lofty.log_contact(JANE, contact)
    sandbox.clock.advance(5)
    log = next(log for log in await lofty.manual_logs(JANE, channel) if log.id == log_id)
    assert (log.channel, log.direction, log.content) == (channel, direction, "Talked on WhatsApp")


async def test_a_follow_up_is_created(lofty: Lofty, sandbox: Sandbox) -> None:
    due_at = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    task_id = await lofty.create_task(
        JANE, kind="Call", content="Ask about the roof", due_at=due_at, time_zone="America/Denver"
    )
    sandbox.clock.advance(5)
    task = next(task for task in await lofty.tasks(JANE) if task.id == task_id)
    assert (task.kind, task.content, task.due_at, task.finished) == ("Call", "Ask about the roof", due_at, False)


async def test_the_owner_and_the_team_are_read(lofty: Lofty) -> None:
    me = await lofty.me()
    assert (me.name, me.time_zone, me.virtual_number) == ("Alex Morgan", "America/New_York", "+12125550100")
    assert "Alex Morgan" in {member.name for member in await lofty.members()}


async def test_the_search_over_all_leads_pages_to_its_end(lofty: Lofty, sandbox: Sandbox) -> None:
    until = sandbox.clock.now()
    since = until - timedelta(days=30)
    whole = await lofty.search_communications(since=since, until=until, limit=1000)
    rows, cursor = list((await lofty.search_communications(since=since, until=until, limit=20)).rows), None
    cursor = (await lofty.search_communications(since=since, until=until, limit=20)).next_cursor
    while cursor:
        page = await lofty.search_communications(since=since, until=until, limit=20, cursor=cursor)
        rows += page.rows
        cursor = page.next_cursor
    assert [row.id for row in rows] == [row.id for row in whole.rows]
    assert {row.channel for row in rows} == set(Channel)
    assert any(row.lead_id == JANE and row.direction == "inbound" for row in rows)


async def test_the_search_reaches_back_ninety_days_at_most(lofty: Lofty, sandbox: Sandbox) -> None:
    until = sandbox.clock.now()
    await lofty.search_communications(since=until - timedelta(days=400), until=until)
    query = sandbox.requests[-1].query
    assert int(query["endTime"]) - int(query["startTime"]) == 90 * 24 * 3600 * 1000


async def test_a_request_that_lofty_refuses_is_told_as_such(lofty: Lofty, sandbox: Sandbox) -> None:
    sandbox.fail("GET", "/v1.0/notes", "status", status=400, code=20012)
    with pytest.raises(RefusedError):
        await lofty.notes(JANE)


async def test_errors_of_bare_strings_are_understood() -> None:
    plain = Sandbox(frozen=True, string_errors=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(plain.app)) as http:
        with pytest.raises(NotFoundError):
            await client_of(http, clock=plain.clock).lead("9")


async def test_the_dialect_is_found_once(lofty: Lofty, sandbox: Sandbox) -> None:
    assert await lofty.dialect() is Dialect.REFERENCE
    assert await lofty.dialect() is Dialect.REFERENCE
    assert sandbox.count("GET", "/v1.0/me") == 1


async def test_the_account_key_does_not_show_the_secret(lofty: Lofty) -> None:
    assert lofty.account == lofty.config.account
    assert "sandbox" not in lofty.account
