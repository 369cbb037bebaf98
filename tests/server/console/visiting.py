"""The page on a sandbox, and a browser's requests to it by hand."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx

from lofty_crm.outbox.message import Message
from lofty_mcp.console import Console, open_console
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from tests.crm.outbox.office import Office, office

ZONE = ZoneInfo("America/New_York")


@dataclass
class Page:
    """A served page, the outbox behind it, and a person's way to it."""

    console: Console
    desk: Office
    http: httpx.AsyncClient

    @property
    def sandbox(self) -> Sandbox:
        return self.desk.sandbox

    async def enter(self) -> None:
        """Open a one-time link, as the person's browser does."""
        answer = await self.http.get(self.console.new_link())
        assert answer.status_code == 303, answer.text

    async def get(self, path: str = "/", **headers: str) -> httpx.Response:
        """Read a page."""
        return await self.http.get(path, headers=headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as the page itself would; a header of None is left out."""
        given = {
            "Origin": f"http://{self.console.authority}",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        wanted = {name: value for name, value in given.items() if value}
        return await self.http.post(path, content=urlencode(form), headers=wanted)

    async def form(self, message: Message, path: str = "/") -> dict[str, str]:
        """Return the fields of the yes to a message, as a page shows them now."""
        return fields((await self.get(path)).text, f"/message/{message.id}/yes")

    async def yes(self, message: Message, **more: str) -> httpx.Response:
        """Read the page and say yes."""
        return await self.post(f"/message/{message.id}/yes", {**await self.form(message), **more})


def fields(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of one form of a page."""
    found = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert found, f"no form for {action}"
    pairs: list[tuple[str, str]] = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in pairs}


@asynccontextmanager
async def page(
    sandbox: Sandbox, folder: Path, *, undo_s: float = 10, entered: bool = True, **config: Any
) -> AsyncGenerator[Page]:
    """Serve the page, and let a client in."""
    async with office(sandbox, folder, **config) as desk:
        deps = Deps(desk.lofty, desk.outbox, sandbox.clock, ZONE, sandbox=True)
        async with (
            open_console(deps, undo=timedelta(seconds=undo_s)) as console,
            httpx.AsyncClient(base_url=f"http://{console.authority}", trust_env=False) as http,
        ):
            served = Page(console, desk, http)
            if entered:
                await served.enter()
            yield served
