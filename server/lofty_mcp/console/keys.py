"""Who may use the page: whoever opened a link that was handed out once."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from lofty_crm.clock import Clock

LINK_LASTS = timedelta(minutes=5)
SESSION_LASTS = timedelta(hours=12)


class Keys:
    """The links and sessions of one running page. They live in memory and end with it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._links: dict[bytes, datetime] = {}
        self._sessions: dict[bytes, datetime] = {}
        self.last_seen: datetime | None = None
        """When a page that somebody has open last asked for anything."""

    def new_link(self) -> str:
        """Return the secret of a link that opens the page once."""
        return self._issue(self._links, LINK_LASTS)

    def spend_link(self, secret: str) -> str | None:
        """Return a new session for a link that has not been used; None for any other."""
        ends = self._links.pop(_mark(secret), None)
        if ends is None or self._clock.now() >= ends:
            return None
        return self._issue(self._sessions, SESSION_LASTS)

    def holds(self, session: str) -> bool:
        """Return whether a session is one of ours and lasts still."""
        ends, now = self._sessions.get(_mark(session)), self._clock.now()
        if ends is None or now >= ends:
            return False
        self.last_seen = now
        return True

    def form_token(self, session: str) -> str:
        """Return what every form of this session has to carry."""
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()

    def form_is_ours(self, session: str, token: str) -> bool:
        """Return whether a form came from a page that this session was shown."""
        return hmac.compare_digest(self.form_token(session).encode(), token.encode())

    def _issue(self, kept: dict[bytes, datetime], lasts: timedelta) -> str:
        now = self._clock.now()
        for mark in [mark for mark, ends in kept.items() if now >= ends]:
            del kept[mark]
        secret = secrets.token_urlsafe(32)
        kept[_mark(secret)] = now + lasts
        return secret


def _mark(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
