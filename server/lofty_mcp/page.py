"""Bringing the approval page before a person: by itself when a message waits, or by hand with `lofty-mcp console`."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta

import anyio
from anyio.abc import TaskGroup

from lofty_crm.api.credentials import Credential
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings
from lofty_mcp.stderr import CommandError, say
from lofty_tools.deps import Deps

OPENING_S = 3.0
"""How long a tool's answer waits for the page, so that it can say that it is there."""
STILL_WATCHED = timedelta(minutes=2)
"""A page that asked for news so lately is in front of the person; browsers let hidden ones ask once a minute."""

OpenBrowser = Callable[[str], Coroutine[None, None, None]]


def can_show(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Return whether a browser that is opened here appears before a person: not over ssh, not without a screen."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    return platform in {"darwin", "win32"} or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


async def open_browser(link: str) -> None:
    """Open a link in the person's browser."""
    secretless = {name: value for name, value in os.environ.items() if not name.startswith("LOFTY")}
    # a browser writes to stdout, which belongs to the protocol
    await anyio.run_process(
        [sys.executable, "-m", "webbrowser", link],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        env=secretless,
        start_new_session=True,
    )


class ServedPage:
    """The approval page of a running server. Nothing of it is loaded before a message waits."""

    def __init__(self, *, undo: timedelta, browser: OpenBrowser | None, instead: str = "") -> None:
        """Take what the operator decided.

        Args:
            undo: how long a message approved there can be taken back.
            browser: opens a link before the person; None where nothing can or may be opened.
            instead: what is said on stderr where none is.
        """
        self.is_open = False
        self._undo = undo
        self._browser = browser
        self._instead = instead
        self._wanted = anyio.Event()
        self._shown = anyio.Event()
        self._authority = ""

    def address_of(self, message_id: str) -> str | None:
        """Return where a message is on the page that is open, which lets in only browsers that have been there.

        Unlike the link that opens the page it may be seen by anybody; None while no page is open.
        """
        return f"http://{self._authority}/message/{message_id}" if self.is_open else None

    async def show(self) -> None:
        """Bring the page before the person, unless it is there; where there is no screen, say on stderr what to do."""
        if self._browser is None:
            say(self._instead)
            return
        self._wanted.set()
        with anyio.move_on_after(OPENING_S):
            await self._shown.wait()

    async def run(self, deps: Deps) -> None:
        """Serve the page from the first time that it is wanted until cancelled."""
        if self._browser is None:
            return
        await self._wanted.wait()
        from lofty_mcp.console import open_console  # noqa: PLC0415 -- most servers never need it

        try:
            async with open_console(deps, undo=self._undo) as console, anyio.create_task_group() as tasks:
                self._authority = console.authority
                await self._keep_shown(tasks, self._browser, console.new_link, lambda: console.last_seen, deps)
        except CommandError as error:
            say(f"the approval page cannot be shown: {error}")
            self._shown.set()

    async def _keep_shown(
        self,
        tasks: TaskGroup,
        browser: OpenBrowser,
        new_link: Callable[[], str],
        last_seen: Callable[[], datetime | None],
        deps: Deps,
    ) -> None:
        opened_at: datetime | None = None
        while True:
            seen = max((at for at in (last_seen(), opened_at) if at), default=None)
            now = deps.clock.now()
            if seen is None or now - seen > STILL_WATCHED:
                opened_at = now
                tasks.start_soon(browser, new_link())
            self.is_open = True
            self._shown.set()
            self._wanted = anyio.Event()
            await self._wanted.wait()


async def run_console(settings: Settings, credential: Credential | None) -> int:
    """Serve the approval page until interrupted, in the person's browser or under a link that is shown to them."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        say("the page's link is for a person at a terminal, and is not written to a pipe or a file; nothing was opened")
        return 2
    from lofty_mcp.console import open_console  # noqa: PLC0415 -- other commands start quicker without it

    async with open_deps(settings, credential, join_sandbox=True) as deps:
        try:
            async with (
                open_console(deps, undo=timedelta(seconds=settings.undo_delay)) as console,
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(console.outbox.run)
                link = console.new_link()
                if settings.open_page and can_show(os.environ):
                    tasks.start_soon(open_browser, link)
                    say("the approval page opens in your browser; Ctrl-C ends it")
                else:
                    port = console.authority.rpartition(":")[2]
                    sys.stdout.write(
                        f"Open this in a browser on this machine; it works once, for five minutes:\n\n  {link}\n\n"
                        f"From another machine, first run there: ssh -L {port}:{console.authority} THIS-MACHINE\n"
                        "Ctrl-C ends the page.\n"
                    )
                    sys.stdout.flush()
                await _interrupted()
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await deps.outbox.close()
    return 0


async def _interrupted() -> None:
    if os.name != "posix":
        await anyio.sleep_forever()
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            return
