"""The credential, and the scheme that it decides."""

import re
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from pydantic import SecretStr

_PASTED_SCHEME = re.compile(r"\s*(?:token|bearer)\s+", re.IGNORECASE)
_NOT_VISIBLE_ASCII = re.compile(r"[^!-~]")


class CredentialSource(Protocol):
    """Whom Lofty is asked as: a credential, or a login whose credential changes from hour to hour."""

    @property
    def identity(self) -> str:
        """What stays the same as long as it is the same user; may be secret."""
        ...

    async def current(self) -> "Credential":
        """Return what proves it now.

        Raises:
            LoftyError: there is none; Lofty was not asked for anything else.
        """
        ...

    def refused(self) -> None:
        """Hear that Lofty no longer accepts what `current` gave."""
        ...


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves to Lofty who is asking. Its representation never shows the secret.

    A personal API key goes out as `token <key>`, an OAuth access token as `Bearer <token>`; Lofty answers a key
    sent as Bearer with code 200058 (its documents, and several live users).
    """

    kind: Literal["api_key", "access_token"]
    secret: SecretStr

    @classmethod
    def api_key(cls, text: str) -> Self:
        """Make one from a personal API key.

        Raises:
            ValueError: when nothing is left once white space and invisible or non-ASCII characters are gone.
        """
        return cls("api_key", _clean(text))

    @classmethod
    def access_token(cls, text: str) -> Self:
        """Make one from an OAuth access token.

        Raises:
            ValueError: when nothing is left once white space and invisible or non-ASCII characters are gone.
        """
        return cls("access_token", _clean(text))

    def header(self) -> str:
        """Return the value of the Authorization header."""
        scheme = "token" if self.kind == "api_key" else "Bearer"
        return f"{scheme} {self.secret.get_secret_value()}"

    @property
    def identity(self) -> str:
        """The secret itself."""
        return self.secret.get_secret_value()

    async def current(self) -> Self:
        """Return itself: it does not change."""
        return self

    def refused(self) -> None:
        """Take note of nothing: there is no way to a better one."""


def _clean(text: str) -> SecretStr:
    cleaned = _NOT_VISIBLE_ASCII.sub("", _PASTED_SCHEME.sub("", text, count=1) if _PASTED_SCHEME.match(text) else text)
    if not cleaned:
        raise ValueError("the credential is empty")
    return SecretStr(cleaned)
