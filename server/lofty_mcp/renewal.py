"""An OAuth login as the client of Lofty uses it: renewed shortly before its token ends, by one process at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import anyio.to_thread

from lofty_crm.api.credentials import Credential
from lofty_crm.api.errors import LoftyFailedError, NoCredentialError, NotConnectedError
from lofty_crm.clock import Clock, SystemClock
from lofty_mcp.grants import Grant
from lofty_mcp.stderr import CommandError, say
from lofty_mcp.turns import NoTurnError, turn

AGAIN = "Run `lofty-mcp login --oauth`."
EARLY = timedelta(minutes=2)
"""How long before its end a token is renewed; longer than any request may take."""
PAUSE = timedelta(minutes=1)
"""How long after an attempt the next one may follow, whatever came of it, in whichever process."""


@dataclass(frozen=True)
class Keeper:
    """Where the login is kept."""

    read: Callable[[], Grant | None]
    """Return what is stored now, None after a logout; `CommandError` when that cannot be known."""
    write: Callable[[Grant], None]
    """Store a renewed login; `CommandError` when that fails."""
    lock: Path
    """A file that all processes with this login can lock."""


class OAuthLogin:
    """A source of credentials that renews itself."""

    def __init__(self, grant: Grant, keeper: Keeper, *, clock: Clock | None = None) -> None:
        self._grant = grant
        self._keeper = keeper
        self._clock = clock or SystemClock()
        self._distrusted = False
        self._ended = ""
        self._looked_at: datetime | None = None
        self._taken_at: datetime | None = None
        self._renewing = anyio.Lock()

    @property
    def identity(self) -> str:
        """The app and the Lofty user: what a renewal does not change."""
        return f"{self._grant.app.client_id}\0{self._grant.owner}"

    async def current(self) -> Credential:
        """Return an access token, a new one if the old one is about to end.

        Raises:
            NoCredentialError: the login has ended; a person has to log in again.
            NotConnectedError: the token has ended, and no new one could be had just now.
        """
        if not self._is_good():
            async with self._renewing:
                if not self._is_good():
                    await self._renew()
        return Credential.access_token(self._grant.access_token.get_secret_value())

    def refused(self) -> None:
        """Hear that Lofty did not accept the token: the next call tries to renew it, at most once a minute."""
        # just after a renewal it was the token before that was refused
        if not _within_pause(self._taken_at, self._clock.now()):
            self._distrusted = True

    def _is_good(self) -> bool:
        return not self._distrusted and self._grant.holds_until(self._clock.now() + EARLY)

    async def _renew(self) -> None:
        """Get a new token; where that fails while the old one holds, go on with it."""
        now = self._clock.now()
        holds = self._grant.holds_until(now)
        if not (holds and _within_pause(self._looked_at, now)):
            self._looked_at = now
            try:
                async with turn(self._keeper.lock) as mine:
                    stored = await anyio.to_thread.run_sync(self._keeper.read)
                    self._adopt(stored)
                    if not self._is_good() and not _within_pause(mine.last_tried(), now):
                        mine.tried(now)
                        # brought to its end once begun, else the new refresh token would be lost
                        with anyio.CancelScope(shield=True):
                            await self._ask(stored)
            except (LoftyFailedError, NoTurnError, CommandError) as error:
                if not holds:
                    why = str(error).rstrip(".")
                    raise NotConnectedError(f"The Lofty login could not be renewed just now ({why}).") from None
        if self._ended:
            raise NoCredentialError(self._ended)
        if not self._grant.holds_until(now):
            raise NotConnectedError("The Lofty login could not be renewed; that is tried at most once a minute.")

    def _adopt(self, stored: Grant | None) -> None:
        """Take over what another process, or the person, has stored since."""
        if stored is None:
            raise NoCredentialError(f"The Lofty login is gone from where it was stored. {AGAIN}")
        if (stored.app.client_id, stored.owner) != (self._grant.app.client_id, self._grant.owner):
            raise NoCredentialError("Another Lofty user has logged in here. Restart this server to act as that user.")
        # an older one is there when the last renewal could not be stored
        if stored.expires_at > self._grant.expires_at:
            self._take(stored)

    async def _ask(self, stored: Grant | None) -> None:
        # here, since a server that only lists its tools needs no HTTP client
        from lofty_mcp.token_calls import TokenRefusedError, renew  # noqa: PLC0415

        now = self._clock.now()
        try:
            tokens = await renew(self._grant, now=now)
        except TokenRefusedError as error:
            if self._distrusted or not self._grant.holds_until(now):
                self._ended = f"The Lofty login has ended ({error}). {AGAIN}"
            return
        self._take(self._grant.renewed(tokens))
        try:
            meanwhile = await anyio.to_thread.run_sync(self._keeper.read)
            if meanwhile != stored:
                # a person has logged out or in while Lofty was asked, which this must not undo
                self._adopt(meanwhile)
                return
            await anyio.to_thread.run_sync(self._keeper.write, self._grant)
        except CommandError as error:
            say(f"the renewed Lofty login holds only until this server stops, since it could not be stored: {error}")

    def _take(self, grant: Grant) -> None:
        self._grant, self._distrusted, self._ended = grant, False, ""
        self._taken_at = self._clock.now()


def _within_pause(last: datetime | None, now: datetime) -> bool:
    # one in the future was made before the clock was set back
    return last is not None and timedelta(0) <= now - last < PAUSE
