"""What is read around a message, and what of it does not count."""

from copy import deepcopy
from pathlib import Path

import pytest

from tests.crm.outbox.office import JANE, JON, busy_sandbox, office
from tests.crm.outbox.test_elsewhere import a_logged_call, codes

pytestmark = pytest.mark.anyio


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
