"""What is no evidence although it nearly is, and what is evidence although it hardly looks so."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from lofty_crm.outbox.message import Kind
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import BEN, EMAIL, HUGO, JANE, SMS, WORDS, InProcess, busy_sandbox, copied, office
from tests.crm.outbox.test_reconcile import LONG, NOTICE, passes, unknown

pytestmark = pytest.mark.anyio

HISTORY = "/v1.0/communication/text"
PATHS = {"texts": HISTORY, "emails": "/v1.0/communication/email", "activities": "/activities"}
FIRST, SECOND = LONG[:147], LONG[147:].lstrip()


class Retold(InProcess):
    """A Lofty that says something else of each row of a kind, and tells fewer at once."""

    def __init__(
        self, sandbox: Sandbox, retell: Callable[[dict[str, Any]], None], kind: str = "texts", *, most: int = 0
    ) -> None:
        super().__init__(sandbox)
        self._retell = retell
        self._kind = kind
        self._most = most

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._most and "limit" in request.url.params:
            cut = request.url.copy_merge_params({"limit": self._most, "pageSize": self._most})
            request = httpx.Request(request.method, cut, headers=request.headers)
        answer = await super().handle_async_request(request)
        if answer.status_code != 200 or not request.url.path.endswith(PATHS[self._kind]):
            return answer
        told = json.loads(await answer.aread())
        for row in told[self._kind]:
            self._retell(row)
        told |= {"total": len(told[self._kind])} if "total" in told else {}
        return httpx.Response(answer.status_code, json=told)


def timeless(row: dict[str, Any]) -> None:
    """Tell no time."""
    row["textTime"] = None


def said(sandbox: Sandbox, content: str, *, lead_id: str = JANE, after_s: float = 0) -> None:
    """Somebody texts by hand, at a moment that may lie apart from the row's place in the history."""
    sandbox.world.send_text(int(lead_id), content=content, to="3035550101")
    rows = sandbox.world.data.texts[int(lead_id)]
    rows[-1] = replace(rows[-1], at=rows[-1].at + timedelta(seconds=after_s))


async def test_the_same_words_of_a_minute_before_the_claim_are_no_evidence(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.world.send_text(int(JANE), content=WORDS, to="3035550101")
        sandbox.clock.advance(60)
        sandbox.fail("POST", SMS, "reset_before")
        message = await desk.yes(await desk.text(), "She asked me to say it again.")
        assert message.state is State.UNKNOWN
        sandbox.clock.advance(6)
        await desk.outbox.tick()
        assert await desk.state(message) is State.UNKNOWN


@pytest.mark.parametrize(("after_s", "state"), [(-120, State.SENT), (-121, State.UNKNOWN)])
async def test_clocks_may_disagree_by_two_minutes(tmp_path: Path, after_s: float, state: State) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        said(sandbox, WORDS, after_s=after_s)
        await passes(desk, 6)
        assert await desk.state(message) is state


async def test_a_row_without_a_time_counts_where_its_id_shows_that_it_is_newer(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, transport=Retold(sandbox, timeless)) as desk:
        message = await unknown(desk, executed=True)
        await passes(desk, 6)
        assert await desk.state(message) is State.SENT


async def test_a_row_without_a_time_is_no_evidence_where_no_id_was_known_before(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    new = 480213577200000
    sandbox.world.data.leads[new] = deepcopy(sandbox.world.lead(int(BEN))) | {"leadId": new}
    async with office(sandbox, tmp_path, transport=Retold(sandbox, timeless)) as desk:
        message = await unknown(desk, executed=True, lead_id=str(new))
        await passes(desk, 601)
        assert (await desk.state(message), len(sandbox.sent)) == (State.NOT_SEEN, 1)


async def test_halves_are_recognised_though_one_of_them_has_no_time(tmp_path: Path) -> None:
    def half_timeless(row: dict[str, Any]) -> None:
        if row["textContent"] == SECOND:
            timeless(row)

    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, transport=Retold(sandbox, half_timeless)) as desk:
        message = await unknown(desk, executed=False, body=LONG)
        said(sandbox, FIRST)
        said(sandbox, SECOND)
        await passes(desk, 6)
        rows = [row.timeline_id for row in sandbox.world.data.texts[int(JANE)][-2:]]
        assert (await desk.outbox.get(message.id)).evidence == f"sms:{rows[0]} sms:{rows[1]}"


async def test_halves_may_be_half_a_minute_apart(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False, body=LONG)
        said(sandbox, FIRST)
        said(sandbox, SECOND, after_s=30)
        await passes(desk, 31)
        assert await desk.state(message) is State.SENT


async def test_a_row_without_words_is_no_half(tmp_path: Path) -> None:
    def speechless(row: dict[str, Any]) -> None:
        if row["textContent"] == "A picture.":
            row["textContent"] = None

    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, transport=Retold(sandbox, speechless)) as desk:
        message = await unknown(desk, executed=False, body=LONG)
        for words in ("A picture.", FIRST, "A picture.", SECOND, "A picture."):
            said(sandbox, words)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_a_text_and_its_notice_are_not_two_messages(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False, body=LONG)
        copied(tmp_path, message, id="m-rival", digest="0" * 64, state="not_seen")  # it may have left as well
        said(sandbox, LONG)
        said(sandbox, NOTICE)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


@pytest.mark.parametrize(("length", "state"), [(160, State.SENT), (161, State.UNKNOWN)])
async def test_a_notice_is_no_longer_than_a_text(tmp_path: Path, length: int, state: State) -> None:
    notice = " Reply STOP to "
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        said(sandbox, WORDS + notice + "x" * (length - len(notice)))
        await passes(desk, 6)
        assert await desk.state(message) is state


async def test_other_words_to_the_lead_of_unknown_fate_take_no_evidence_away(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        one = await unknown(desk, executed=True)
        two = await unknown(desk, executed=False, body="Bring a coat for the attic.")
        await passes(desk, 6)
        assert [await desk.state(each) for each in (one, two)] == [State.SENT, State.UNKNOWN]


async def test_an_email_is_not_found_by_another_subject_or_by_its_being_read(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", EMAIL, "reset_before")
        message = await desk.yes(await desk.email(lead_id=HUGO))
        sandbox.world.send_email(int(HUGO), subject="Friday", content="By hand.", to="hugo@example.com")
        sandbox.world.send_email(int(HUGO), subject="Thursday", content="By hand.", to="hugo@example.com")
        rows = sandbox.world.data.emails[int(HUGO)]
        rows[-1] = replace(rows[-1], event="Opened")
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_a_history_that_cannot_be_read_as_the_window_closes_is_not_asked_at_once_again(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        sandbox.fail("GET", HISTORY, "status", status=500, times=20)
        await passes(desk, 600)
        waits = (await desk.outbox.get(message.id)).not_before
        assert waits == sandbox.clock.now() + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("name", "said"), [("eventType", "Clicked"), ("eventType", None), ("emailType", None), ("emailType", "Drip")]
)
async def test_an_event_of_an_email_that_is_not_known_proves_nothing(
    tmp_path: Path, name: str, said: str | None
) -> None:
    def retell(row: dict[str, Any]) -> None:
        row[name] = said

    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, transport=Retold(sandbox, retell, "emails")) as desk:
        sandbox.fail("POST", EMAIL, "reset_after")
        message = await desk.yes(await desk.email(lead_id=HUGO))
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


@pytest.mark.parametrize("outcome", ["Failed", "undelivered"])
async def test_a_text_that_lofty_could_not_deliver_is_not_called_sent(tmp_path: Path, outcome: str) -> None:
    def retell(row: dict[str, Any]) -> None:
        row["textOutcome"] = outcome

    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, transport=Retold(sandbox, retell)) as desk:
        message = await unknown(desk, executed=True)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_a_note_that_a_full_list_lacks_may_still_be_there(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        message = await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        desk.sandbox.fail("DELETE", "/v1.0/notes", "error_after", status=500)
        message = await desk.yes(message)
        assert message.state is State.UNKNOWN
        for number in range(100):
            await desk.lofty.create_note(JANE, content=f"Note {number}", pinned=False)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_where_lofty_has_no_history_that_is_what_is_said(tmp_path: Path) -> None:
    async with office(busy_sandbox(dialect="guide"), tmp_path) as desk:
        message = await unknown(desk, executed=True)
        await passes(desk, 601)
        end = await desk.outbox.get(message.id)
        assert (end.state, end.reason) == (
            State.NOT_SEEN,
            "this Lofty account has no history that could show it",
        )


async def test_an_earlier_email_is_no_evidence_where_it_could_not_be_told_from_a_later_one(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.world.send_email(int(BEN), subject="Thursday", content="By hand.", to="ben.carter@example.com")
        sandbox.clock.advance(60)
        message = await desk.email(lead_id=BEN)
        sandbox.fail("GET", PATHS["emails"], "status", status=400)
        sandbox.fail("POST", EMAIL, "reset_before")
        assert (await desk.yes(message, "She asked.")).state is State.UNKNOWN
        await passes(desk, 6)
        assert await desk.state(message) is State.UNKNOWN
        await passes(desk, 600)
        assert (await desk.state(message), len(sandbox.sent)) == (State.NOT_SEEN, 1)


@pytest.mark.parametrize("status", [404, 405])
async def test_a_history_that_is_said_not_to_be_there_settles_nothing_in_an_account_that_has_it(
    tmp_path: Path, status: int
) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=True)
        gone = "The requested API endpoint does not exist"
        sandbox.fail("GET", HISTORY, "status", status=status, body=gone, times=None)
        await passes(desk, 601)
        assert await desk.state(message) is State.UNKNOWN
        sandbox.clear_faults()
        await passes(desk, 301)
        assert (await desk.state(message), len(sandbox.sent)) == (State.SENT, 1)
