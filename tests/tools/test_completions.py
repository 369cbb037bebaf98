"""What a host suggests while a person types the arguments of a prompt or the address of a resource."""

import pytest
from mcp.types import PromptReference, ResourceTemplateReference

from lofty_tools.messages import cancel_message, send_sms
from tests.tools.desk import GRACE, JANE, MODES, Desk, Mode
from tests.tools.reading import reading, roomy

pytestmark = pytest.mark.anyio

_MESSAGE = ResourceTemplateReference(type="ref/resource", uri="lofty://messages/{message_id}")


async def _of_prompt(it: Desk, name: str, typed: str, **resolved: str) -> list[str]:
    ref = PromptReference(type="ref/prompt", name="summarize_call")
    answer = await it.client.complete(ref, {"name": name, "value": typed}, context_arguments=resolved)
    return answer.completion.values


@pytest.mark.parametrize("mode", MODES)
async def test_messages_are_completed_with_their_state_and_read_by_the_completed_value(mode: Mode) -> None:
    async with reading(roomy(), send_sms, cancel_message, mode=mode) as it:
        waiting, _ = await it.call("send_sms", lead_id=JANE, body="Three works.")
        dropped, _ = await it.call("send_sms", lead_id=GRACE, body="The estate sale is on.")
        await it.call("cancel_message", message_id=dropped["message_id"])

        async def completed(typed: str) -> list[str]:
            return (await it.client.complete(_MESSAGE, {"name": "message_id", "value": typed})).completion.values

        everything, (one,) = await completed(""), await completed("awaiting")
        read = await it.client.read_resource(f"lofty://messages/{one}")
    assert one == f"{waiting['message_id']} awaiting_approval sms Jane Hollis Tue Nov 17 2:00 PM EST just now"
    assert sorted(value.split()[1] for value in everything) == ["awaiting_approval", "cancelled"]
    assert "> Three works." in read.contents[0].model_dump()["text"]


async def test_the_call_of_a_prompt_is_completed_once_the_lead_is_known() -> None:
    async with reading(roomy()) as it:
        (lead,) = await _of_prompt(it, "lead", "grace lind")
        assert await _of_prompt(it, "lead", lead) == [lead]
        assert await _of_prompt(it, "call", "", lead="Grace") == []
        values = await _of_prompt(it, "call", "no answer", lead=lead)
    assert lead == f"Grace Lindqvist, Portland, OR, …0115, lead_id {GRACE}"
    assert values[0] == "Tue Nov 10, 9:14 AM PST, inbound, no answer, call_id 480213577201504"


async def test_the_channels_of_a_reply_are_completed() -> None:
    async with reading(roomy()) as it:
        assert await _of_prompt(it, "channel", "") == ["text", "email"]
        assert await _of_prompt(it, "channel", "em") == ["email"]


@pytest.mark.parametrize("typed", ["Jane", "\x00", "²" * 13, "9" * 30, "lead_id 99999999999999999999", "../../x", "%"])
async def test_what_means_nothing_completes_to_nothing(typed: str) -> None:
    nowhere = ResourceTemplateReference(type="ref/resource", uri="lofty://nowhere/{thing}")
    async with reading(roomy()) as it:
        for name in ("thing", "focus", "call_id", "call", "message_id"):
            answer = await it.client.complete(
                nowhere, {"name": name, "value": typed}, context_arguments={"lead": typed, "lead_id": typed}
            )
            assert answer.completion.values == []
