"""What an OAuth login leaves behind: tokens, how long they hold, and where they are renewed."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, SecretStr, ValidationError

Kept = Annotated[SecretStr, PlainSerializer(lambda secret: secret.get_secret_value(), when_used="json")]
"""A secret that shows only in the JSON that goes into the keyring."""


class App(BaseModel):
    """How this program is known to Lofty, and where it asks for tokens."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    client_id: str
    client_secret: Kept | None
    """None for an app that proves itself by PKCE alone."""
    token_url: str
    secret_in: Literal["header", "form"]
    """Whether the secret goes as HTTP Basic (Lofty's help centre, live users) or in the form (its developer pages)."""


class Tokens(BaseModel):
    """What the token endpoint gave."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access_token: Kept
    refresh_token: Kept | None
    expires_at: AwareDatetime


class Grant(Tokens):
    """A login that can be stored and renewed. Its representation shows no secret."""

    app: App
    owner: str
    """Whose login it is; the same after each renewal."""

    @classmethod
    def of(cls, tokens: Tokens, *, app: App, owner: str) -> Self:
        """Make one of what the first token call gave."""
        return cls(**dict(tokens), app=app, owner=owner)

    def renewed(self, tokens: Tokens) -> Self:
        """Return it with new tokens; the old refresh token stays where no new one came."""
        told = dict(tokens)
        told["refresh_token"] = tokens.refresh_token or self.refresh_token
        return self.model_copy(update=told)

    def holds_until(self, moment: datetime) -> bool:
        """Return whether the access token is still good then."""
        return moment < self.expires_at

    def to_text(self) -> str:
        """Return it as the keyring keeps it, secrets and all."""
        return self.model_dump_json()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote.

        Raises:
            ValueError: it is something else; the text shows nothing of it.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            raise ValueError("no login") from None
