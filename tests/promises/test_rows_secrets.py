"""What must not come out of a real process: the key, and the words, names and numbers of leads."""

import base64
import random
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream
from mcp import Client

from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.serve import serve
from tests.crm.outbox.office import BEN, JANE, WORDS, busy_sandbox
from tests.server.command import COMMAND, environment, run
from tests.server.issuer import issuing
from tests.server.over_http import client, served

pytestmark = pytest.mark.anyio

KEY = "sandbox-api-key"
FORMS = (KEY, quote(f"token {KEY}"), base64.b64encode(KEY.encode()).decode()[:20], KEY[2:12], KEY[-10:])


class Log:
    """What a process writes to stderr."""

    def __init__(self, stream: TextReceiveStream) -> None:
        self._stream = stream
        self._more = anyio.Event()
        self.text = ""

    async def listen(self) -> None:
        """Keep what comes until the process ends."""
        async for part in self._stream:
            self.text += part
            self._more.set()
            self._more = anyio.Event()

    async def address(self) -> str:
        """Wait until the server says where it listens."""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.text)):
            await self._more.wait()
        return found[0]


@dataclass
class Watched:
    """A real server at its most talkative, and all that it says."""

    client: Client
    process: Process
    log: Log
    said: list[str]

    async def ask(self, tool: str, **arguments: Any) -> str:
        """Call a tool; return all of its answer."""
        answer = (await self.client.call_tool(tool, arguments)).model_dump_json()
        self.said.append(answer)
        return answer


@asynccontextmanager
async def watched(sandbox: Sandbox, folder: Path) -> AsyncGenerator[Watched]:
    """Serve with debug logging into a file, on a sandbox behind a socket."""
    async with serve(sandbox) as url:
        env = environment(
            folder,
            LOFTY_BASE_URL=url,
            LOFTY_API_KEY=KEY,
            LOFTY_MCP_LOG_LEVEL="debug",
            LOFTY_MCP_STATE_DIR=str(folder / "state"),
            LOFTY_MCP_MAX_WAITING="50",
        )
        command = [*COMMAND, "serve", "--transport", "http", "--port", "0"]
        with anyio.fail_after(120):
            async with await anyio.open_process(command, env=env) as process, anyio.create_task_group() as tasks:
                assert process.stderr
                log = Log(TextReceiveStream(process.stderr))
                tasks.start_soon(log.listen)
                try:
                    async with client(await log.address()) as connected:
                        yield Watched(connected, process, log, [])
                finally:
                    process.kill()


@pytest.mark.parametrize("status", [200, 307, 400, 401, 403, 404, 429, 500, 503])
async def test_the_key_comes_out_nowhere_whatever_lofty_says_of_it(status: int, tmp_path: Path) -> None:
    """D85 I7"""
    sandbox = busy_sandbox()
    talk = f'{{"code":20012,"message":"token {KEY} of Authorization: token {KEY} is odd"}}'
    async with watched(sandbox, tmp_path) as it:
        await it.ask("send_sms", lead_id=JANE, body=WORDS)
        away = {"location": f"http://127.0.0.1:9/?token={KEY}", "x-echo": KEY, "retry-after": "0"}
        sandbox.fail("*", "/", "status", status=status, body=talk, headers=away, times=None)
        for tool, given in (
            ("find_leads", {"query": "Jane"}),
            ("get_timeline", {"lead_id": JANE}),
            ("create_note", {"lead_id": JANE, "content": "A yard."}),
            ("send_sms", {"lead_id": JANE, "body": "Other words."}),
            ("list_calls", {"lead_id": JANE}),
        ):
            await it.ask(tool, **given)
        arguments = (await anyio.Path(f"/proc/{it.process.pid}/cmdline").read_bytes()).decode()
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert any(path.name == "outbox.sqlite3" for path in kept)
    held = b"".join(path.read_bytes() for path in kept).decode("latin-1")
    log = it.log.text
    assert "lofty" in log
    for form in FORMS:
        assert form not in " ".join(it.said)
        assert form not in log
        assert form not in held
        assert form not in arguments


FAMILY = 25
"""So many leads of one last name, so that one search reads them all."""


def people(sandbox: Sandbox, count: int) -> set[str]:
    """Fill the account with random people; return all that could give one of them away."""
    chance = random.Random(7)

    def word() -> str:
        return "".join(chance.choice("bdfgklmnprtvz") + chance.choice("aeiou") for _ in range(4))

    telling: set[str] = set()
    last = ""
    for number in range(count):
        first, street, said = (word() for _ in range(3))
        last = last if number % FAMILY else word()
        phone = f"303555{number:04}"
        lead_id = 480213577700000 + number
        sandbox.world.data.leads[lead_id] = deepcopy(sandbox.world.lead(int(BEN))) | {"leadId": lead_id}
        sandbox.edit_lead(
            lead_id,
            firstName=first.title(),
            lastName=last.title(),
            phones=[phone],
            emails=[f"{first}.{last}@example.com"],
            streetAddress=f"{number} {street} Street",
        )
        sandbox.inbound_text(lead_id, f"We want a {said} near the {word()}.")
        telling |= {first, last, street, said, phone, f"555{number:04}"}
    return telling


async def test_a_thousand_leads_leave_no_word_in_the_loudest_log(tmp_path: Path) -> None:
    """D86 I7"""
    sandbox = busy_sandbox()
    telling = people(sandbox, 1000)
    async with watched(sandbox, tmp_path) as it:
        for number in range(0, 1000, FAMILY):
            lead_id = str(480213577700000 + number)
            lead = sandbox.world.lead(int(lead_id))
            await it.ask("find_leads", query=lead["lastName"], limit=FAMILY)
            await it.ask("get_timeline", lead_id=lead_id)
            await it.ask("create_note", lead_id=lead_id, content=f"{lead['firstName']} likes it.")
            await it.ask("send_sms", lead_id=lead_id, body=f"Hello {lead['firstName']}, is three good?")
            sandbox.fail("GET", "/v1.0/", "status", status=500, body=lead["emails"][0])
            await it.ask("get_lead", lead_id=lead_id)
    log = it.log.text.casefold()
    answers = " ".join(it.said).casefold()
    assert log.count("tool_called") >= 5 * 1000 / FAMILY
    assert sum(f"480213577{number:06}" in answers for number in range(700_000, 701_000)) == 1000
    assert sum(word in answers for word in telling) > 1000
    assert [word for word in telling if word in log] == []


def test_the_key_is_not_taken_to_another_host(tmp_path: Path) -> None:
    """D87 I7"""
    given = {"LOFTY_BASE_URL": "https://evil.example.com", "LOFTY_API_KEY": "key-of-nobody-5550100"}
    for command in ("serve", "doctor", "outbox"):
        done = run(tmp_path, command, variables=given)
        assert (done.returncode, done.stdout) == (2, "")
        assert "LOFTY_MCP_ALLOW_BASE_URL" in done.stderr
        assert "5550100" not in done.stderr


LOFTY_KEYS = [KEY, "sandbox-access-token"]


@pytest.mark.parametrize("lets_in", ["a token", "an issuer"])
async def test_lofty_s_key_does_not_open_this_server_and_goes_nowhere(lets_in: str, tmp_path: Path) -> None:
    """D91 I7"""
    sandbox = busy_sandbox()
    here = "https://lofty.example.com/mcp"
    async with issuing() as issuer, serve(sandbox) as url:
        settings = {"LOFTY_BASE_URL": url, "LOFTY_API_KEY": KEY, "LOFTY_MCP_PUBLIC_URL": here}
        if lets_in == "a token":
            settings["LOFTY_MCP_HTTP_TOKEN"] = "5550100-5550101-5550102-5550103-5550104"
        else:
            settings["LOFTY_MCP_HTTP_ISSUER"] = issuer.url
        async with served(tmp_path, **settings) as server:
            for key in LOFTY_KEYS:
                for scheme in ("Bearer", "token"):
                    refused = await server.ask(Authorization=f"{scheme} {key}")
                    assert refused.status_code == 401
                    assert key not in refused.text
        assert sandbox.requests == []


async def test_a_bearer_that_a_client_shows_is_never_passed_on(tmp_path: Path) -> None:
    """D91 I7"""
    sandbox = busy_sandbox()
    shown = "someone-elses-lofty-token-5550100"
    async with (
        serve(sandbox) as url,
        served(tmp_path, LOFTY_BASE_URL=url, LOFTY_API_KEY=KEY) as server,
        client(server.url, shown) as connected,
    ):
        assert not (await connected.call_tool("get_lead", {"lead_id": JANE})).is_error
    assert sandbox.requests
    for request in sandbox.requests:
        assert request.headers["authorization"] == f"token {KEY}"
        assert shown not in str(request)
        assert shown not in str(request.headers)
