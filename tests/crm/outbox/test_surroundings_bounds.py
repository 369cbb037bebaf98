"""What is read around a message, and what of it does not count."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from lofty_crm.api.dialect import Dialect
from lofty_crm.api.models import Channel, OutsideContact
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import BEN, JANE, JON, InProcess, busy_sandbox, office, recorded
from tests.crm.outbox.test_elsewhere import PLEA, a_logged_call, codes, inbound_email

pytestmark = pytest.mark.anyio

GONE = "The requested API endpoint does not exist"


async def test_more_leads_of_one_name_than_a_page_of_a_search_shows_are_counted(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    for number in range(12):
        lead_id = 480213577200000 + number
        sandbox.world.data.leads[lead_id] = deepcopy(sandbox.world.lead(int(JON))) | {"leadId": lead_id}
    async with office(sandbox, tmp_path) as desk:
        (namesakes,) = [f for f in (await desk.text(lead_id=JON)).findings if f.code == "namesakes"]
        assert "There are 13 other leads" in namesakes.text


async def test_a_later_start_takes_back_what_was_logged(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        await a_logged_call(desk)
        desk.sandbox.clock.advance(60)
        desk.sandbox.inbound_text(int(JANE), "START")
        desk.sandbox.clock.advance(60)
        assert codes(await desk.text()) == {}


async def test_what_went_out_as_an_email_is_not_taken_for_the_lead_s(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.world.send_email(int(JANE), subject="Please take me off your list.", content="Ours.", to="j@example.com")
    sandbox.clock.advance(60)
    async with office(sandbox, tmp_path) as desk:
        assert codes(await desk.text()) == {}


async def test_a_note_counts_from_when_it_was_last_changed(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        sandbox = desk.sandbox
        old = await desk.lofty.create_note(JANE, content="Likes the oak gate.", pinned=False)
        asks = await desk.lofty.create_note(JANE, content="She asked not to be texted.", pinned=False)
        sandbox.clock.advance(60)
        sandbox.inbound_text(int(JANE), "START")
        sandbox.clock.advance(60)
        assert codes(await desk.text()) == {}
        await desk.lofty.delete_note(asks)
        await desk.lofty.update_note(old, lead_id=JANE, content="She asked not to be texted.", pinned=False)
        sandbox.clock.advance(130)
        assert codes(await desk.text()) == {"opt_out_like_note": "held"}


async def test_in_an_account_of_the_guide_only_emails_of_the_lead_s_count_as_emails(tmp_path: Path) -> None:
    sandbox = busy_sandbox(dialect="guide")
    sandbox.inbound_text(int(JANE), PLEA)
    sandbox.world.send_email(int(JANE), subject=PLEA, content="Ours.", to="jane.hollis@example.com")
    sandbox.clock.advance(60)
    async with office(sandbox, tmp_path) as desk:
        assert "opt_out_like_email" not in codes(await desk.text())
    inbound_email(sandbox, PLEA)
    async with office(sandbox, tmp_path) as desk:
        assert codes(await desk.text("Other words."))["opt_out_like_email"] == "held"


async def test_the_sender_s_last_name_alone_is_no_introduction(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        name = (await desk.lofty.me()).name
        first, last = name.split()
        for said, lacks in ((name, False), (first, False), (last, True)):
            (found,) = [f for f in (await desk.text(f"See you. {said}", BEN)).findings if f.code == "first_contact"]
            assert ("who it is from" in found.text) is lacks


async def test_how_many_are_called_like_a_lead_who_cannot_be_seen_is_not_guessed(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, dialect=Dialect.GUIDE) as desk:
        sandbox.fail("GET", f"/v1.0/leads/{JON}", "status", status=404, body=GONE, times=None)
        assert "namesakes" not in {f.code for f in (await desk.text(lead_id=JON)).findings}


async def test_a_sender_who_cannot_be_asked_for_is_nobody(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        name = (await desk.lofty.me()).name
        sandbox.fail("GET", "/v1.0/me", "status", status=500, times=None)
        (found,) = [f for f in (await desk.text(f"See you. {name}", BEN)).findings if f.code == "first_contact"]
        assert "who it is from" in found.text


@pytest.mark.parametrize(
    "said",
    ["Write to ben.carter@example.com.", "Meet at 12 Alder Lane.", "The porch leaks when the wind is in the west."],
)
async def test_what_was_read_of_another_lead_is_held_by_its_kind(tmp_path: Path, said: str) -> None:
    sandbox = busy_sandbox()
    sandbox.edit_lead(int(BEN), streetAddress="12 Alder Lane")
    sandbox.inbound_text(int(BEN), "The porch leaks when the wind is in the west.")
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.lead(BEN)
        await desk.lofty.texts(BEN)
        message = await desk.text(said)
        (found,) = [f for f in message.held if f.code == "cross_lead_data"]
        assert f"another lead, {BEN}: " in found.text
        assert codes(await desk.text(said, BEN)).keys().isdisjoint({"cross_lead_data"})


@pytest.mark.parametrize(("outcome", "held"), [("DNCContact", True), ("DNCNumber", True), ("NoAnswer", False)])
async def test_a_logged_call_that_ended_with_do_not_call_is_a_wish(tmp_path: Path, outcome: str, held: bool) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        contact = OutsideContact(
            channel=Channel.CALL, direction="outbound", content="Rang.", phone="3035550101", outcome=outcome
        )
        await desk.lofty.log_contact(JANE, contact)
        desk.sandbox.clock.advance(60)
        assert codes(await desk.text()) == ({"opt_out_like_log": "held"} if held else {})


async def test_the_newest_words_of_another_lead_are_known_however_many_there_are(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    quoted = "The porch leaks when the wind is in the west."
    sandbox.inbound_text(int(BEN), quoted)
    for number in range(40):
        sandbox.inbound_text(int(BEN), f"Another {number}")
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.lead(BEN)
        for offset in (0, 20, 40):
            await desk.lofty.texts(BEN, limit=20, offset=offset)
        assert "cross_lead_data" in {f.code for f in (await desk.text(quoted)).held}


def twin_of_jane(sandbox: Sandbox, **fields: Any) -> int:
    """Add a lead of another name with Jane's number."""
    twin = 480213577200000
    sandbox.world.data.leads[twin] = deepcopy(sandbox.world.lead(int(BEN))) | {"leadId": twin}
    sandbox.edit_lead(twin, **({"phones": ["6155550114", "3035550101"]} | fields))
    return twin


@pytest.mark.parametrize(
    ("said", "fields", "quoted"),
    [
        ("STOP", {}, '"STOP"'),
        ("Thursday works", {}, ""),
        ("Thursday works", {"cannotText": True}, "DNC"),
        ("Thursday works", {"phoneStatuses": [2, 4]}, "DNC"),
        ("Thursday works", {"phoneStatuses": [4, 2]}, ""),
        ("STOP", {"phones": ["3035550199"]}, ""),
    ],
)
async def test_what_came_in_under_another_lead_with_the_same_number_counts(
    tmp_path: Path, said: str, fields: dict[str, Any], quoted: str
) -> None:
    sandbox = busy_sandbox()
    sandbox.inbound_text(twin_of_jane(sandbox, **fields), said)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        found = [f.text for f in message.held if f.code == "opt_out_like_other_number"]
        assert [quoted in text for text in found] == [True] * bool(quoted)
        assert all(text.startswith("Another lead with the same number may ask to be left alone: ") for text in found)


class WithoutSearch(InProcess):
    """A Lofty that finds nobody by a number, with an error."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "phone" in request.url.params:
            return httpx.Response(400, json={"code": 20017, "message": "Wrong parameter"})
        return await super().handle_async_request(request)


async def test_a_number_that_cannot_be_looked_for_is_said(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.inbound_text(twin_of_jane(sandbox), "STOP")
    async with office(sandbox, tmp_path, transport=WithoutSearch(sandbox)) as desk:
        message = await desk.text()
        assert codes(message) == {"elsewhere_unread": "warning"}
        assert "The lead's number in other leads' records could not be read" in message.question


async def test_a_number_is_looked_for_once_in_two_minutes_and_among_all_who_have_it(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    for number in range(12):
        other = 480213577200000 + number
        sandbox.world.data.leads[other] = deepcopy(sandbox.world.lead(int(BEN))) | {"leadId": other}
        sandbox.edit_lead(other, phones=["3035550101"])
    sandbox.inbound_text(480213577200000, "STOP")
    sandbox.inbound_text(480213577200011, "Please take me off your list.")
    sandbox.world.send_text(480213577200005, content="Reply STOP to opt out", to="3035550101")
    async with office(sandbox, tmp_path) as desk:
        for wait_s, searches in ((0, 1), (119, 1), (1, 2)):
            sandbox.clock.advance(wait_s)
            message = await desk.text()
            found = [seen for seen in sandbox.requests if "phone" in seen.query]
            assert len(found) == searches
        (held,) = [f.text for f in message.held if f.code == "opt_out_like_other_number"]
        assert "1 more like it." in held


async def test_a_later_start_takes_back_what_was_said_on_a_call_or_under_another_lead(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.inbound_text(twin_of_jane(sandbox), "STOP")
    sandbox.clock.advance(60)
    sandbox.inbound_text(int(JANE), "START")
    sandbox.clock.advance(60)
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.call_summary(await recorded(desk, PLEA))
        assert codes(await desk.text()) == {}


@pytest.mark.parametrize(("limit", "searches"), [(29, 0), (30, 1)])
async def test_only_an_account_with_thirty_requests_a_minute_spends_one_on_a_search_by_number(
    tmp_path: Path, limit: int, searches: int
) -> None:
    sandbox = Sandbox(frozen=True, rate_limit=limit)
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.me()
        message = await desk.text()
        assert len([seen for seen in sandbox.requests if "phone" in seen.query]) == searches
        assert "elsewhere_unread" not in codes(message)


async def test_another_lead_s_name_beside_a_date_of_theirs_is_held(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.inbound_text(int(BEN), "We close on March 3rd")
    async with office(sandbox, tmp_path) as desk:
        await desk.lofty.lead(BEN)
        await desk.lofty.texts(BEN)
        assert "cross_lead_data" in {f.code for f in (await desk.text("Carter closes on March 3rd.")).held}
