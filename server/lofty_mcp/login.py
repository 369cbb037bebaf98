"""Taking a credential from a person, once, and keeping it where only they can read it."""

import getpass
import sys

import anyio.to_thread

from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import NoEndpointError
from lofty_mcp.credentials import Source, credential_file, store
from lofty_mcp.live import open_deps
from lofty_mcp.settings import Settings, SettingsError
from lofty_mcp.stderr import CommandError, say

WHERE = "In Lofty: Settings > Integrations > API."


async def login(settings: Settings) -> int:
    """Ask for an API key at the terminal, check it with Lofty, say whose it is, and store it.

    Raises:
        SettingsError: there is no terminal, or the environment already gives a credential.
        CommandError: nothing was typed, or it could not be stored.
        LoftyError: Lofty does not accept the key, or cannot be asked; nothing is stored.
    """
    if settings.api_key or settings.access_token:
        raise SettingsError("the environment already gives a credential, which would win; unset it first")
    if not sys.stdin.isatty():
        raise SettingsError("login asks at a terminal; without one, set LOFTY_API_KEY instead")
    say(f"{WHERE} The key is not shown while you paste it.")
    typed = await anyio.to_thread.run_sync(getpass.getpass, "Lofty API key: ")
    try:
        credential = Credential.api_key(typed)
    except ValueError:
        raise CommandError("no key was given; nothing is stored") from None
    owner = await whose(settings, credential)
    source = await anyio.to_thread.run_sync(lambda: store(credential, profile=settings.profile))
    where = "the keyring" if source is Source.KEYRING else str(credential_file(settings.profile))
    if source is Source.FILE:
        say("there is no keyring here; the key is in a file that only you can read, unencrypted")
    say(f"{owner}; stored in {where}")
    return 0


async def whose(settings: Settings, credential: Credential) -> str:
    """Say whose credential it is.

    Raises:
        LoftyError: Lofty does not accept it, or cannot be asked.
    """
    async with open_deps(settings, credential) as deps:
        try:
            member = await deps.lofty.me()
        except NoEndpointError:
            return "this account cannot say whose key it is"
    return f"Lofty knows you as {member.name}" + (f" ({member.email})" if member.email else "")
