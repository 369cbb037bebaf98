"""What the audit says of each way that a message can take, word for word."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from lofty_crm.outbox.message import Approver, Kind, Message
from lofty_crm.policy.review import POLICY_VERSION
from tests.crm.outbox.office import JANE, SMS, Office, busy_sandbox, office
from tests.crm.outbox.test_outcomes import Unconnected

pytestmark = pytest.mark.anyio

Step = dict[str, Any]

JANES = "+13035550101"
DRAFTED = {"event": "drafted", "generation": 1}
APPROVED: Step = {
    "event": "approved",
    "from": "pending",
    "by": "terminal",
    "destination": JANES,
    "accepted": [],
    "warnings": [],
    "policy": POLICY_VERSION,
}
SENDING = {"event": "sending", "from": "approved", "destination": JANES, "attempt": 1}
NO_PROOF = "no answer that proves anything came back from Lofty"
UNKNOWN = {"event": "unknown", "from": "sending", "reason": NO_PROOF}
LIMITED = "Lofty's rate limit was reached; nothing was sent"
BACK = {"event": "approved", "from": "sending", "reason": LIMITED}
LEFT = {"lofty_message_id": "480213577605190"}


async def told(desk: Office, message: Message) -> list[Step]:
    """The steps of a message, less what is new each time."""
    (record,) = [record for record in await desk.outbox.audit_export() if record["message_id"] == message.id]
    steps: Any = record["steps"]
    assert all(step["digest"] == message.digest for step in steps if "digest" in step)
    return [{name: step[name] for name in step.keys() - {"seq", "at", "digest", "shown", "owner"}} for step in steps]


ANSWERS: list[tuple[str, dict[str, Any], Step, float]] = [
    (
        "status",
        {"status": 400, "code": 20012},
        {"event": "failed", "reason": "Lofty refused (code 20012): Lofty refused the request for the lead."},
        3,
    ),
    ("status", {"status": 429}, BACK, 60),
    ("error_after", {"status": 500}, UNKNOWN, 5),
    (
        "wrong_destination",
        {},
        {
            "event": "mismatch",
            "destination": "+14045550199",
            "reason": "Lofty used another destination than the approved one",
            **LEFT,
        },
        3,
    ),
    (
        "error_after",
        {"status": 200, "body": '{"messageId":"480213577605190"}'},
        {
            "event": "unknown",
            "destination": "",
            "reason": "Lofty took it without saying which destination it used",
            **LEFT,
        },
        5,
    ),
]


@pytest.mark.parametrize(("fault", "options", "last", "wait_s"), ANSWERS)
async def test_an_answer_is_told_with_its_reason(
    tmp_path: Path, fault: Any, options: dict[str, Any], last: Step, wait_s: float
) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        desk.sandbox.fail("POST", SMS, fault, **options)
        end = await desk.yes(await desk.text())
        assert await told(desk, end) == [DRAFTED, APPROVED, SENDING, last | {"from": "sending"}]
        assert (end.reason, end.lofty_message_id) == (last["reason"], last.get("lofty_message_id"))
        assert end.not_before == desk.sandbox.clock.now() + timedelta(seconds=wait_s)
        assert (end.claimed_by is None) == (end.claimed_at is None) == (last is BACK)


async def test_a_message_that_was_sent_is_told_with_its_evidence(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    sandbox.clock.advance(9 * 3600)
    async with office(sandbox, tmp_path) as desk:
        shown = await desk.text()
        end = await desk.yes(shown, " She asked. ")
        assert await told(desk, end) == [
            DRAFTED,
            APPROVED | {"accepted": ["quiet_hours"]},
            SENDING,
            {"event": "sent", "from": "sending", "destination": JANES, "reason": "", **LEFT},
        ]
        (record,) = await desk.outbox.audit_export()
        steps: Any = record["steps"]
        assert [step["seq"] for step in steps] == [1, 2, 3, 4]
        assert {step["at"] for step in steps} == {sandbox.clock.now().isoformat(timespec="microseconds")}
        assert steps[1]["shown"] == sha256(shown.question.encode()).hexdigest()
        assert steps[2]["owner"] == end.claimed_by
        assert (end.approval_reason, end.approved_at, end.claimed_at) == ("She asked.",) + (sandbox.clock.now(),) * 2


async def test_a_deleted_note_is_told_like_a_message(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        note = (await desk.lofty.notes(JANE))[0]
        end = await desk.yes(await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id))
        assert await told(desk, end) == [
            DRAFTED,
            APPROVED | {"destination": note.id},
            SENDING | {"destination": note.id},
            {"event": "sent", "from": "sending", "reason": ""},
        ]
        assert await desk.outbox.kept_notes(note.id) == [note.content]


async def test_what_never_left_is_told_try_by_try(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    reason = "Lofty could not be reached; nothing was sent"
    async with office(sandbox, tmp_path, transport=Unconnected(sandbox, httpx.ConnectError)) as desk:
        message = await desk.yes(await desk.text())
        assert message.not_before == sandbox.clock.now() + timedelta(seconds=5)
        for _ in range(3):
            sandbox.clock.advance(5)
            await desk.outbox.tick()
        back = BACK | {"reason": reason}
        assert await told(desk, message) == [
            *(DRAFTED, APPROVED, SENDING, back, SENDING | {"attempt": 2}, back, SENDING | {"attempt": 3}),
            {"event": "failed", "from": "sending", "reason": f"{reason} after 3 tries"},
        ]


@pytest.mark.parametrize(("by", "told_by"), [(None, "assistant"), (Approver.PAGE, "page")])
async def test_a_withdrawal_and_a_no_are_told_with_who_said_so(
    tmp_path: Path, by: Approver | None, told_by: str
) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        withdrawn, refused = await desk.text("One."), await desk.text("Two.")
        await desk.outbox.cancel(withdrawn.id, by=by)
        await desk.outbox.reject(refused, by=Approver.TERMINAL)
        assert await told(desk, withdrawn) == [DRAFTED, {"event": "cancelled", "from": "pending", "by": told_by}]
        assert await told(desk, refused) == [DRAFTED, {"event": "rejected", "from": "pending", "by": "terminal"}]


async def test_a_draft_that_expires_or_is_blocked_is_told_with_why(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        left, blocked = await desk.text(), await desk.text("Hi {{x}} and \u200b")
        sandbox.clock.advance(24 * 3600)
        await desk.outbox.tick()
        assert await told(desk, left) == [DRAFTED, {"event": "expired", "from": "pending"}]
        stops = ["hidden_characters", "unresolved_merge_field"]
        assert await told(desk, blocked) == [DRAFTED, {"event": "blocked", "from": "pending", "stops": stops}]
        assert blocked.reason == " ".join(stop.text for stop in blocked.stops)


async def test_a_yes_that_is_taken_back_is_told_with_why(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "status", status=429, times=2)
        stopped = await desk.yes(await desk.text("One."))
        await desk.outbox.stop(by=Approver.PAGE)
        await desk.outbox.resume(by=Approver.PAGE)
        sandbox.clock.advance(61)
        late = await desk.yes(await desk.text("Two."))
        sandbox.clock.advance(300)
        await desk.outbox.tick()
        for message, reason in (
            (stopped, "all sending was stopped; a person has to approve it again"),
            (late, "the approval is too old; a person has to approve again"),
        ):
            assert (await told(desk, message))[3:] == [
                BACK,
                {"event": "pending", "from": "approved", "reason": reason},
            ]
            assert (await desk.outbox.get(message.id)).reason == reason


async def test_a_lead_who_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        one, two = await desk.text("One."), await desk.text("Two.")
        sandbox.fail("GET", "/v1.0/leads", "status", status=500, times=None)
        reason = "the lead could not be checked just before sending"
        assert (await desk.yes(one)).reason == reason
        assert (await told(desk, one))[2:] == [{"event": "pending", "from": "approved", "reason": reason}]
        sandbox.clear_faults()
        sandbox.fail("GET", "/v1.0/leads", "status", status=429, times=None, headers={"Retry-After": "45"})
        waiting = await desk.yes(two)
        assert (await told(desk, two))[2:] == [{"event": "noted", "waits_s": 45.0}]
        assert waiting.reason == "Lofty could not be asked yet"
        assert waiting.not_before == sandbox.clock.now() + timedelta(seconds=45)


async def test_what_became_of_an_unknown_message_is_told(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        sandbox.fail("POST", SMS, "reset_after")
        left = await desk.yes(await desk.text("One."))
        sandbox.clock.advance(5)
        await desk.outbox.tick()
        sandbox.fail("POST", SMS, "reset_before")
        lost = await desk.yes(await desk.text("Two."))
        sandbox.clock.advance(600)
        await desk.outbox.tick()
        looks = {"event": "noted", "looks": True}
        found = await desk.outbox.get(left.id)
        evidence = found.evidence or ""
        assert evidence.startswith("sms:")
        assert (await told(desk, left))[3:] == [
            UNKNOWN,
            looks,
            {"event": "sent", "from": "unknown", "evidence": evidence},
        ]
        assert found.reason == ""
        assert (await told(desk, lost))[3:] == [UNKNOWN, looks, {"event": "not_seen", "from": "unknown"}]
        assert (await desk.outbox.get(lost.id)).reason == "Lofty's history does not show it"


async def test_a_change_of_the_lead_is_told_with_what_was_found(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path) as desk:
        renamed = await desk.text("One.")
        sandbox.edit_lead(int(JANE), firstName="Janet")
        back = await desk.yes(renamed)
        await desk.yes(renamed)
        assert (await told(desk, renamed))[2:] == [
            {"event": "pending", "from": "approved", "findings": ["segments"]},
            {"event": "stale_yes", "by": "terminal"},
        ]
        assert back.reason == "something changed since the approval; a person has to look again"
        moved = await desk.text("Two.")
        sandbox.edit_lead(int(JANE), phones=["3035550199"])
        end = await desk.yes(moved)
        assert (await told(desk, moved))[2:] == [
            {"event": "pending", "from": "approved", "findings": ["destination_changed"]},
            {"event": "blocked", "from": "pending", "stops": ["destination_changed"]},
        ]
        assert end.reason == "The lead's record does not show the approved destination now."


async def test_a_yes_in_the_chat_that_comes_too_fast_is_told(tmp_path: Path) -> None:
    sandbox = busy_sandbox()
    async with office(sandbox, tmp_path, min_reading=timedelta(seconds=2)) as desk:
        message = await desk.text()
        await desk.outbox.asked(message)
        sandbox.clock.advance(1.9)
        end = await desk.outbox.approve(message, by=Approver.CHAT)
        assert (end.state.value, end.console_only, end.asked_at) == ("pending", True, message.created_at)
        assert (await told(desk, message))[1:] == [
            {"event": "noted", "asked": "chat"},
            {"event": "noted", "too_fast": True},
            {"event": "yes_not_counted", "by": "chat"},
        ]


async def test_words_drafted_again_are_told_with_who_wanted_it_and_why(tmp_path: Path) -> None:
    async with office(busy_sandbox(), tmp_path) as desk:
        sent = await desk.yes(await desk.text())
        anew = await desk.outbox.again(sent.id, by=Approver.PAGE, reason=" She lost it. ")
        assert (await told(desk, sent))[4:] == [{"event": "again", "by": "page", "reason": "She lost it."}]
        assert await told(desk, anew) == [DRAFTED | {"generation": 2}]
