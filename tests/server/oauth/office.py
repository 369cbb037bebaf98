"""A stored login, and a clock to let it grow old."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from lofty_mcp.credentials import keeper, store
from lofty_mcp.grants import App, Grant
from lofty_mcp.renewal import OAuthLogin
from tests.server.oauth.authorization import CLIENT_ID, SECRET, Authorization

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def pass_(self, time: timedelta) -> None:
        self.at += time


@dataclass
class Office:
    """A login that is stored, and what renews it."""

    server: Authorization
    clock: Hand = field(default_factory=Hand)

    def __post_init__(self) -> None:
        app = App(
            client_id=CLIENT_ID,
            client_secret=SecretStr(SECRET),
            token_url=f"{self.server.url}/token",
            secret_in="header",
        )
        self.grant = Grant(
            access_token=SecretStr("access-0"),
            refresh_token=SecretStr("refresh-0"),
            expires_at=NOON + HOUR,
            app=app,
            owner="480213",
        )
        self.server.given = 1
        store(self.grant, profile="default")

    def login(self) -> OAuthLogin:
        stored = self.stored()
        assert stored
        return OAuthLogin(stored, keeper("default"), clock=self.clock)

    def stored(self) -> Grant | None:
        return keeper("default").read()
