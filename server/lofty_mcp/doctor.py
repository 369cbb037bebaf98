"""What `lofty-mcp doctor` looks at, in the order in which a new user would stumble over it."""

import json
import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread
import httpx

from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import CredentialError, LoftyError, NoCredentialError, NoEndpointError
from lofty_crm.api.models import Member
from lofty_crm.clock import Clock, SystemClock
from lofty_crm.outbox.message import OutboxError
from lofty_mcp.clients import Machine
from lofty_mcp.credentials import Found, Source, find, keyring_name
from lofty_mcp.install import installed_in
from lofty_mcp.invocation import approving, typed
from lofty_mcp.live import open_deps
from lofty_mcp.page import can_show
from lofty_mcp.sandboxed import API_KEY
from lofty_mcp.settings import LOOPBACK, Settings
from lofty_mcp.stderr import CommandError
from lofty_tools.deps import Deps

PATIENCE_S = 15.0
LATELY = timedelta(days=60)
TOLERATED_SKEW = timedelta(minutes=2)
_WRONG_SCHEME = 200058
_OF_LOFTY = ("host", "clock", "account", "dialect", "texting", "timeline", "rate limit")


class Outcome(StrEnum):
    """How a check came out."""

    FINE = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, or that could not be."""

    name: str
    """The same in every report, which has each once and in the same order."""
    outcome: Outcome
    detail: str
    remedy: str = ""
    """What to do; empty unless it failed."""


@dataclass(frozen=True)
class Report:
    """All that was looked at."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(check.outcome is not Outcome.FAILED for check in self.checks)

    def text(self) -> str:
        """Return one line a check."""
        width = max(len(check.name) for check in self.checks)
        return "\n".join(
            f"{check.outcome:7}  {check.name:{width}}  {check.detail}" + (f" -> {check.remedy}" if check.remedy else "")
            for check in self.checks
        )

    def json(self) -> str:
        """Return the same for programs."""
        return json.dumps({"ok": self.ok, "checks": [asdict(check) for check in self.checks]}, indent=2)


async def examine(settings: Settings, *, clock: Clock | None = None, machine: Machine | None = None) -> Report:
    """Look at everything that the server needs; nothing is changed in Lofty.

    Args:
        settings: as the server would have them.
        clock: what the machine believes the time to be.
        machine: where clients keep their settings; this one by default.
    """
    if settings.sandbox:
        found = Found(Credential.api_key(API_KEY), Source.NOWHERE)
    else:
        found = await anyio.to_thread.run_sync(find, settings)
    checks = [_credential(found, settings), await anyio.to_thread.run_sync(_state_folder, settings)]
    if checks[-1].outcome is Outcome.FAILED:
        why = "not looked at, since the server cannot start without its state folder"
        checks += [_skipped(name, why) for name in (*_OF_LOFTY, "outbox", "approval page")]
    else:
        with tempfile.TemporaryDirectory(prefix="lofty-mcp-doctor-", ignore_cleanup_errors=True) as aside:
            # a sandbox to look at is made where no `--sandbox` of a terminal comes upon it
            looked_at = settings.model_copy(update={"state_dir": Path(aside)}) if settings.sandbox else settings
            async with open_deps(looked_at, found.credential) as deps:
                checks += await _lofty(deps, clock, settings.profile)
                checks.append(await _outbox(deps))
                checks.append(await _page(deps, approving(settings)))
                await deps.outbox.close()
    checks.append(await anyio.to_thread.run_sync(_keyring, settings.profile))
    checks += await anyio.to_thread.run_sync(_clients, machine or Machine.this(os.environ), settings.profile)
    return Report(tuple(checks))


def _fine(name: str, detail: str) -> Check:
    return Check(name, Outcome.FINE, detail)


def _failed(name: str, detail: str, remedy: str) -> Check:
    return Check(name, Outcome.FAILED, detail, remedy)


def _skipped(name: str, detail: str) -> Check:
    return Check(name, Outcome.SKIPPED, detail)


def _login(profile: str) -> str:
    return f"run `{typed('login', profile=profile)}`, or set LOFTY_API_KEY"


def _credential(found: Found, settings: Settings) -> Check:
    if found.credential is None:
        why = "; ".join(filter(None, ["none is configured", found.trouble]))
        return _failed("credential", why, _login(settings.profile))
    if not isinstance(found.credential, Credential):
        kind = "an OAuth login that renews itself, sent as `Bearer`"
    elif found.credential.kind == "api_key":
        kind = "an API key, sent as `token`"
    else:
        kind = "an OAuth token, sent as `Bearer`"
    return _fine("credential", f"{kind}, from the {'sandbox' if settings.sandbox else found.source}")


def _state_folder(settings: Settings) -> Check:
    """Look whether the folder takes files and its file system keeps one writer from another."""
    folder = settings.state_dir
    remedy = "set LOFTY_MCP_STATE_DIR to a folder of yours on a local disk"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="doctor-", dir=folder) as probe:
            locks = _second_writer_waits(Path(probe) / "lock.sqlite3")
    except (OSError, sqlite3.Error):
        return _failed("state folder", f"{folder} cannot be written", remedy)
    if not locks:
        return _failed("state folder", f"{folder} is on a file system without locks", remedy)
    return _fine("state folder", f"{folder} is writable and has locks")


def _second_writer_waits(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=0)) as first, closing(sqlite3.connect(path, timeout=0)) as second:
        first.execute("BEGIN EXCLUSIVE")
        try:
            second.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
    return False


async def _lofty(deps: Deps, clock: Clock | None, profile: str) -> list[Check]:
    checks = await _host(deps, clock or SystemClock())
    if checks[0].outcome is not Outcome.FAILED:
        checks += [*await _account(deps, clock or deps.clock, profile), _limits(deps)]
    told = {check.name: check for check in checks}
    return [told.get(name) or _skipped(name, "not asked; see above") for name in _OF_LOFTY]


async def _host(deps: Deps, clock: Clock) -> list[Check]:
    base_url = deps.lofty.config.base_url
    try:
        trust_env = urlsplit(base_url).hostname not in LOOPBACK
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=trust_env) as http:
            with anyio.fail_after(PATIENCE_S):
                answer = await http.get(f"{base_url}/v1.0/me", headers={"Content-Type": "application/json"})
    except (httpx.HTTPError, TimeoutError) as error:
        return [
            _failed(
                "host",
                f"{base_url} does not answer ({type(error).__name__})",
                "check the network, a proxy (HTTPS_PROXY) and LOFTY_BASE_URL",
            )
        ]
    reached = _fine("host", f"{base_url} answers")
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return [reached, _skipped("clock", "Lofty's answer has no date")]
    skew = abs(clock.now() - theirs)
    if skew > TOLERATED_SKEW:
        return [
            reached,
            _failed(
                "clock",
                f"this machine and Lofty differ by {int(skew.total_seconds())} s",
                "let the machine set its clock from the network",
            ),
        ]
    return [reached, _fine("clock", "agrees with Lofty's")]


async def _account(deps: Deps, clock: Clock, profile: str) -> list[Check]:
    try:
        member = await deps.lofty.me()
    except NoCredentialError as error:
        if deps.lofty.config.credential is None:
            return [_skipped("account", "Lofty is not asked without a credential")]
        return [_failed("account", str(error), "log in again")]
    except NoEndpointError:
        return [
            _skipped("account", "this account has no way to say who is asking"),
            _fine("dialect", "guide"),
            _skipped("texting", "this account cannot say whether you have a virtual number"),
            await _timeline(deps, clock),
        ]
    except CredentialError as error:
        remedy = _login(profile)
        if error.code == _WRONG_SCHEME:
            remedy = "an API key belongs in LOFTY_API_KEY, an OAuth token in LOFTY_ACCESS_TOKEN; or make a new key"
        return [_failed("account", "Lofty does not accept the credential", remedy)]
    except LoftyError as error:
        return [_failed("account", str(error), "try again in a minute")]
    return [
        _fine("account", f"Lofty knows you as {member.name}"),
        await _dialect(deps),
        _virtual_number(member),
        await _timeline(deps, clock),
    ]


async def _dialect(deps: Deps) -> Check:
    try:
        return _fine("dialect", str(await deps.lofty.dialect()))
    except LoftyError as error:
        return _failed("dialect", str(error), "set LOFTY_MCP_DIALECT to reference or guide")


def _virtual_number(member: Member) -> Check:
    if member.virtual_number is None:
        return _skipped("texting", "Lofty does not say whether you have a virtual number")
    if not member.virtual_number:
        return _failed(
            "texting", "you have no virtual number in Lofty, so it cannot send texts", "ask for one in Lofty"
        )
    return _fine("texting", f"from {member.virtual_number}")


async def _timeline(deps: Deps, clock: Clock) -> Check:
    """Look whether Lofty fills the timeline of a lead with whom somebody has spoken lately; for some it never does."""
    now = clock.now()
    try:
        page = await deps.lofty.search_communications(since=now - LATELY, until=now, limit=1)
        lead_ids = [row.lead_id for row in page.rows]
        filled = bool(lead_ids and await deps.lofty.activities(lead_ids[0], limit=1))
    except LoftyError:
        return _skipped("timeline", "this account cannot say with whom you spoke lately; histories are read too")
    if not lead_ids:
        return _skipped("timeline", f"nobody was in touch for {LATELY.days} days, so there is none to look at")
    return _fine("timeline", "filled by Lofty" if filled else "left empty by Lofty; histories are read in its place")


def _limits(deps: Deps) -> Check:
    limits = deps.lofty.limits
    if limits is None:
        return _skipped("rate limit", "Lofty has not said what it is")
    left = "" if limits.remaining is None else f", {limits.remaining} left in this minute"
    return _fine("rate limit", f"{limits.limit} requests a minute{left}")


async def _outbox(deps: Deps) -> Check:
    try:
        kept = await deps.outbox.settings()
    except OutboxError as error:
        return _failed("outbox", str(error), "it lies in the state folder above")
    return _fine("outbox", ", ".join(f"{name} {value}" for name, value in kept.items()))


async def _page(deps: Deps, approve: str) -> Check:
    """Look whether the approval page answers, and lets in nobody who has no link."""
    # here, since the page is a web application of its own
    from lofty_mcp.console.serving import open_console  # noqa: PLC0415

    try:
        async with (
            open_console(deps, undo=timedelta(0)) as console,
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http,
        ):
            status = (await http.get(f"http://{console.authority}/")).status_code
    except (CommandError, httpx.HTTPError):
        status = None
    if status != HTTPStatus.UNAUTHORIZED:
        remedy = f"let programs on this machine listen on 127.0.0.1, or approve with `{approve}`"
        return _failed("approval page", "it cannot be reached on this machine", remedy)
    shown = "opens in your browser" if can_show(os.environ) else f"no browser here; `{approve}` asks instead"
    return _fine("approval page", f"answers on 127.0.0.1; {shown}")


def _keyring(profile: str) -> Check:
    if name := keyring_name():
        return _fine("keyring", name)
    return _skipped("keyring", f"none; `{typed('login', profile=profile)}` would use a private file")


def _clients(machine: Machine, profile: str) -> list[Check]:
    having, unreadable = installed_in(machine, profile)
    checks = [
        _fine("clients", ", ".join(having))
        if having
        else _skipped("clients", f"none starts the server yet; `{typed('install', 'CLIENT')}` sets one up")
    ]
    if unreadable:
        detail = f"those of {', '.join(unreadable)} cannot be read"
        return [*checks, _failed("client settings", detail, "mend the file by hand")]
    return [*checks, _fine("client settings", "all that are there can be read")]
