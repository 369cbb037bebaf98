"""How the page comes before a person: by itself, when a message waits that the chat cannot ask about, or by hand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from lofty_crm.outbox.states import State
from lofty_mcp.app import build_server
from lofty_mcp.environment import load
from lofty_mcp.invocation import typed_for
from lofty_mcp.page import ServedPage, can_show
from lofty_mcp.settings import TOOLSETS
from lofty_tools.deps import Deps
from tests.crm.outbox.office import JANE, WORDS, Office, busy_sandbox, office
from tests.promises.front import Person
from tests.server.command import run
from tests.server.test_end_to_end import COMMAND, environment

NEW_YORK = ZoneInfo("America/New_York")
SEND = {"lead_id": JANE, "body": WORDS}


class Browser:
    """Stands for the person's browser: goes where it is sent."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.went = anyio.Event()
        self.http = httpx.AsyncClient(trust_env=False)

    async def __call__(self, link: str) -> None:
        self.links.append(link)
        await self.http.get(link, follow_redirects=True)
        self.went.set()


@asynccontextmanager
async def client(
    folder: Path, browser: Browser | None, person: Person | None = None, **config: Any
) -> AsyncGenerator[tuple[Client, Office]]:
    sandbox = busy_sandbox()
    async with office(sandbox, folder, **config) as desk:

        @asynccontextmanager
        async def opened() -> AsyncGenerator[Deps]:
            yield Deps(desk.lofty, desk.outbox, sandbox.clock, NEW_YORK)

        def make_page() -> ServedPage:
            return ServedPage(undo=timedelta(seconds=10), browser=browser, instead="Look in `lofty-mcp outbox`.")

        server = build_server(opened, toolsets=TOOLSETS, make_page=make_page)
        async with Client(server, elicitation_callback=person) as connected:
            yield connected, desk
    if browser:
        await browser.http.aclose()


async def call(connected: Client, name: str = "send_sms", **arguments: Any) -> dict[str, Any]:
    result = await connected.call_tool(name, arguments or SEND)
    assert result.structured_content is not None
    return result.structured_content


@pytest.mark.anyio
async def test_a_message_that_the_chat_cannot_ask_about_opens_the_page(tmp_path: Path) -> None:
    browser = Browser()
    async with client(tmp_path, browser) as (connected, _desk):
        receipt = await call(connected)
        assert receipt["state"] == "awaiting_approval"
        assert "on the approval page, which was opened in their browser" in receipt["next"]
        with anyio.fail_after(10):
            await browser.went.wait()
        assert len(browser.links) == 1
        assert WORDS in (await browser.http.get(httpx.URL(browser.links[0]).join("/"))).text


@pytest.mark.anyio
async def test_the_model_never_sees_the_link(tmp_path: Path) -> None:
    """D03"""
    browser = Browser()
    async with client(tmp_path, browser) as (connected, desk):
        answers = [await connected.call_tool("send_sms", SEND)]
        with anyio.fail_after(10):
            await browser.went.wait()
        [waiting] = await desk.outbox.listing()
        answers += [
            await connected.call_tool("get_message", {"message_id": waiting.id}),
            await connected.call_tool("list_messages", {}),
        ]
        said = " ".join(answer.model_dump_json() for answer in answers)
        assert waiting.id in said
        for secret in (browser.links[0].rpartition("/")[2], httpx.URL(browser.links[0]).netloc.decode()):
            assert secret not in said


@pytest.mark.anyio
async def test_a_page_that_the_person_has_open_is_not_opened_again(tmp_path: Path) -> None:
    browser = Browser()
    async with client(tmp_path, browser) as (connected, desk):
        await call(connected)
        await call(connected, lead_id=JANE, body="Other words.")
        assert len(browser.links) == 1
        desk.sandbox.clock.advance(180)
        browser.went = anyio.Event()
        await call(connected, lead_id=JANE, body="Words after they closed it.")
        with anyio.fail_after(10):
            await browser.went.wait()
        assert len(browser.links) == 2


@pytest.mark.anyio
async def test_a_question_that_the_chat_shows_opens_no_page(tmp_path: Path) -> None:
    browser = Browser()
    async with client(tmp_path, browser, Person()) as (connected, desk):
        assert (await call(connected))["state"] == "sent"
        assert browser.links == []
        assert [each.state for each in await desk.outbox.listing()] == [State.SENT]


@pytest.mark.anyio
async def test_without_a_screen_the_person_is_told_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client(tmp_path, None) as (connected, _desk):
        receipt = await call(connected)
        assert "page" not in receipt["next"]
        assert "lofty-mcp approve" in receipt["next"]
    told = capsys.readouterr()
    assert told.err == "lofty-mcp: Look in `lofty-mcp outbox`.\n"
    assert told.out == ""


@pytest.mark.anyio
async def test_a_server_without_a_screen_names_commands_that_find_its_outbox(tmp_path: Path) -> None:
    server = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment(tmp_path))
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as heard:
        async with Client(stdio_client(server, errlog=heard)) as connected:
            assert (await call(connected))["state"] == "awaiting_approval"
        heard.seek(0)
        said = heard.read()
    settings = load({}, sandbox=True)
    assert f"`{typed_for(settings, 'approve')}` shows it in a terminal" in said
    assert f"`{typed_for(settings, 'console')}` on a page" in said


@pytest.mark.parametrize(
    ("environ", "platform", "shows"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "linux", False),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_where_the_person_sees_it(environ: dict[str, str], platform: str, shows: bool) -> None:
    assert can_show(environ, platform) is shows


KEY = {"LOFTY_API_KEY": "a-key-of-nobody"}


def test_the_link_is_not_written_to_a_pipe(tmp_path: Path) -> None:
    done = run(tmp_path, "console", variables=KEY)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "nothing was opened" in done.stderr
    assert "http" not in done.stderr


def test_a_pipe_can_stop_all_sending_but_not_resume_it(tmp_path: Path) -> None:
    stopped = run(tmp_path, "stop", variables=KEY)
    assert (stopped.returncode, "All sending is stopped" in stopped.stdout) == (0, True)
    assert run(tmp_path, "resume", variables=KEY).returncode == 2
