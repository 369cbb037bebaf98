"""Whose outbox a command at a terminal looks into."""

from collections.abc import Awaitable, Callable
from typing import Any

from lofty_crm.api.credentials import CredentialSource
from lofty_crm.outbox.message import UnknownMessageError
from lofty_mcp.credentials import find
from lofty_mcp.invocation import typed
from lofty_mcp.live import open_deps
from lofty_mcp.sandboxed import NoSandboxError, all_running
from lofty_mcp.settings import Settings
from lofty_mcp.stderr import CommandError, say

Command = Callable[..., Awaitable[int]]


def credential_of(settings: Settings, *, needed: bool) -> CredentialSource | None:
    """Return the credential of a profile, or None in a sandbox and where a command does without.

    Raises:
        CommandError: there is none, so that another outbox than the client's would be looked into.
    """
    if settings.sandbox:
        return None
    found = find(settings)
    if found.trouble:
        say(found.trouble)
    if needed and found.credential is None:
        raise CommandError(
            f"no Lofty credential is configured here for the profile `{settings.profile}` (state folder "
            f"{settings.state_dir}), so its outbox cannot be told from others; nothing was done. A key in a client's "
            f"settings is not seen by a terminal: run `{typed('login', profile=settings.profile)}` once, or add "
            "--sandbox for the invented CRM"
        )
    return found.credential


async def in_every_sandbox(command: Command, settings: Settings, *, message_id: str | None, **arguments: Any) -> int:
    """Run a command in the sandbox that knows a message, or without a message in each that runs, newest first.

    Raises:
        NoSandboxError: none runs.
    """
    folders = [world.folder for world in await all_running(settings.state_dir)]
    each = [settings.model_copy(update={"state_dir": folder}) for folder in folders]
    if message_id is not None:
        arguments["message_id"] = message_id
        if len(each) > 1:
            each = [one for one in each if await _knows(one, message_id)] or each
        each = each[:1]
    statuses: list[int] = []
    for number, one in enumerate(each, 1):
        if len(each) > 1:
            say(f"sandbox {number} of {len(each)}{' (the newest)' if number == 1 else ''}:")
        statuses.append(await command(one, None, **arguments))
    return max(statuses)


async def _knows(settings: Settings, message_id: str) -> bool:
    try:
        async with open_deps(settings, None, join_sandbox=True) as deps:
            try:
                await deps.outbox.get(message_id)
            finally:
                await deps.outbox.close()
    except (UnknownMessageError, NoSandboxError):
        return False
    return True
