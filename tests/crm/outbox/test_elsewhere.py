"""What the lead said elsewhere, and who else answers: what is read for a draft, and what again before it leaves."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
import pytest

from lofty_crm.api.models import Channel, OutsideContact
from lofty_crm.outbox.message import Approver, Message
from lofty_crm.outbox.states import State
from lofty_crm.outbox.surroundings import Surroundings
from lofty_sandbox.records import Email
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.world import timeline_id
from tests.crm.api.clients import answering
from tests.crm.api.virtual_time import VIRTUAL_TIME, LoopClock
from tests.crm.outbox.office import HUGO, JANE, SMS, TOM, Office, busy_sandbox, office, recorded

pytestmark = pytest.mark.anyio

NOTES = "/v1.0/notes"
PLEA = "Please take me off your list."


def codes(message: Message) -> dict[str, str]:
    return {f.code: f.weight.value for f in message.findings if f.weight != "info"}


def inbound_email(sandbox: Sandbox, subject: str, lead_id: str = JANE) -> None:
    """The lead writes an email now."""
    now = sandbox.clock.now()
    row = timeline_id(now, sandbox.world.data.next_serial())
    sandbox.world.data.emails[int(lead_id)].append(
        Email(
            timeline_id=row,
            lead_id=int(lead_id),
            at=now,
            visible_at=now,
            direction="Inbound",
            kind="Manual",
            subject=subject,
        )
    )


async def a_note(desk: Office) -> None:
    await desk.lofty.create_note(JANE, content="She asked not to be texted.", pinned=False)


async def an_email(desk: Office) -> None:
    inbound_email(desk.sandbox, PLEA)


async def a_logged_text(desk: Office) -> None:
    contact = OutsideContact(
        channel=Channel.SMS, direction="inbound", content="Wrong number I think", phone="+13035550177"
    )
    await desk.lofty.log_contact(JANE, contact)


async def a_logged_call(desk: Office) -> None:
    contact = OutsideContact(
        channel=Channel.CALL, direction="outbound", content=f"She said: {PLEA}", phone="3035550101"
    )
    await desk.lofty.log_contact(JANE, contact)


Done = Callable[[Office], Awaitable[None]]


@pytest.mark.parametrize("channel", ["text", "email"])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (a_note, "opt_out_like_note"),
        (an_email, "opt_out_like_email"),
        (a_logged_text, "opt_out_like_log"),
        (a_logged_call, "opt_out_like_log"),
    ],
)
async def test_words_elsewhere_that_may_be_an_opt_out_need_a_person_with_a_reason(
    tmp_path: Path, said: Done, code: str, channel: str
) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await said(desk)
        desk.sandbox.clock.advance(60)
        message = await (desk.text() if channel == "text" else desk.email())
        assert codes(message).keys() - {"resembles_opt_out"} == {code}
        assert message.held
        assert not desk.outbox.may_ask_in_chat(message)
        assert (await desk.outbox.approve(message, by=Approver.CHAT, reason="go")).state is State.PENDING
        sent = await desk.yes(message, "She asked me on the phone to go on")
        assert (sent.state, code in {key.split(":")[0] for key in sent.accepted}, desk.posts) == (State.SENT, True, 1)


async def test_an_account_of_the_guide_tells_of_emails_in_its_timeline(tmp_path: Path) -> None:
    sandbox = busy_sandbox(dialect="guide")
    inbound_email(sandbox, PLEA)
    async with office(sandbox, tmp_path) as desk:
        found = codes(await desk.text())
        assert found["opt_out_like_email"] == "held"
        assert "elsewhere_unread" not in found


async def test_a_call_s_words_count_once_somebody_has_read_them(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        recording = await recorded(desk, PLEA)
        assert codes(await desk.text()) == {}
        assert sandbox.count("GET", "/v2.0/ai/call-summary") == 0
        await desk.lofty.call_summary(recording)
        message = await desk.text()
        assert codes(message) == {"opt_out_like_transcript": "held"}
        assert codes(await desk.text(lead_id=HUGO)).keys() == {"sales_assistant"}
    async with office(sandbox, tmp_path) as later:
        assert codes(await later.text()) == {"opt_out_like_transcript": "held"}


async def test_a_later_start_takes_back_what_was_said_elsewhere(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    inbound_email(sandbox, PLEA)
    sandbox.clock.advance(60)
    sandbox.inbound_text(int(JANE), "START")
    async with office(sandbox, tmp_path) as desk:
        assert (await desk.yes(await desk.text())).state is State.SENT


@pytest.mark.parametrize(
    ("path", "named"), [(NOTES, "notes"), ("/v1.0/communication/email", "emails"), ("/v1.0/logType", "logged calls")]
)
async def test_what_could_not_be_read_is_said_and_stops_nothing(tmp_path: Path, path: str, named: str) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("GET", path, "status", status=500)
        message = await desk.text()
        assert codes(message) == {"elsewhere_unread": "warning"}
        assert named in message.question
        assert codes(await desk.text()) == {}
        assert (await desk.yes(await desk.text())).state is State.SENT


async def test_a_hold_stays_when_what_it_rests_on_cannot_be_read_again(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        await a_note(desk)
        sandbox.clock.advance(60)
        first = await desk.text()
        sandbox.clock.advance(121)
        sandbox.fail("GET", NOTES, "status", status=500)
        second = await desk.text()
        assert (second.id, codes(second)) == (first.id, {"opt_out_like_note": "held", "elsewhere_unread": "warning"})
        sandbox.clock.advance(121)
        for note in await desk.lofty.notes(JANE):
            if "not to be texted" in note.content:
                await desk.lofty.delete_note(note.id)
        sandbox.clock.advance(60)
        assert codes(await desk.text()) == {}


async def test_what_was_found_around_the_draft_still_counts_when_a_person_has_to_look_again(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        await a_note(desk)
        sandbox.clock.advance(60)
        message = await desk.text()
        sandbox.edit_lead(int(JANE), firstName="Janet")
    async with office(sandbox, tmp_path) as other:
        back = await other.yes(message, "She asked me to go on")
        assert (back.state, codes(back), other.posts) == (State.PENDING, {"opt_out_like_note": "held"}, 0)
        assert "may ask to be left alone" in back.question
        assert not other.outbox.may_ask_in_chat(back)


async def test_words_of_another_lead_keep_a_message_held_in_every_process(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.lead(TOM)
        message = await desk.text("Tom is at 404 555 0104 if you want to ask him.")
        assert codes(message)["cross_lead_data"] == "held"
    async with office(sandbox, tmp_path) as later:
        assert codes(await later.text(message.words.body))["cross_lead_data"] == "held"


async def test_an_email_of_the_lead_s_that_comes_after_the_draft_of_one_is_seen_before_it_leaves(
    tmp_path: Path,
) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.email()
        inbound_email(sandbox, PLEA)
        back = await desk.yes(message)
        assert (back.state, codes(back), desk.posts) == (State.PENDING, {"opt_out_like_email": "held"}, 0)


async def test_only_lead_and_texts_are_read_again_just_before_a_text_leaves(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        before = len(sandbox.requests)
        assert (await desk.yes(message)).state is State.SENT
        paths = sorted(seen.path for seen in sandbox.requests[before:])
        assert paths == ["/v1.0/communication/text", f"/v1.0/leads/{JANE}", SMS]


async def test_elsewhere_is_read_once_in_two_minutes(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        for wait_s, reads in ((0, 1), (119, 1), (1, 2)):
            sandbox.clock.advance(wait_s)
            await desk.text()
            counted = [sandbox.count("GET", path) for path in (NOTES, "/v1.0/communication/email")]
            assert counted == [reads, reads]
            assert sandbox.count("GET", "/v2.0/sales-agents/working-lead/") == reads


async def test_a_lead_whom_lofty_s_assistant_works_is_pointed_out_until_it_is_muted(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text(lead_id=HUGO)
        assert codes(message) == {"sales_assistant": "warning"}
        assert "Lofty's sales assistant is working this lead" in message.question
        sandbox.world.muted.add(int(HUGO))
        sandbox.clock.advance(121)
        assert codes(await desk.text(lead_id=HUGO)) == {}


async def test_an_assistant_that_cannot_be_asked_for_is_asked_for_again(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("GET", "/v2.0/sales-agents/", "status", status=500)
        assert codes(await desk.text(lead_id=HUGO)) == {}
        assert codes(await desk.text(lead_id=HUGO)) == {"sales_assistant": "warning"}


async def test_an_account_with_few_requests_a_minute_spends_none_on_logs_and_the_assistant(tmp_path: Path) -> None:
    sandbox = Sandbox(frozen=True, rate_limit=29)
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.me()
        await a_logged_call(desk)
        before = len(sandbox.requests)
        assert codes(await desk.text(lead_id=HUGO)) == {}
        asked = [seen.path for seen in sandbox.requests[before:]]
        assert NOTES in asked
        assert not [path for path in asked if "logType" in path or "sales-agent" in path]


async def test_an_email_leaves_though_the_emails_cannot_be_read_again(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.email()
        sandbox.fail("GET", "/v1.0/communication/email", "status", status=500)
        assert (await desk.yes(message)).state is State.SENT


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME])
async def test_nothing_around_a_message_is_waited_for_longer_than_five_seconds() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        if "/notes" in request.url.path:
            await anyio.sleep_forever()
        return httpx.Response(404, json={"code": 20007, "message": "Resource not exist"})

    clock = LoopClock()
    around = Surroundings(answering(never, clock=clock), clock)
    heard = around.heard(JANE)
    began = anyio.current_time()
    await around.hear(heard)
    assert anyio.current_time() - began == pytest.approx(5)
    assert "note" in (await around.of(None, heard)).unread
