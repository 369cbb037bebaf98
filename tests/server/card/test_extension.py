"""The card for clients that show MCP Apps: it is there, it says what is so, and it holds nothing that could approve."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import TextResourceContents

from lofty_crm.outbox.message import Approver
from lofty_mcp.app import build_server
from lofty_mcp.card.extension import CARD
from lofty_mcp.environment import load
from lofty_mcp.live import open_deps
from lofty_mcp.page import ServedPage
from lofty_tools.catalogue import ALL_TOOLS
from tests.crm.outbox.office import JANE, WORDS, busy_sandbox
from tests.promises.front import MODES, Mode, Person
from tests.server.card.cards import SHOWS, chat

pytestmark = pytest.mark.anyio

modes = pytest.mark.parametrize("mode", MODES)


@modes
async def test_the_tools_that_send_name_the_card_and_are_closed_to_it(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        bound = {tool.name: tool.meta for tool in (await it.client.list_tools()).tools if tool.meta}
    closed = {"ui": {"resourceUri": "ui://message", "visibility": ["model"]}}
    assert bound == {"send_sms": closed, "send_email": closed}
    assert sum(len(json.dumps({"_meta": meta}, separators=(",", ":"))) for meta in bound.values()) <= 150


@modes
async def test_no_tool_is_for_the_card_alone(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        names = [tool.name for tool in (await it.client.list_tools()).tools]
    assert names == [spec.name for spec in ALL_TOOLS]


@modes
async def test_the_page_is_served_as_an_app_that_may_load_nothing(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        (content,) = (await it.client.read_resource(CARD)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "text/html;profile=mcp-app"
    nothing: dict[str, list[str]] = {
        "connectDomains": [],
        "resourceDomains": [],
        "frameDomains": [],
        "baseUriDomains": [],
    }
    assert content.meta is not None
    assert content.meta["ui"] == {"csp": nothing, "prefersBorder": False}
    assert re.findall(r"(?:src|href|action|url)\s*[=(]\s*[\"']?(?!data)\w+:", content.text) == []


async def test_the_page_allows_its_own_script_and_style_by_their_digests(tmp_path: Path) -> None:
    async with chat(busy_sandbox(), tmp_path) as it:
        page = await it.page()
    for element in ("script", "style"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in page
    assert page.count("<script") == page.count("<style") == 1
    assert "default-src 'none'" in page
    assert "innerHTML" not in page


@modes
async def test_a_card_shows_whom_where_and_the_exact_words(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        card = await it.card()
        (message,) = await it.desk.outbox.listing()
    assert card is not None
    assert card["lines"] == [[{"text": WORDS, "name": ""}]]
    assert (card["heading"], card["title"], card["to"]) == ("Text Jane Hollis", "Waiting", "+1 303 555 0101")
    assert (card["lead"], card["lead_id"]) == ("Jane Hollis", JANE)
    assert card["size"] == "46 characters, 1 segment of GSM-7"
    assert card["hash"].replace(" ", "") == message.digest[:8]
    assert card["command"] == f"lofty-mcp approve {message.id}"
    assert (card["waits"], card["moving"], card["faithful"], card["page"]) == (True, True, True, None)


@modes
async def test_an_email_comes_with_its_subject_and_what_does_not_show_is_marked(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        card = await it.card("send_email", lead_id=JANE, subject="Thursday", body="Three works. \n\nAlex")
    assert card is not None
    assert card["subject"] == [{"text": "Thursday", "name": ""}]
    space = {"text": "·", "name": "space at the end of the line"}
    assert card["lines"] == [[{"text": "Three works.", "name": ""}, space], [], [{"text": "Alex", "name": ""}]]
    assert card["marked"] == "1 character that does not show is marked in the words."


@modes
async def test_a_held_message_says_why(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        card = await it.card("send_sms", lead_id=JANE, body="Wire the deposit to account 12345678.")
    assert card is not None
    first = card["findings"][0]
    assert (first["weight"], first["label"]) == ("held", "Held")


@modes
async def test_a_card_that_looks_again_sees_what_became_of_the_message(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        drafted = await it.card()
        assert drafted is not None
        (message,) = await it.desk.outbox.listing()
        await it.desk.outbox.approve(message, by=Approver.TERMINAL)
        card = await it.card("get_message", message_id=message.id)
    assert card is not None
    assert (card["id"], card["title"], card["waits"], card["moving"]) == (drafted["id"], "Sent", False, False)
    assert (card["command"], card["findings"], card["expires"]) == ("", [], "")


@modes
async def test_a_message_that_was_approved_in_the_chat_shows_as_sent(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode, person=Person()) as it:
        card = await it.card()
    assert card is not None
    assert card["title"] == "Sent"
    assert it.desk.posts == 1


@modes
async def test_words_that_were_deleted_are_not_shown_nor_called_false(tmp_path: Path, mode: Mode) -> None:
    sandbox = busy_sandbox()
    async with chat(sandbox, tmp_path, mode=mode, keep_words=timedelta(days=1)) as it:
        message = await it.desk.text()
        await it.desk.outbox.cancel(message.id)
        sandbox.clock.advance(3 * 24 * 3600)
        await it.desk.outbox.tick()
        card = await it.card("get_message", message_id=message.id)
    assert card is not None
    assert (card["lines"], card["subject"], card["size"], card["marked"]) == (None, None, "", "")
    assert (card["faithful"], card["title"]) == (True, "Withdrawn")


@modes
async def test_a_client_that_shows_no_cards_gets_none(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode, shows=False) as it:
        assert await it.card() is None
        (message,) = await it.desk.outbox.listing()
        assert await it.card("get_message", message_id=message.id) is None


@modes
async def test_what_is_no_message_gets_no_card(tmp_path: Path, mode: Mode) -> None:
    async with chat(busy_sandbox(), tmp_path, mode=mode) as it:
        assert await it.card("send_sms", lead_id="999", body=WORDS) is None
        assert await it.card("get_message", message_id="m-22222222") is None
        assert await it.card("list_messages") is None
        assert await it.card("get_lead", lead_id=JANE) is None


@modes
async def test_the_card_names_the_page_that_is_open_but_not_the_link_that_opens_it(tmp_path: Path, mode: Mode) -> None:
    links: list[str] = []

    async def browser(link: str) -> None:
        links.append(link)

    page = ServedPage(undo=timedelta(seconds=10), browser=browser)
    async with chat(busy_sandbox(), tmp_path, mode=mode, served=page) as it:
        with anyio.fail_after(20):
            result = await it.result()
        (message,) = await it.desk.outbox.listing()
    (link,) = links
    opened = re.fullmatch(r"http://(127\.0\.0\.1:\d+)/open/([\w-]{40,})", link)
    assert opened
    told = json.dumps(result)
    assert f"http://{opened[1]}/message/{message.id}" in told
    assert opened[2] not in told
    assert "/open/" not in told


@modes
@pytest.mark.parametrize("toolset", ["notes", "messages"])
async def test_a_server_that_does_not_send_offers_no_card(tmp_path: Path, mode: Mode, toolset: str) -> None:
    settings = load({"LOFTY_MCP_STATE_DIR": str(tmp_path), "LOFTY_MCP_SANDBOX": "1"})
    server = build_server(partial(open_deps, settings, None), toolsets=[toolset], read_only=True)
    async with Client(server, mode=mode, extensions=[SHOWS]) as client:
        listed: list[Any] = (await client.list_resources()).resources
        assert [resource.uri for resource in listed if str(resource.uri).startswith("ui:")] == []
