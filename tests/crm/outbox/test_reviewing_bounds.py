"""How the outbox's own record weighs in: what counts as the same words, or nearly, and for how long."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lofty_crm.api.models import Channel
from lofty_crm.outbox.message import Message
from lofty_crm.outbox.states import State
from lofty_crm.policy.destinations import destinations
from tests.crm.outbox.office import BEN, ELENA, JON, Office, busy_sandbox, copied, office

pytestmark = pytest.mark.anyio

FIVE = "Open house Sunday at two"


def also_sent(folder: Path, message: Message, bodies: Sequence[str], *, lead: str = "9") -> None:
    """Put more texts into the file that left when `message` did, to leads of their own if `lead` is not one."""
    for number, body in enumerate(bodies):
        lead_id = lead if len(lead) > 1 else f"{lead}{number}"
        copied(folder, message, id=f"m-{lead}{number}", digest=f"{lead}{number}", lead_id=lead_id, body=body)


async def codes(desk: Office, body: str, **where: str) -> set[str]:
    """What is found in a text; the draft is withdrawn again."""
    message = await desk.text(body, **where)
    if message.state is State.PENDING:
        await desk.outbox.cancel(message.id)
    return {finding.code for finding in message.findings}


async def test_nearly_the_same_words_count_by_lead_and_for_an_hour(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        first = await desk.yes(await desk.text("Something of its own."))
        also_sent(tmp_path, first, [f"{FIVE}!"] * 2)
        also_sent(tmp_path, first, [f"{FIVE}!"] * 2, lead=BEN)
        assert "bulk_pattern" not in await codes(desk, FIVE, lead_id=BEN)
        also_sent(tmp_path, first, [f"{FIVE}!"] * 3, lead="8")
        warned = await desk.text(FIVE, lead_id=ELENA)
        (bulk,) = [finding for finding in warned.findings if finding.code == "bulk_pattern"]
        assert "to 6 other leads" in bulk.text
        sandbox.clock.advance(3599)
        assert "bulk_pattern" in await codes(desk, FIVE, lead_id=JON)
        sandbox.clock.advance(1)
        assert "bulk_pattern" not in await codes(desk, f"{FIVE}.", lead_id=JON)


@pytest.mark.parametrize(
    ("sent", "near"), [("Open house Sunday at three", True), ("Open house Monday at three", False), ("", False)]
)
async def test_four_fifths_of_the_words_are_nearly_the_same(tmp_path: Path, sent: str, near: bool) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        first = await desk.yes(await desk.text("Something of its own."))
        also_sent(tmp_path, first, [sent] * 3)
        assert ("bulk_pattern" in await codes(desk, FIVE, lead_id=BEN)) is near


@pytest.mark.parametrize(
    ("sent", "then", "same"),
    [
        ("Three works.", "three WORKS!", True),
        ("\N{THUMBS UP SIGN}", "\N{THUMBS UP SIGN}", True),
        ("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}", False),
        ("Three works.", "Four works.", False),
    ],
)
async def test_the_same_words_to_another_number_of_the_lead_are_held(
    tmp_path: Path, sent: str, then: str, same: bool
) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        numbers = [each.id for each in destinations(await desk.lofty.lead(ELENA)) if each.channel is Channel.SMS]
        waiting = await desk.text(then, lead_id=ELENA, to=numbers[1])
        sent_first = await desk.yes(await desk.text(sent, lead_id=ELENA, to=numbers[0]), "She has two telephones.")
        assert sent_first.state is State.SENT
        again = await desk.text(then, lead_id=ELENA, to=numbers[1])
        assert (again.id, "same_words" in {f.code for f in again.held}) == (waiting.id, same)


async def test_a_text_that_names_its_sender_needs_no_introduction(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        name = (await desk.lofty.me()).name
        for body, lacks in (("See you on Thursday.", True), (f"See you on Thursday. {name}", False)):
            (first,) = [f for f in (await desk.text(body, lead_id=BEN)).findings if f.code == "first_contact"]
            assert ("who it is from" in first.text) is lacks


async def test_leads_of_the_same_name_are_counted(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        (namesakes,) = [f for f in (await desk.text(lead_id=JON)).findings if f.code == "namesakes"]
        assert "There is another lead" in namesakes.text
        assert "namesakes" not in await codes(desk, "Other words.", lead_id=BEN)
