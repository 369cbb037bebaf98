"""What is looked at before a message is written, and what it is called by."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lofty_crm.api.errors import BrokenAnswerError, RateLimitedError
from lofty_crm.api.models import Channel, Text
from lofty_crm.outbox.drafting import every_row
from lofty_crm.outbox.message import Kind, OutboxError
from lofty_crm.outbox.states import State
from lofty_crm.policy.destinations import destinations
from lofty_crm.policy.verdict import Weight
from tests.crm.outbox.office import ELENA, JANE, busy_sandbox, office
from tests.crm.outbox.test_reconcile_bounds import Retold

pytestmark = pytest.mark.anyio


def as_it_is(row: dict[str, Any]) -> None:
    """Change nothing."""
    assert row


@pytest.mark.parametrize("path", [f"/v1.0/leads/{JANE}", "/v1.0/communication/text"])
async def test_a_lead_who_cannot_be_read_for_the_rate_limit_is_not_written_to(tmp_path: Path, path: str) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        desk.sandbox.fail("GET", path, "status", status=429, times=None)
        with pytest.raises(RateLimitedError):
            await desk.text()
        assert await desk.outbox.listing() == []


@pytest.mark.parametrize("kind", [Kind.SMS, Kind.EMAIL])
async def test_the_newest_row_before_the_claim_is_that_of_the_highest_number(tmp_path: Path, kind: Kind) -> None:
    sandbox = busy_sandbox()
    rows = sandbox.world.data.texts if kind is Kind.SMS else sandbox.world.data.emails
    known = rows[int(JANE)]
    newest = max(row.timeline_id for row in known)
    known.append(replace(known[0], timeline_id=99))  # pyright: ignore[reportArgumentType] -- a row of its own kind
    async with office(sandbox, tmp_path) as desk:
        message = await (desk.text() if kind is Kind.SMS else desk.email())
        sent = await desk.yes(message, "She asked.")
        assert (sent.state, sent.watermark) == (State.SENT, str(newest))


@pytest.mark.parametrize("words", [("STOP", "START"), ("START", "STOP")])
async def test_in_an_account_of_the_guide_a_person_decides_whose_a_later_start_is(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    sandbox = busy_sandbox(dialect="guide")
    for said in words:
        sandbox.inbound_text(int(JANE), said)
        sandbox.clock.advance(60)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        (found,) = [f for f in message.findings if f.code == "opted_out"]
        if words[1] == "STOP":
            assert message.state is State.BLOCKED
            return
        assert (message.state, message.words.destination_id, found.weight) == (State.PENDING, "", Weight.HELD)
        assert found.text.endswith("Lofty does not say whether a later START was the lead's own.")
        assert found.advice == "A person should look at the conversation in Lofty."


async def test_a_deletion_names_the_lead_and_sends_nothing(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        message = await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        assert message.question.startswith("Delete this note about Jane Hollis?\n")
        assert (message.words.lead_name, message.words.payload) == ("Jane Hollis", b"")


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("", "", f"Lead {JANE}"),
        ("Jane: +1 303", "Hollis?", "Jane Hollis"),
        ("Jane_2", "Hollis", "Jane Hollis"),
        ("  J.", "O'Hollis-Ng (Jr.) & Co", "J. O'Hollis-Ng (Jr.) & Co"),
    ],
)
async def test_a_name_can_pose_as_nothing_else(tmp_path: Path, first: str, last: str, shown: str) -> None:
    sandbox = busy_sandbox()
    sandbox.edit_lead(int(JANE), firstName=first, lastName=last)
    async with office(sandbox, tmp_path) as desk:
        message = await desk.text()
        assert message.words.lead_name == shown
        assert message.question.startswith(f"Text {shown} at +1 303 555 0101?\n")


async def test_an_email_goes_to_the_address_that_was_asked_for(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        addresses = [each for each in destinations(await desk.lofty.lead(ELENA)) if each.channel is Channel.EMAIL]
        for address in addresses:
            message = await desk.outbox.draft(
                Kind.EMAIL, lead_id=ELENA, subject=f"For {address.id}", body="Hello.", to=address.id
            )
            assert (await desk.yes(message, "She asked.")).lofty_destination == address.value
        assert [sent.to for sent in desk.sandbox.sent] == [address.value for address in addresses]
        with pytest.raises(OutboxError, match="no email address with the id given"):
            await desk.outbox.draft(Kind.EMAIL, lead_id=JANE, subject="x", body="Hello.", to=addresses[1].id)


@pytest.mark.parametrize(("dialect", "kind"), [("reference", "texts"), ("guide", "activities")])
@pytest.mark.parametrize("most", [20, 32])
@pytest.mark.parametrize("newest", [False, True])
async def test_an_opt_out_is_found_though_lofty_tells_few_rows_at_once_and_counts_them_as_all(
    tmp_path: Path, dialect: str, kind: str, newest: bool, most: int
) -> None:
    sandbox = busy_sandbox(dialect=dialect)
    words = [f"Another {number}" for number in range(51)]
    for said in [*words, "STOP"] if newest else ["STOP", *words]:
        sandbox.inbound_text(int(JANE), said)
        sandbox.clock.advance(1)
    way = Retold(sandbox, as_it_is, kind, most=most)
    async with office(sandbox, tmp_path, transport=way) as desk:
        message = await desk.text()
        assert (message.state, "opted_out" in {f.code for f in message.stops}) == (State.BLOCKED, True)


@pytest.mark.parametrize("channel", ["mms", "message"])
async def test_in_an_account_of_the_guide_what_came_in_by_an_unknown_channel_counts(
    tmp_path: Path, channel: str
) -> None:
    def retell(row: dict[str, Any]) -> None:
        if row.get("content") in {"STOP", "Hello"}:
            row["type"] = channel

    sandbox = busy_sandbox(dialect="guide")
    for said in ("Hello", "STOP"):
        sandbox.inbound_text(int(JANE), said)
    async with office(sandbox, tmp_path, transport=Retold(sandbox, retell, "activities")) as desk:
        assert (await desk.text()).state is State.BLOCKED


async def test_a_full_page_that_comes_again_and_again_is_not_called_all() -> None:
    async def read(lead_id: str, *, limit: int, offset: int) -> list[Text]:
        assert offset in {0, limit}
        return [Text(id=str(n), lead_id=lead_id, direction="inbound", at=None, origin="manual") for n in range(limit)]

    with pytest.raises(BrokenAnswerError):
        await every_row(read, JANE)
