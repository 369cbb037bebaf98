"""The outbox as a model sees it: what waits, what became of it, and a way to withdraw it."""

import pytest
from mcp import MCPError

from lofty_crm.outbox.message import Approver
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.messages import cancel_message, get_message, list_messages, send_email, send_sms
from tests.tools.desk import DECIDING, ELENA, JANE, MODES, SAM, Mode, desk

pytestmark = pytest.mark.anyio

HUGO = "480213577100018"
TOOLS = (send_sms, send_email, list_messages, get_message, cancel_message)


@pytest.mark.parametrize("mode", MODES)
async def test_message_waits_and_says_who_decides_and_where(mode: Mode, sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS, mode=mode) as it:
        receipt, text = await it.call("send_sms", lead_id=JANE, body="Three works.")
    assert receipt == {
        "message_id": receipt["message_id"],
        "state": "awaiting_approval",
        "kind": "sms",
        "lead_id": JANE,
        "lead": "Jane Hollis",
        "to": receipt["to"],
        "address": "+1 303 555 0101",
        "what": "The text to Jane Hollis waits for a person's yes; nothing was sent.",
        "next": f"The user can say yes or no with `{DECIDING} {receipt['message_id']}` in a terminal.",
        "sandbox": True,
    }
    assert text.splitlines() == [
        f"[sandbox] awaiting_approval: {receipt['what']}",
        receipt["next"],
        f"message_id {receipt['message_id']}; lead_id {JANE}; to +1 303 555 0101",
    ]
    assert sandbox.sent == []


async def test_a_held_message_says_when_it_could_go_and_that_a_yes_needs_a_reason(sandbox: Sandbox) -> None:
    sandbox.clock.advance(10 * 3600)
    async with desk(sandbox, *TOOLS) as it:
        receipt, text = await it.call("send_sms", lead_id=JANE, body="Three works.")
    (held,) = receipt["held_for"]
    assert "outside the hours for texts" in held
    assert "The next allowed time is Wed Nov 18" in held
    assert f"Held: {held}" in text
    assert f"The user can say yes, with a typed reason, or no with `{DECIDING} " in receipt["next"]


@pytest.mark.parametrize("mode", MODES)
async def test_what_stands_around_a_lead_is_in_the_receipt(mode: Mode, sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS, mode=mode) as it:
        await it.deps.lofty.create_note(JANE, content="She asked not to be texted.", pinned=False)
        sandbox.clock.advance(60)
        assisted, text = await it.call("send_sms", lead_id=HUGO, body="Three works.")
        noted, _ = await it.call("send_sms", lead_id=JANE, body="Three works.")
    (warning,) = assisted["warnings"]
    assert "Lofty's sales assistant is working this lead" in warning
    assert f"Warning: {warning}" in text
    (held,) = noted["held_for"]
    assert 'A note about the lead may ask to be left alone: "She asked not to be texted."' in held
    assert sandbox.sent == []


async def test_words_with_something_hidden_come_back_without_it_as_a_draft_of_their_own(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS) as it:
        blocked, text = await it.call("send_sms", lead_id=JANE, body="See you\u200b at\u3164 three.")
        anew, _ = await it.call("send_sms", lead_id=JANE, body=blocked["proposal"])
    assert blocked["state"] == "blocked"
    assert blocked["proposal"] == "See you at three."
    assert "Without them it would read, as a new draft:\n> See you at three." in text
    assert anew["state"] == "awaiting_approval"
    assert anew["message_id"] != blocked["message_id"]
    assert sandbox.sent == []


async def test_same_words_to_another_number_of_the_lead_are_another_message(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS) as it:
        lead = await it.deps.lofty.lead(ELENA)
        assert len(lead.phones) == 2
        primary, _ = await it.call("send_sms", lead_id=ELENA, body="Hello")
        named, _ = await it.call("send_sms", lead_id=ELENA, body="Hello", to=primary["to"])
        refusal = await it.refused("send_sms", lead_id=ELENA, body="Hello", to="p-nobody")
    assert named["message_id"] == primary["message_id"]
    assert "no phone number with the id given in `to`" in refusal
    assert "nothing was sent" in refusal
    assert primary["to"] in refusal


async def test_lead_without_a_phone_cannot_be_texted(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS) as it:
        refusal = await it.refused("send_sms", lead_id=SAM, body="Hello")
        waiting, listed = await it.call("list_messages")
    assert refusal == f"Lead {SAM} has no phone number; nothing was sent. Ask the user how to reach this lead."
    assert waiting["messages"] == []
    assert listed == "Nothing waits for a person."


async def test_messages_are_listed_by_what_became_of_them(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS) as it:
        kept, _ = await it.call("send_sms", lead_id=JANE, body="One")
        sandbox.clock.advance(1)
        sent, _ = await it.call("send_sms", lead_id=ELENA, body="Two")
        sandbox.clock.advance(1)
        message = await it.deps.outbox.get(sent["message_id"])
        await it.deps.outbox.approve(message, by=Approver.TERMINAL)
        dropped, _ = await it.call("send_email", lead_id=JANE, subject="Three", body="Three")
        await it.call("cancel_message", message_id=dropped["message_id"])
        listed = {
            state: [m["message_id"] for m in (await it.call("list_messages", state=state))[0]["messages"]]
            for state in ("waiting", "sent", "unclear", "ended", "all")
        }
        mine, _ = await it.call("list_messages", state="all", lead_id=ELENA)
        few, text = await it.call("list_messages", state="all", limit=1)
    assert listed["waiting"] == [kept["message_id"]]
    assert listed["sent"] == [sent["message_id"]]
    assert listed["unclear"] == []
    assert listed["ended"] == [dropped["message_id"]]
    assert sorted(listed["all"]) == sorted([kept["message_id"], sent["message_id"], dropped["message_id"]])
    assert [m["message_id"] for m in mine["messages"]] == [sent["message_id"]]
    assert few["more"] is True
    assert "> Three" in text
    assert "drafted Tue Nov 17, 2:00 PM EST" in text
    assert text.endswith("There are more: raise `limit` or name a `lead_id`.")


async def test_a_sent_message_cannot_be_withdrawn_and_says_so(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS) as it:
        receipt, _ = await it.call("send_sms", lead_id=JANE, body="Three works.")
        message = await it.deps.outbox.get(receipt["message_id"])
        await it.deps.outbox.approve(message, by=Approver.TERMINAL)
        after, _ = await it.call("cancel_message", message_id=receipt["message_id"])
        told, text = await it.call("get_message", message_id=receipt["message_id"])
    assert after["state"] == told["state"] == "sent"
    assert told["what"] == "The text to Jane Hollis was sent once, on Tue Nov 17, 2:00 PM EST."
    assert "> Three works." in text
    assert "Lofty confirmed it" in text
    assert "to +1 303 555 0101" in text
    assert [m.content for m in sandbox.sent] == ["Three works."]


async def test_reading_a_message_a_hundred_times_approves_nothing(sandbox: Sandbox) -> None:
    """D03"""
    async with desk(sandbox, *TOOLS) as it:
        receipt, _ = await it.call("send_sms", lead_id=JANE, body="Three works.")
        seen = {(await it.call("get_message", message_id=receipt["message_id"]))[1] for _ in range(100)}
        again, _ = await it.call("send_sms", lead_id=JANE, body="Three works.")
    assert len(seen) == 1
    assert "http" not in seen.pop()
    assert again == receipt
    assert sandbox.sent == []


async def test_unknown_message_is_told_with_the_next_step(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS) as it:
        for tool in ("get_message", "cancel_message"):
            refusal = await it.refused(tool, message_id="m-22222222")
            assert refusal == "There is no message m-22222222 in the outbox. Use `list_messages`."
            assert "message_id" in await it.refused(tool, message_id="../../etc")


async def test_message_can_be_read_by_its_address(sandbox: Sandbox) -> None:
    async with desk(sandbox, *TOOLS, resources=True) as it:
        receipt, _ = await it.call("send_sms", lead_id=JANE, body="Three works.")
        address = f"lofty://messages/{receipt['message_id']}"
        contents = (await it.client.read_resource(address)).contents
        with pytest.raises(MCPError):
            await it.client.read_resource("lofty://messages/m-22222222")
    assert "awaiting_approval" in contents[0].model_dump_json()
    assert "> Three works." in contents[0].model_dump()["text"]
