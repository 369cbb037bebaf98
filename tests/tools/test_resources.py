"""Leads, timelines, notes and transcripts by address, and the completion of those addresses."""

import pytest
from mcp import MCPError
from mcp.types import PromptReference, ResourceTemplateReference, TextResourceContents

from lofty_sandbox.sandbox import Sandbox
from lofty_tools.inbox import list_replies
from lofty_tools.leads import get_lead
from lofty_tools.notes import list_notes
from lofty_tools.resources import is_message, is_timeline, message_of, timeline_of
from lofty_tools.timeline import get_timeline
from tests.tools.desk import JANE, MODES, WALTER, Desk, Mode
from tests.tools.reading import reading, roomy

_TOOLS = (get_lead, get_timeline, list_notes)
_CALL = "480213577200103"


async def _read(it: Desk, uri: str) -> str:
    (content,) = (await it.client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def _completed(it: Desk, name: str, value: str, **resolved: str) -> list[str]:
    ref = ResourceTemplateReference(uri="lofty://leads/{lead_id}/calls/{call_id}/transcript")
    answer = await it.client.complete(ref, {"name": name, "value": value}, context_arguments=resolved or None)
    return answer.completion.values


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_resource_reads_as_the_tool_of_the_same_thing(mode: Mode) -> None:
    async with reading(roomy(), *_TOOLS, mode=mode) as it:
        for uri, tool in (("", "get_lead"), ("/timeline", "get_timeline"), ("/notes", "list_notes")):
            _, expected = await it.call(tool, lead_id=JANE)
            assert await _read(it, f"lofty://leads/{JANE}{uri}") == expected


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_the_inbox_reads_as_the_list_of_those_who_wait(mode: Mode) -> None:
    async with reading(roomy(), list_replies, mode=mode) as it:
        (listed,) = (await it.client.list_resources()).resources
        assert (str(listed.uri), listed.title) == ("lofty://inbox", "Inbox")
        assert listed.description
        _, expected = await it.call("list_replies")
        assert await _read(it, "lofty://inbox") == expected
        assert "Jane Hollis" in expected


@pytest.mark.anyio
async def test_an_inbox_that_cannot_be_read_says_so_in_words() -> None:
    sandbox = roomy()
    sandbox.fail("GET", "/v", "status", times=None, status=500)
    async with reading(sandbox) as it:
        with pytest.raises(MCPError, match="Lofty") as failure:
            await _read(it, "lofty://inbox")
    assert failure.value.code == -32603


@pytest.mark.parametrize("uri", ["lofty://messages/m-22222222", "lofty://messages/m-2/3", "lofty://inbox", ""])
def test_the_address_of_a_message_is_told_from_others(uri: str) -> None:
    assert is_message(uri) is (uri == "lofty://messages/m-22222222")
    assert message_of(uri) == ("m-22222222" if is_message(uri) else "")


@pytest.mark.parametrize("lead_id", ["7", "Jane", "", "7/notes"])
def test_the_address_of_a_timeline_is_told_from_others(lead_id: str) -> None:
    assert is_timeline(timeline_of(lead_id)) is (lead_id == "7")
    assert not is_timeline(f"lofty://leads/{lead_id}")


@pytest.mark.anyio
async def test_a_transcript_is_read_by_its_lead_and_call() -> None:
    async with reading(roomy()) as it:
        text = await _read(it, f"lofty://leads/{JANE}/calls/{_CALL}/transcript")
    assert "roof" in text


@pytest.mark.anyio
async def test_all_addresses_are_listed_with_title_and_description() -> None:
    async with reading(roomy()) as it:
        templates = (await it.client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [
        "lofty://leads/{lead_id}",
        "lofty://leads/{lead_id}/timeline",
        "lofty://leads/{lead_id}/notes",
        "lofty://leads/{lead_id}/calls/{call_id}/transcript",
        "lofty://messages/{message_id}",
    ]
    assert all(template.title and template.description for template in templates)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("uri", ["999", "Jane", f"{JANE}/calls/999/transcript", f"{JANE}/calls/%2e%2e/transcript"])
async def test_what_is_not_there_is_answered_as_not_found(uri: str, mode: Mode) -> None:
    async with reading(roomy(), mode=mode) as it:
        with pytest.raises(MCPError) as refusal:
            await _read(it, f"lofty://leads/{uri}")
    assert refusal.value.code == -32602


@pytest.mark.anyio
async def test_a_failing_lofty_is_said_in_words() -> None:
    sandbox = roomy()
    sandbox.fail("GET", "/v", "status", times=None, status=500)
    async with reading(sandbox) as it:
        with pytest.raises(MCPError, match="Lofty") as failure:
            await _read(it, f"lofty://leads/{JANE}")
    assert failure.value.code == -32603


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_namesakes_are_completed_with_what_tells_them_apart(mode: Mode) -> None:
    async with reading(roomy(), mode=mode) as it:
        values = await _completed(it, "lead_id", "jon smith")
        assert values == [
            "480213577100007 Jon Smíth Evanston IL …0107",
            "480213577100006 Jon Smith Chicago IL …0106",
        ]
        assert (await _read(it, f"lofty://leads/{values[1]}")).startswith("Jon Smith, lead_id 480213577100006")
        assert await _completed(it, "lead_id", values[0]) == values[:1]


@pytest.mark.anyio
async def test_the_lead_of_a_prompt_is_completed_with_the_name_first() -> None:
    async with reading(roomy()) as it:
        ref = PromptReference(name="catch_up")
        answer = await it.client.complete(ref, {"name": "lead", "value": "hollis"})
    assert answer.completion.values == [f"Jane Hollis, Denver, CO, …0101, lead_id {JANE}"]


@pytest.mark.anyio
async def test_calls_are_completed_newest_first_with_date_and_outcome() -> None:
    async with reading(roomy()) as it:
        lead = (await _completed(it, "lead_id", "jane hollis"))[0]
        values = await _completed(it, "call_id", "", lead_id=lead)
        assert values[0] == f"{_CALL} Sun Nov 15 2:07 PM MST outbound talked 10 min 22 s"
        assert await _completed(it, "call_id", "nov 15", lead_id=lead) == values[:1]
        assert "roof" in await _read(it, f"lofty://leads/{lead}/calls/{values[0]}/transcript")


@pytest.mark.anyio
async def test_completion_is_empty_where_there_is_nothing_to_go_by(sandbox: Sandbox) -> None:
    async with reading(sandbox) as it:
        assert await _completed(it, "lead_id", "  ") == []
        assert await _completed(it, "call_id", "") == []
        assert await _completed(it, "dictation", "Jane") == []
        assert sandbox.requests == []
        sandbox.fail("GET", "/v", "status", times=None, status=500)
        assert await _completed(it, "lead_id", "Jane") == []


@pytest.mark.anyio
async def test_names_in_completions_and_resources_are_clean() -> None:
    sandbox = roomy()
    sandbox.edit_lead(int(WALTER), firstName="Walter\u202e\n![x](https://evil.example)", lastName="Nguyen\u200b")
    async with reading(sandbox) as it:
        (value,) = await _completed(it, "lead_id", WALTER)
        text = await _read(it, f"lofty://leads/{WALTER}/timeline")
    for shown in (value, text):
        assert not any(form in shown for form in ("\u202e", "\u200b", "![", "]("))
    assert "\n" not in value
