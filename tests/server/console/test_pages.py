"""What the page shows of a message, and what a person's answer does."""

import re
from pathlib import Path

import pytest

from lofty_crm.outbox.message import Approver, Kind
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import AIKO, BEN, JANE, RUTH, SMS, WALTER, WORDS, busy_sandbox
from tests.server.console.visiting import fields, page

pytestmark = pytest.mark.anyio

EVENING_S = 8 * 3600


async def test_a_card_says_who_where_what_and_when(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        shown = (await served.get()).text
        for part in (
            "Text Jane Hollis",
            "+1 303 555 0101",
            JANE,
            "12:00 PM MST",
            "America/Denver, from the address",
            "heard from them 1 h ago",
            WORDS,
            "1 segment of GSM-7",
            f"{message.digest[:4]} {message.digest[4:8]}",
        ):
            assert part in shown, part
        assert shown.count('<li class="theirs">') + shown.count('<li class="ours">') == 3
        assert "<title>(1) " in shown


async def test_a_lead_that_nobody_spoke_with_is_said_to_be_one(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        await served.desk.text("Hello Ben, welcome!", BEN)
        assert "never heard from them" in (await served.get()).text


async def test_a_yes_waits_for_the_undo_delay_and_then_sends_once(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        answer = await served.yes(message)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/message/{message.id}")
        await served.console.outbox.tick()
        assert served.desk.posts == 0
        assert "It goes out in 10 s" in (await served.get(f"/message/{message.id}")).text
        served.sandbox.clock.advance(10)
        await served.console.outbox.tick()
        assert [each.content for each in served.sandbox.sent] == [WORDS]
        told = (await served.get(f"/message/{message.id}/outcome")).json()
        assert "Sent" in told["outcome"]
        assert "Lofty&#39;s own answer" in told["outcome"]
        assert not told["moving"]
        record = await served.desk.outbox.get(message.id)
        assert record.approved_by is Approver.PAGE


async def test_an_undone_yes_sends_nothing(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        await served.post(f"/message/{message.id}/yes", form)
        await served.post(f"/message/{message.id}/undo", form)
        served.sandbox.clock.advance(60)
        await served.console.outbox.tick()
        assert await served.desk.state(message) is State.CANCELLED
        assert served.desk.posts == 0


async def test_an_undo_that_comes_too_late_says_that_it_was_sent(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        await served.post(f"/message/{message.id}/yes", form)
        served.sandbox.clock.advance(11)
        await served.console.outbox.tick()
        await served.post(f"/message/{message.id}/undo", form)
        assert await served.desk.state(message) is State.SENT


async def test_without_an_undo_delay_a_yes_sends_at_once(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        message = await served.desk.text()
        await served.yes(message)
        assert await served.desk.state(message) is State.SENT


async def test_a_no_sends_nothing(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        await served.post(f"/message/{message.id}/no", await served.form(message))
        assert await served.desk.state(message) is State.REJECTED


async def test_the_same_form_posted_again_and_again_sends_once(tmp_path: Path) -> None:
    """D61"""
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        message = await served.desk.text()
        form = await served.form(message)
        for _ in range(3):
            assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 303
        assert served.desk.posts == 1
        assert (await served.desk.events(message)).count("approved") == 1


async def test_a_stale_page_is_refused_and_shown_the_new_text(tmp_path: Path) -> None:
    """D12 D20"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        served.sandbox.world.lead(int(JANE))["firstName"] = "Joan"
        answer = await served.post(f"/message/{message.id}/yes", form)
        assert answer.status_code == 409
        assert "This changed since you looked" in answer.text
        assert "Text Joan Hollis" in answer.text
        assert await served.desk.state(message) is State.PENDING
        assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 409
        assert (await served.yes(message)).status_code == 303
        assert await served.desk.state(message) is State.APPROVED


async def test_a_number_that_was_added_or_taken_away_is_shown_before_a_yes_counts(tmp_path: Path) -> None:
    """D20"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        (number,) = served.sandbox.world.lead(int(JANE))["phones"]
        served.sandbox.edit_lead(int(JANE), phones=[number, "7205550142"])
        added = await served.post(f"/message/{message.id}/yes", form)
        assert added.status_code == 409
        assert "one of 2 numbers of this lead" in added.text
        served.sandbox.edit_lead(int(JANE), phones=["7205550142"])
        gone = await served.post(f"/message/{message.id}/yes", fields(added.text, f"/message/{message.id}/yes"))
        assert gone.status_code == 409
        assert "no longer in the lead's record" in gone.text
        assert await served.desk.state(message) is State.PENDING


async def test_the_form_of_one_message_approves_no_other(tmp_path: Path) -> None:
    """D11"""
    async with page(busy_sandbox(), tmp_path) as served:
        one, other = await served.desk.text(), await served.desk.text("Other words.")
        form = await served.form(one)
        assert (await served.post(f"/message/{other.id}/yes", form)).status_code == 409
        assert await served.desk.state(other) is State.PENDING


async def test_a_draft_made_anew_needs_a_yes_of_its_own(tmp_path: Path) -> None:
    """D11"""
    async with page(busy_sandbox(), tmp_path) as served:
        first = await served.desk.text()
        form = await served.form(first)
        await served.post(f"/message/{first.id}/yes", form)
        await served.desk.outbox.cancel(first.id)
        second = await served.desk.text()
        assert second.id != first.id
        await served.post(f"/message/{first.id}/yes", form)
        assert (await served.post(f"/message/{second.id}/yes", form)).status_code == 409
        assert await served.desk.state(second) is State.PENDING


async def test_a_yes_given_before_a_stop_does_not_count_after_it(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        for _ in range(2):
            form = await served.form(message)
            assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 303
            assert (await served.post("/stop", form)).status_code == 303
            shown = (await served.get()).text
            assert "All sending is stopped" in shown
            assert f"/message/{message.id}/yes" not in shown
            await served.post("/resume", form)
            served.sandbox.clock.advance(1)
            assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 409
            assert await served.desk.state(message) is State.PENDING
        assert (await served.yes(message)).status_code == 303


async def test_a_held_message_needs_a_reason(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        served.sandbox.clock.advance(EVENING_S)
        message = await served.desk.text()
        assert message.held
        assert "The next allowed time is Wed Nov 18, 8:00 AM MST." in (await served.get()).text
        for blank in ({}, {"reason": "  "}, {"reason": "x" * 501}):
            refused = await served.yes(message, **blank)
            assert refused.status_code == 422
            assert await served.desk.state(message) is State.PENDING
        await served.yes(message, reason="She asked for it tonight.")
        assert await served.desk.state(message) is State.SENT
        assert "Reason: She asked for it tonight." in (await served.get(f"/message/{message.id}")).text


async def test_what_holds_a_message_stands_before_what_is_only_to_be_minded(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        served.sandbox.clock.advance(EVENING_S)
        message = await served.desk.text("Look: https://www.example.com/oak")
        assert message.held
        assert message.warnings
        shown = re.findall(r'<li class="(stop|held|warning|info)">', (await served.get()).text)
        assert shown == sorted(shown, key=["stop", "held", "warning", "info"].index)
        assert shown[0] == "held"


async def test_words_cannot_pose_as_the_pages_own_lines(tmp_path: Path) -> None:
    """D18 D24 D51"""
    words = 'Hi\nTo: Jane Doe (+1 303 555 0199)\n✅ Verified by Lofty\n</div><img src=x onerror="x">\t'
    async with page(busy_sandbox(), tmp_path) as served:
        await served.desk.text(words)
        shown = (await served.get()).text
        assert "<img" not in shown
        assert shown.index("+1 303 555 0101") < shown.index("To: Jane Doe")
        assert '<div class="line" dir="auto">To: Jane Doe (+1 303 555 0199)</div>' in shown
        assert '<mark class="sign" title="tab">' in shown


async def test_hidden_characters_of_a_thread_are_taken_out_and_said(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        await served.desk.text("Hello Walter.", WALTER)
        shown = (await served.get()).text
        assert "hidden characters removed" in shown
        assert not re.search("[\u200b\u202e\U000e0000-\U000e0fff]", shown)


async def test_a_long_email_is_shown_whole(tmp_path: Path) -> None:
    """D19"""
    body = "\n".join(f"Paragraph {number} about the house." for number in range(1000))
    async with page(busy_sandbox(), tmp_path, max_waiting=9) as served:
        message = await served.desk.email(body, subject="All of it")
        shown = (await served.get(f"/message/{message.id}")).text
        assert all(f"Paragraph {number} about" in shown for number in range(1000))


async def test_while_lofty_cannot_be_asked_the_page_says_so_and_sends_nothing(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        served.sandbox.clock.advance(61)
        served.sandbox.fail("*", "/", "status", times=None, status=500)
        shown = await served.get()
        assert shown.status_code == 200
        assert WORDS in shown.text
        assert "could not be" in shown.text
        answer = await served.post(f"/message/{message.id}/yes", form)
        assert answer.status_code == 409
        assert await served.desk.state(message) is State.PENDING


async def test_an_unknown_outcome_is_told_as_one_until_history_settles_it(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        message = await served.desk.text()
        served.sandbox.fail("POST", SMS, "reset_after")
        await served.yes(message)
        assert await served.desk.state(message) is State.UNKNOWN
        shown = (await served.get(f"/message/{message.id}")).text
        assert "Not known" in shown
        assert "no answer came that proves anything" in shown
        assert "Write the same words again" not in shown
        served.sandbox.clock.advance(60)
        await served.console.outbox.tick()
        assert await served.desk.state(message) is State.SENT
        told = (await served.get(f"/message/{message.id}")).text
        assert "these words in Lofty&#39;s history" in told
        for step in ("It was drafted.", "A person said yes on this page.", "Sending began, to +13035550101, try 1."):
            assert step in told, step


async def test_sent_words_go_out_again_only_as_a_new_message_with_a_yes_of_its_own(tmp_path: Path) -> None:
    """D62"""
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        message = await served.desk.text()
        form = await served.form(message)
        await served.yes(message)
        assert (await served.post(f"/message/{message.id}/again", form)).status_code == 409
        answer = await served.post(f"/message/{message.id}/again", {**form, "reason": "She lost it."})
        again = answer.headers["location"].removeprefix("/message/")
        assert again != message.id
        assert (await served.desk.outbox.get(again)).state is State.PENDING
        assert served.desk.posts == 1


async def test_a_note_is_deleted_only_after_it_was_shown(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        note = (await served.desk.lofty.notes(JANE))[0]
        draft = await served.desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        shown = (await served.get()).text
        assert "Delete a note about Jane Hollis" in shown
        assert note.content.splitlines()[0] in shown
        answer = await served.yes(draft)
        assert answer.status_code == 303, answer.text
        assert served.sandbox.count("DELETE", "/v1.0/notes") == 1
        assert "Deleted" in (await served.get(f"/message/{draft.id}")).text


async def test_a_deletion_that_can_still_be_taken_back_is_not_said_to_go_out(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        note = (await served.desk.lofty.notes(JANE))[0]
        draft = await served.desk.outbox.draft(Kind.NOTE_DELETION, lead_id=JANE, note_id=note.id)
        await served.yes(draft)
        assert "It is deleted in 10 s" in (await served.get(f"/message/{draft.id}")).text
        await served.desk.outbox.cancel(draft.id, by=Approver.PAGE)
        assert "The note stays." in (await served.get(f"/message/{draft.id}")).text


async def test_the_outbox_can_be_narrowed_by_what_became_of_messages(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, undo_s=0) as served:
        sent = await served.desk.text()
        await served.yes(sent)
        refused = await served.desk.text("Other words.", AIKO)
        await served.post(f"/message/{refused.id}/no", await served.form(refused))
        await served.desk.text("Waiting words.")
        counts = {
            name: (await served.get(f"/outbox?show={name}")).text.count('<span class="whom">')
            for name in ("all", "open", "sent", "unclear", "ended")
        }
        assert counts == {"all": 3, "open": 1, "sent": 1, "unclear": 0, "ended": 1}
        assert (await served.get("/outbox?show=secret")).status_code == 404


async def test_a_page_that_is_looked_at_again_asks_lofty_no_more_than_once_a_minute(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        first, second = await served.desk.text(), await served.desk.text("Other words.")

        async def asked(path: str) -> int:
            before = len(served.sandbox.requests)
            assert (await served.get(path)).status_code == 200
            return len(served.sandbox.requests) - before

        assert await asked("/") == 8
        assert [await asked(path) for path in ("/", f"/message/{first.id}", f"/message/{second.id}")] == [0, 0, 0]
        served.sandbox.inbound_text(int(JANE), "Wait.")
        served.sandbox.clock.advance(61)
        assert await asked("/") == 8
        assert "Wait." in (await served.get("/")).text


async def test_what_could_not_be_read_is_asked_for_again(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        await served.desk.text()
        served.sandbox.fail("GET", "/v1.0/communication/text", "status", times=None, status=500)
        assert "could not be read" in (await served.get("/")).text
        served.sandbox.clear_faults()
        assert "could not be read" not in (await served.get("/")).text


async def test_after_an_answer_the_next_message_is_one_click_away(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        waiting: list[str] = []
        for lead in (JANE, AIKO, BEN):
            waiting.append((await served.desk.text(f"Words for {lead}.", lead)).id)
            served.sandbox.clock.advance(1)

        async def following(message_id: str) -> list[str]:
            shown = (await served.get(f"/message/{message_id}")).text
            return re.findall(r'<p class="next"><a href="/message/(m-\w+)">', shown)

        assert [await following(each) for each in waiting] == [[waiting[1]], [waiting[2]], [waiting[0]]]
        for each in waiting[:2]:
            message = await served.desk.outbox.get(each)
            await served.post(f"/message/{each}/no", await served.form(message))
        assert [await following(each) for each in waiting] == [[waiting[2]], [waiting[2]], []]


async def test_what_blocked_a_message_is_told_in_words(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text(lead_id=RUTH)
        shown = (await served.get(f"/message/{message.id}")).text
        assert "It was blocked: do not contact." in shown


async def test_an_open_page_can_tell_that_something_changed(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        before = (await served.get("/live")).json()
        await served.desk.text()
        after = (await served.get("/live")).json()
        assert (before["waiting"], after["waiting"]) == (0, 1)
        assert before["stamp"] != after["stamp"]
