"""Taking a credential from a person, once, and keeping it where only they can read it."""

import getpass
import sys

import anyio.to_thread

from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import NoEndpointError
from lofty_crm.api.models import Member
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
    refuse_beside_environment(settings)
    if not sys.stdin.isatty():
        raise SettingsError("login asks at a terminal; without one, set LOFTY_API_KEY instead")
    say(f"{WHERE} The key is not shown while you paste it.")
    typed = await anyio.to_thread.run_sync(getpass.getpass, "Lofty API key: ")
    try:
        credential = Credential.api_key(typed)
    except ValueError:
        raise CommandError("no key was given; nothing is stored") from None
    member = await owner(settings, credential)
    source = await anyio.to_thread.run_sync(lambda: store(credential, profile=settings.profile))
    say(f"{greeting(member)}; {stored_in(source, settings.profile)}")
    return 0


def refuse_beside_environment(settings: Settings) -> None:
    """Say no where what is stored would never be used.

    Raises:
        SettingsError: the environment already gives a credential.
    """
    if settings.api_key or settings.access_token:
        raise SettingsError("the environment already gives a credential, which would win; unset it first")


async def owner(settings: Settings, credential: Credential) -> Member | None:
    """Return whose credential it is; None where the account cannot say.

    Raises:
        LoftyError: Lofty does not accept it, or cannot be asked.
    """
    async with open_deps(settings, credential) as deps:
        try:
            return await deps.lofty.me()
        except NoEndpointError:
            return None


def greeting(member: Member | None) -> str:
    """Say whose credential it is."""
    if member is None:
        return "this account cannot say whose credential it is"
    return f"Lofty knows you as {member.name}" + (f" ({member.email})" if member.email else "")


def stored_in(source: Source, profile: str) -> str:
    """Say where a credential went, and that a file is not encrypted."""
    if source is Source.KEYRING:
        return "stored in the keyring"
    return f"there is no keyring here: stored in {credential_file(profile)}, which only you can read, unencrypted"
