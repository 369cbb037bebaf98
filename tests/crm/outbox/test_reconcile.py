"""What is unknown is settled by Lofty's own history, or left for a person to decide."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from lofty_crm.api.models import Channel, OutsideContact
from lofty_crm.outbox.message import Approver, Message, OutboxError
from lofty_crm.outbox.states import State
from lofty_sandbox.sandbox import Sandbox
from tests.crm.outbox.office import EMAIL, HUGO, JANE, SMS, WORDS, InProcess, Office, busy_sandbox, office

pytestmark = pytest.mark.anyio

NOTICE = "Reply STOP to unsubscribe."


async def unknown(desk: Office, *, executed: bool, body: str = WORDS, lead_id: str = JANE) -> Message:
    """A text whose POST was cut, before or after Lofty acted."""
    desk.sandbox.fail("POST", SMS, "reset_after" if executed else "reset_before")
    message = await desk.yes(await desk.text(body, lead_id=lead_id))
    assert message.state is State.UNKNOWN
    return message


async def passes(desk: Office, seconds: float) -> None:
    """Time passes, and upkeep is done."""
    desk.sandbox.clock.advance(seconds)
    await desk.outbox.tick()


async def test_a_text_that_went_out_is_found_by_its_exact_words(tmp_path: Path) -> None:
    """D53"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await unknown(desk, executed=True)
        await passes(desk, 4)
        assert await desk.state(message) is State.UNKNOWN
        await passes(desk, 2)
        found = await desk.outbox.get(message.id)
        assert (found.state, (found.evidence or "").startswith("sms:"), desk.posts) == (State.SENT, True, 1)


async def test_a_text_that_went_nowhere_is_not_seen_and_a_person_decides(tmp_path: Path) -> None:
    """D54"""
    async with office(busy_sandbox(), tmp_path) as desk:
        message = await unknown(desk, executed=False)
        for _ in range(9):
            await passes(desk, 60)
            assert await desk.state(message) is State.UNKNOWN
            assert (await desk.text()).id == message.id
        await passes(desk, 60)
        assert await desk.state(message) is State.NOT_SEEN
        assert ((await desk.text()).id, desk.posts) == (message.id, 1)
        anew = await desk.outbox.again(message.id, by=Approver.PAGE, reason="she says nothing came")
        assert (anew.state, anew.generation) == (State.PENDING, 2)
        assert (await desk.yes(anew, "she says nothing came")).state is State.SENT
        assert (desk.posts, len(desk.sandbox.sent)) == (2, 1)


async def test_the_looks_grow_rarer_and_one_process_makes_each(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk, office(sandbox, tmp_path) as other:
        await unknown(desk, executed=False)
        looks: list[int] = []
        before = sandbox.count("GET", "/v1.0/communication/text")
        for second in range(600):
            sandbox.clock.advance(1)
            await (desk if second % 2 else other).outbox.tick()
            now = sandbox.count("GET", "/v1.0/communication/text")
            if now > before:
                looks.append(second + 1)
            assert now - before <= 1
            before = now
        assert looks == [5, 10, 20, 40, 80, 160, 320, 600]


async def test_evidence_is_looked_for_after_a_restart_by_whoever_lives(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=True)
    async with office(sandbox, tmp_path) as later:
        await passes(later, 10)
        assert (await later.state(message), later.posts) == (State.SENT, 1)


@pytest.mark.parametrize(
    "said",
    [
        f"{WORDS} {NOTICE}",
        f"{WORDS}\n\n{NOTICE}",
        f"{WORDS} Text STOP to opt out",
        f'{WORDS} Reply "STOP" if you want no more texts!',
        f"{WORDS} REPLY STOP",
        f"{WORDS} Reply STOP to opt out. Reply HELP for help. Msg & data rates may apply.",
    ],
)
async def test_lofty_s_own_opt_out_sentence_behind_the_words_does_not_hide_them(tmp_path: Path, said: str) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        sandbox.world.send_text(int(JANE), content=said, to="3035550101")
        await passes(desk, 6)
        assert await desk.state(message) is State.SENT


LONG = (
    "Three works. See you Thursday at the oak gate! "
    + "Bring the papers of the bank, and we go through all of it. " * 2
)


@pytest.mark.parametrize("notice", ["", f" {NOTICE}", f"\n{NOTICE} Msg & data rates may apply."])
async def test_a_text_that_lofty_cut_in_two_is_recognised(tmp_path: Path, notice: str) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False, body=LONG)
        first, second = LONG[:147], LONG[147:].lstrip()
        sandbox.world.send_text(int(JANE), content=first, to="3035550101")
        sandbox.world.send_text(int(JANE), content=f"{second}{notice}", to="3035550101")
        await passes(desk, 6)
        found = await desk.outbox.get(message.id)
        assert (found.state, len((found.evidence or "").split())) == (State.SENT, 2)


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("Ok STOP by at three!", ["Ok", "STOP by at three!"]),
        (f"Hi, Alex here. {NOTICE}", ["Hi, Alex here.", NOTICE]),
        (f"Hi, Alex here. {NOTICE}", ["Hi, Alex", f"here. {NOTICE}"]),
        ("Three works.", ["Three", f"works. {NOTICE}"]),
        (LONG, [LONG[:147]]),
        (LONG, [LONG[:147], "Something else.", LONG[147:].lstrip()]),
        (LONG, [LONG[147:].lstrip(), LONG[:147]]),
        (LONG, [LONG[:147], LONG[160:]]),
        (LONG, ["", LONG]),
    ],
)
async def test_texts_that_only_fit_together_are_no_evidence(tmp_path: Path, body: str, texts: list[str]) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False, body=body)
        for text in texts[:-1] if texts[-1] == body else texts:
            sandbox.world.send_text(int(JANE), content=text, to="3035550101")
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_halves_that_did_not_leave_at_once_are_no_evidence(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False, body=LONG)
        sandbox.world.send_text(int(JANE), content=LONG[:147], to="3035550101")
        sandbox.clock.advance(31)
        sandbox.world.send_text(int(JANE), content=LONG[147:].lstrip(), to="3035550101")
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


@pytest.mark.parametrize("said", ["Three works. ", "\nThree works."])
async def test_blanks_round_the_words_make_no_difference(tmp_path: Path, said: str) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False, body="Three works.")
        sandbox.world.send_text(int(JANE), content=said, to="3035550101")
        await passes(desk, 6)
        assert await desk.state(message) is State.SENT


@pytest.mark.parametrize(
    "said",
    [
        "Three works.",
        f"{WORDS} We could stop by the school as well.",
        f"{WORDS}{NOTICE}",
        WORDS.upper(),
        f"{WORDS} {NOTICE} {'x' * 200}",
        f"Fwd: {WORDS}",
        f"{WORDS} STOP to get the papers at the bank",
        f"{WORDS} Text stop to quit waiting, and I know.",
        f"{WORDS} Reply STOP to unsubscribe. And bring Maya!",
        f"{WORDS} Bring Maya! {NOTICE}",
        f"{WORDS} I will send STOP",
    ],
)
async def test_other_words_are_no_evidence(tmp_path: Path, said: str) -> None:
    """D112"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        sandbox.world.send_text(int(JANE), content=said, to="3035550101")
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_a_logged_text_with_the_same_words_is_no_evidence(tmp_path: Path) -> None:
    """D64 D94"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        await desk.lofty.log_contact(JANE, OutsideContact(channel=Channel.SMS, direction="outbound", content=WORDS))
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_the_same_words_of_the_lead_s_are_no_evidence(tmp_path: Path) -> None:
    """D112"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        sandbox.inbound_text(int(JANE), WORDS)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_an_older_text_of_the_same_words_is_no_evidence(tmp_path: Path) -> None:
    """D65"""
    sandbox = busy_sandbox()
    sandbox.world.send_text(int(JANE), content=WORDS, to="3035550101")
    sandbox.clock.advance(25 * 3600)
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=False)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_a_row_of_the_history_is_credited_once(tmp_path: Path) -> None:
    """D103 I11"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        first = await unknown(desk, executed=True)
        await passes(desk, 6)
        assert await desk.state(first) is State.SENT
        anew = await desk.outbox.again(first.id, by=Approver.TERMINAL, reason="once more")
        sandbox.fail("POST", SMS, "reset_before")
        assert (await desk.yes(anew, "once more")).state is State.UNKNOWN
        sandbox.clock.advance(-60)
        await passes(desk, 661)
        assert await desk.state(anew) is State.NOT_SEEN


async def test_one_row_does_not_prove_two_messages_of_the_same_words(tmp_path: Path) -> None:
    """D103"""
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        one = await desk.email("The first letter.")
        two = await desk.email("The second letter.")
        sandbox.fail("POST", EMAIL, "reset_after")
        sandbox.fail("POST", EMAIL, "reset_before")
        assert [(await desk.yes(m)).state for m in (one, two)] == [State.UNKNOWN, State.UNKNOWN]
        await passes(desk, 601)
        assert [await desk.state(m) for m in (one, two)] == [State.NOT_SEEN, State.NOT_SEEN]


async def test_two_rows_prove_two_messages_of_the_same_subject(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        letters = [await desk.email("The first letter."), await desk.email("The second letter.")]
        sandbox.fail("POST", EMAIL, "reset_after", times=2)
        assert [(await desk.yes(m)).state for m in letters] == [State.UNKNOWN, State.UNKNOWN]
        await passes(desk, 6)
        found = [await desk.outbox.get(m.id) for m in letters]
        assert [m.state for m in found] == [State.SENT, State.SENT]
        assert len({m.evidence for m in found}) == 2


async def test_the_same_words_to_two_leads_are_two_messages(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        one = await unknown(desk, executed=True)
        two = await unknown(desk, executed=False, lead_id=HUGO)
        await passes(desk, 6)
        assert [await desk.state(each) for each in (one, two)] == [State.SENT, State.UNKNOWN]


async def test_an_email_is_found_by_subject_and_time(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.email()
        sandbox.fail("POST", EMAIL, "reset_after")
        assert (await desk.yes(message)).state is State.UNKNOWN
        await passes(desk, 6)
        assert await desk.state(message) is State.SENT


async def test_an_email_is_not_called_sent_while_an_automatic_one_competes(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await desk.email(lead_id=HUGO)
        sandbox.fail("POST", EMAIL, "reset_after")
        await desk.yes(message)
        sent = sandbox.world.data.emails[int(HUGO)]
        automatic = next(row for row in sent if row.kind == "Auto")
        now = sandbox.clock.now()
        newest = max(row.timeline_id for row in sent)
        sent.append(replace(automatic, timeline_id=newest + 1, at=now, visible_at=now, subject="New homes for you"))
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


async def test_nothing_is_settled_while_lofty_cannot_be_read(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        message = await unknown(desk, executed=True)
        sandbox.fail("GET", "/v1.0/communication/text", "status", status=500, times=None)
        await passes(desk, 1200)
        assert await desk.state(message) is State.UNKNOWN
        sandbox.clear_faults()
        await passes(desk, 600)
        assert await desk.state(message) is State.SENT


async def test_where_lofty_has_no_history_a_person_decides(tmp_path: Path) -> None:
    async with office(busy_sandbox(dialect="guide"), tmp_path) as desk:
        message = await unknown(desk, executed=True)
        await passes(desk, 601)
        assert await desk.state(message) is State.NOT_SEEN


class Interferes(InProcess):
    """While the history is being read, another process settles the message."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.other: Office | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if self.other and request.method == "GET":
            other, self.other = self.other, None
            other.sandbox.clock.advance(300)
            await other.outbox.tick()
        return answer


async def test_two_processes_that_look_at_once_settle_a_message_once(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    way = Interferes(sandbox)
    async with office(sandbox, tmp_path, transport=way) as desk, office(sandbox, tmp_path) as other:
        message = await unknown(desk, executed=True)
        way.other = other
        await passes(desk, 6)
        assert await desk.state(message) is State.SENT
        assert (await desk.events(message)).count("sent") == 1


async def test_only_a_person_outside_the_chat_can_have_the_same_words_drafted_again(tmp_path: Path) -> None:
    """D62"""
    async with office(busy_sandbox(), tmp_path) as desk:
        waiting = await desk.text()
        with pytest.raises(OutboxError, match="pending"):
            await desk.outbox.again(waiting.id, by=Approver.PAGE, reason="why not")
        sent = await desk.yes(waiting)
        for by, reason in ((Approver.CHAT, "x"), (Approver.HOST, "x"), (Approver.PAGE, " ")):
            with pytest.raises(OutboxError, match="nothing was sent"):
                await desk.outbox.again(sent.id, by=by, reason=reason)
        anew = await desk.outbox.again(sent.id, by=Approver.PAGE, reason="it did not arrive")
        assert (anew.state, desk.posts) == (State.PENDING, 1)
        assert (await desk.outbox.again(sent.id, by=Approver.PAGE, reason="twice")).id == anew.id
        await desk.outbox.cancel(anew.id)
        assert (await desk.text()).id == sent.id
        assert "again" in await desk.events(sent)
