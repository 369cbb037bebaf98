"""Where the Lofty credential comes from: the environment, the keyring, or a file that only its owner can read."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lofty_crm.api.credentials import Credential, CredentialSource
from lofty_mcp.settings import Settings, SettingsError
from lofty_mcp.stderr import CommandError

if TYPE_CHECKING:
    from lofty_mcp.grants import Grant
    from lofty_mcp.renewal import Keeper

SERVICE = "lofty-mcp"
PATIENCE_S = 20.0
"""How long a keyring may take: it may have to ask its owner to unlock it."""

_T = TypeVar("_T")


class Source(StrEnum):
    """Where a credential was found, or went."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Found:
    """What the search came to."""

    credential: CredentialSource | None
    source: Source
    trouble: str = ""
    """Why a place could not be searched, with what to do; empty when all went well."""


class KeyringUnusableError(Exception):
    """The keyring is locked or broken. The text names the kind of failure alone."""


class NoKeyringError(KeyringUnusableError):
    """This machine has no keyring."""


def find(settings: Settings) -> Found:
    """Look for the credential. A broken keyring or file is reported, never raised: the server starts without.

    Raises:
        SettingsError: the environment's credential has no visible character.
    """
    if settings.api_key or settings.access_token:
        return Found(_from_environment(settings), Source.ENVIRONMENT)
    stored = _stored(settings.profile)
    if stored.what is None or isinstance(stored.what, Credential):
        return Found(stored.what, stored.source, stored.trouble)
    from lofty_mcp.renewal import OAuthLogin  # noqa: PLC0415 -- only those who have such a login wait for it

    return Found(OAuthLogin(stored.what, keeper(settings.profile)), stored.source)


def keeper(profile: str) -> Keeper:
    """Return where the OAuth login of a profile is kept."""
    from lofty_mcp.renewal import Keeper  # noqa: PLC0415 -- see `find`

    def read() -> Grant | None:
        stored = _stored(profile)
        if stored.trouble:
            raise CommandError(stored.trouble)
        return None if isinstance(stored.what, Credential) else stored.what

    def write(grant: Grant) -> None:
        store(grant, profile=profile)

    return Keeper(read, write, credential_file(profile).with_suffix(".lock"))


@dataclass(frozen=True)
class _Stored:
    """What a profile has stored."""

    what: Credential | Grant | None
    source: Source
    trouble: str = ""


def _stored(profile: str) -> _Stored:
    """Look at the file first: it is there only while the keyring did not take what was stored last."""
    trouble: list[str] = []
    path = credential_file(profile)
    try:
        if text := _private_text(path):
            return _Stored(_read(text), Source.FILE)
    except (OSError, ValueError) as error:
        trouble.append(f"{path} was not used ({error.strerror if isinstance(error, OSError) else error})")
    try:
        if text := _ask(lambda: _keyring().get_password(SERVICE, profile)):
            return _Stored(_read(text), Source.KEYRING)
    except NoKeyringError:
        pass
    except (KeyringUnusableError, ValueError) as error:
        trouble.append(f"the keyring could not be read ({error})")
    return _Stored(None, Source.NOWHERE, "; ".join(trouble))


def store(credential: Credential | Grant, *, profile: str) -> Source:
    """Keep a credential in the keyring, or where there is none in a file with mode 0600; say which.

    Raises:
        CommandError: neither worked.
    """
    text = _written(credential)
    path = credential_file(profile)
    try:
        if _keyring_took(text, profile):
            path.unlink(missing_ok=True)
            return Source.KEYRING
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # made with mode 0600, which the swap keeps
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    return Source.FILE


def forget(profile: str) -> list[Source]:
    """Remove what is stored, and say from where.

    Raises:
        CommandError: something is stored and could not be removed.
    """
    gone: list[Source] = []
    try:
        keyring = _ask(_keyring)
        if _ask(lambda: keyring.get_password(SERVICE, profile)) is not None:
            _ask(lambda: keyring.delete_password(SERVICE, profile))
            gone.append(Source.KEYRING)
    except KeyringUnusableError:
        pass
    path = credential_file(profile)
    try:
        if path.exists():
            path.unlink()
            gone.append(Source.FILE)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    return gone


def keyring_name() -> str:
    """Return the name of the keyring in use; empty when there is none that works."""
    try:
        backend = _ask(lambda: _keyring().get_keyring())
        _ask(lambda: backend.get_password(SERVICE, "doctor"))
    except KeyringUnusableError:
        return ""
    return str(backend.name)


def credential_file(profile: str) -> Path:
    """Return where a credential goes on a machine without a keyring."""
    from platformdirs import user_config_path  # noqa: PLC0415 -- not needed when the environment gives the credential

    return user_config_path("lofty-mcp", appauthor=False) / f"credential-{profile}.json"


def _from_environment(settings: Settings) -> Credential:
    try:
        if settings.api_key:
            return Credential.api_key(settings.api_key.get_secret_value())
        return Credential.access_token(cast("Any", settings.access_token).get_secret_value())
    except ValueError:
        name = "LOFTY_API_KEY" if settings.api_key else "LOFTY_ACCESS_TOKEN"
        raise SettingsError(f"{name} holds nothing that can be a credential") from None


def _keyring_took(text: str, profile: str) -> bool:
    try:
        keyring = _ask(_keyring)
        _ask(lambda: keyring.set_password(SERVICE, profile, text))
        # a null backend accepts everything and keeps nothing
        return _ask(lambda: keyring.get_password(SERVICE, profile)) == text
    except KeyringUnusableError:
        return False


def _written(credential: Credential | Grant) -> str:
    if isinstance(credential, Credential):
        return json.dumps({"kind": credential.kind, "secret": credential.secret.get_secret_value()})
    return credential.to_text()


def _read(stored: str) -> Credential | Grant:
    """Read what `store` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        told = json.loads(stored)
        if "app" in told:
            from lofty_mcp.grants import Grant  # noqa: PLC0415 -- see `find`

            return Grant.from_text(stored)
        kind, secret = told["kind"], told["secret"]
    except (ValueError, KeyError, TypeError):
        raise ValueError("it holds something else; run `lofty-mcp login`") from None
    return Credential.access_token(str(secret)) if kind == "access_token" else Credential.api_key(str(secret))


def _private_text(path: Path) -> str | None:
    """Return the text of a file that nobody else can read.

    Raises:
        OSError: it cannot be read.
        ValueError: others can read it.
    """
    if not path.exists():
        return None
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError("others can read it; make it private with chmod 600")
    return path.read_text(encoding="utf-8")


def _keyring() -> Any:
    import keyring  # noqa: PLC0415 -- slow, and of no use when the environment gives the credential

    return keyring


def _ask(question: Callable[[], _T]) -> _T:
    """Ask the keyring, which is other people's code in touch with other people's services: it may raise anything.

    Raises:
        KeyringUnusableError: it failed, or took too long; `NoKeyringError` when there is none.
    """
    with_one_thread = ThreadPoolExecutor(max_workers=1)
    answer: Future[_T] = with_one_thread.submit(question)
    with_one_thread.shutdown(wait=False)
    try:
        failure = answer.exception(timeout=PATIENCE_S)
    except TimeoutError:
        raise KeyringUnusableError("no answer") from None
    if failure is not None:
        name = type(failure).__name__
        raise NoKeyringError(name) if name == NoKeyringError.__name__ else KeyringUnusableError(name)
    return answer.result()
