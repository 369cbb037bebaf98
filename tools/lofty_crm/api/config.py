"""How to reach Lofty, and as whom."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from lofty_crm.api.credentials import CredentialSource
from lofty_crm.api.dialect import Dialect

LOFTY_URL = "https://api.lofty.com"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiConfig:
    """How to reach Lofty, and as whom.

    Raises:
        ValueError: for a base URL that is neither https nor http on loopback, or holds more than host, port and path.
    """

    base_url: str = LOFTY_URL
    credential: CredentialSource | None = None
    dialect: Literal["auto"] | Dialect = "auto"
    deadline_s: float = 30.0
    """Seconds for one request in all, from the first byte of the request to the last of the answer."""
    read_budget_s: float = 20.0
    """Seconds for one read in all, its repetitions and waits included."""
    in_flight: int = 10
    """How many requests may be under way at once. Bursts draw 429 sooner than a steady stream (a live user), so this is
    no more than one page of a timeline reads side by side."""
    limiter_path: Path | None = None
    """The file through which all processes of the account share one budget; None keeps it in memory."""

    def __post_init__(self) -> None:
        parts = _checked(self.base_url)
        object.__setattr__(self, "base_url", parts.geturl().rstrip("/"))

    @property
    def account(self) -> str:
        """A stable, opaque key of the account; it does not reveal the secret. `none` without a credential."""
        if self.credential is None:
            return "none"
        host = urlsplit(self.base_url).hostname or ""
        return hashlib.sha256(f"{host}\0{self.credential.identity}".encode()).hexdigest()[:16]


def _checked(base_url: str) -> SplitResult:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the base URL cannot be read") from None
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the base URL must be a host, with a port or path at most")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise ValueError("the base URL must be https, or http on loopback")
    return parts
