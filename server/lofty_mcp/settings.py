"""The settings: what there is to decide, which values are taken, and what each is for.

`environment` reads them, not pydantic-settings, whose import alone would lengthen every start (docs/decisions/0006).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from lofty_crm.outbox.config import ApprovalMode

PREFIX = "LOFTY_MCP_"
LOFTY_URL = "https://api.lofty.com"
LOFTY_HOSTS = frozenset({"api.lofty.com", "api.chime.me"})
"""The hosts that answer the same paths (Lofty's documents; live users saw the second)."""
LOGIN_HOSTS = frozenset({"crm.lofty.com", "lofty.com", "api.lofty.com"})
"""The hosts of Lofty's login page and of its two published token endpoints."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Toolset = Literal["leads", "timeline", "messages", "notes", "calls", "logs", "inbox", "tasks"]
TOOLSETS: tuple[Toolset, ...] = ("leads", "timeline", "messages", "notes", "calls", "logs", "inbox", "tasks")

_WITHOUT_PREFIX = {"api_key": "LOFTY_API_KEY", "access_token": "LOFTY_ACCESS_TOKEN", "base_url": "LOFTY_BASE_URL"}


class SettingsError(Exception):
    """The environment or a flag holds something that cannot be meant. The text is one line and shows no value."""


@dataclass(frozen=True)
class Says:
    """What a setting is for, and which values it takes, in words."""

    values: str
    purpose: str
    default: str = ""
    """The default in words, where it depends on the machine."""


def _split(value: Any) -> Any:
    return [part for part in re.split(r"[\s,]+", value) if part] if isinstance(value, str) else value


def _absolute(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_absolute():
        raise ValueError("relative")
    return path


def known_zone(name: str) -> str:
    """Return the name of an IANA time zone.

    Raises:
        ValueError: when there is no such zone.
    """
    try:
        ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError("unknown") from error
    return name


def _seconds_or_off(seconds: int) -> int:
    if seconds and not 30 <= seconds <= 3600:
        raise ValueError("out of range")
    return seconds


def _https(url: str) -> str:
    parts = urlsplit(url)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not (encrypted and parts.hostname) or parts.username or parts.query or parts.fragment:
        raise ValueError("unusable")
    return url


def _with_path(url: str) -> str:
    if urlsplit(_https(url)).path in {"", "/"}:
        raise ValueError("unusable")
    return url


def _api_root(url: str) -> str:
    if not urlsplit(_https(url)).path.rstrip("/").endswith("/v1"):
        raise ValueError("unusable")
    return url


def _origin(url: str) -> str:
    if urlsplit(_https(url)).path:
        raise ValueError("unusable")
    return url


def _default_state_dir() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415 -- a named folder, as in tests, does not pay for it

    return user_state_path("lofty-mcp", appauthor=False)


def variable(field: str) -> str:
    """Return the environment variable that holds a setting."""
    return _WITHOUT_PREFIX.get(field, PREFIX + field.upper())


_YES_NO = "1 or 0"


class Settings(BaseModel):
    """What the person who runs the server has decided. Made once; nothing loosens it while the server runs."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, alias_generator=variable, validate_by_name=True
    )

    api_key: Annotated[
        SecretStr | None, Says("a key", "Your personal Lofty API key (Lofty: Settings > Integrations > API).")
    ] = None
    access_token: Annotated[
        SecretStr | None, Says("a token", "A Lofty OAuth access token, in place of the API key.")
    ] = None
    oauth_client_id: Annotated[
        str | None, Says("an id", "For `login --oauth`: your app's id, from Lofty's developer portal.")
    ] = None
    oauth_client_secret: Annotated[
        SecretStr | None, Says("a secret", "For `login --oauth`: your app's secret; without one, PKCE alone proves it.")
    ] = None
    oauth_secret_in: Annotated[
        Literal["header", "form"],
        Says("header or form", "For `login --oauth`: how the token URL takes the secret."),
    ] = "header"  # noqa: S105 -- the name of a place
    oauth_authorize_url: Annotated[
        str, AfterValidator(_https), Says("an https URL", "For `login --oauth`: the page on which you log in.")
    ] = "https://crm.lofty.com/page/vendor-auth.html"
    oauth_token_url: Annotated[
        str, AfterValidator(_https), Says("an https URL", "For `login --oauth`: where a login becomes a token.")
    ] = "https://crm.lofty.com/api/user-web/oauth/token"  # noqa: S105 -- an address
    oauth_scope: Annotated[
        str | None, Says("scopes, separated by spaces", "For `login --oauth`: what to ask for, if Lofty wants it said.")
    ] = None
    base_url: Annotated[
        str, Says("https://api.lofty.com, https://api.chime.me or a loopback URL", "Where Lofty answers.")
    ] = LOFTY_URL
    allow_base_url: Annotated[
        bool, Says(_YES_NO, "Allows `LOFTY_BASE_URL` and the URLs of the login to name other hosts.")
    ] = False
    approval: Annotated[
        ApprovalMode,
        Says(
            "ask, console or host",
            "Where a person approves a message: in the chat if the client can ask (`ask`), never in the chat "
            "(`console`), or by the host's own prompt, which this server cannot see (`host`).",
        ),
    ] = ApprovalMode.ASK
    read_only: Annotated[bool, Says(_YES_NO, "Offers only the tools that read.")] = False
    toolsets: Annotated[
        frozenset[Toolset],
        BeforeValidator(_split),
        Field(min_length=1),
        Says(f"some of {', '.join(TOOLSETS)}, separated by commas", "The tools to offer."),
    ] = frozenset(TOOLSETS)
    state_dir: Annotated[
        Path,
        AfterValidator(_absolute),
        Says("an absolute path", "Holds the outbox and its audit record.", default="the user's state folder"),
        Field(default_factory=_default_state_dir),
    ]
    dialect: Annotated[
        Literal["auto", "reference", "guide"],
        Says("auto, reference or guide", "Which of Lofty's two descriptions the account follows."),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
        Says("debug, info, warning or error", "How much is logged to stderr. No level logs words, names or numbers."),
    ] = "warning"
    log_format: Annotated[Literal["console", "json"], Says("console or json", "How a log line looks.")] = "console"
    time_zone: Annotated[
        str,
        AfterValidator(known_zone),
        Says("an IANA time zone, such as America/Denver", "Your time zone.", default="the machine's"),
    ] = "UTC"
    profile: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
        Says("up to 64 letters, digits, - and _", "Which stored credential to use, for people with several."),
    ] = "default"
    min_reading_time: Annotated[
        float,
        Field(ge=0, le=60, allow_inf_nan=False),
        Says("seconds from 0 to 60", "A yes in the chat that comes faster does not count."),
    ] = 0
    approval_window: Annotated[
        float,
        Field(ge=1, le=3600, allow_inf_nan=False),
        Says("seconds from 1 to 3600", "How long a yes lasts if Lofty cannot take the message at once."),
    ] = 300
    draft_lifetime: Annotated[
        float,
        Field(gt=0, le=168, allow_inf_nan=False),
        Says("hours, more than 0 and at most 168", "How long a message waits for a person."),
    ] = 24
    max_waiting: Annotated[
        int, Field(ge=1, le=50), Says("a whole number from 1 to 50", "How many messages may wait at once.")
    ] = 5
    keep_words: Annotated[
        float | None,
        Field(gt=0, le=36500, allow_inf_nan=False),
        Says(
            "days, more than 0 and at most 36500",
            "How long the words of a message are kept after its end; the audit record keeps their digest.",
            default="for ever",
        ),
    ] = None
    watch: Annotated[
        int,
        AfterValidator(_seconds_or_off),
        Says("seconds from 30 to 3600, or 0 for never", "How often to look for new messages while a client listens."),
    ] = 0
    open_page: Annotated[
        bool, Says(_YES_NO, "Opens the approval page in your browser when a message waits and the chat cannot ask.")
    ] = True
    undo_delay: Annotated[
        float,
        Field(ge=0, le=60, allow_inf_nan=False),
        Says("seconds from 0 to 60", "How long a message that you approved on the page can be taken back."),
    ] = 10
    sandbox: Annotated[bool, Says(_YES_NO, "Serves an invented CRM in place of Lofty; nothing is real.")] = False
    http_token: Annotated[
        SecretStr | None, Says("a secret of 32 or more characters", "Over HTTP, lets in only who shows this token.")
    ] = None
    http_token_file: Annotated[
        Path | None,
        AfterValidator(_absolute),
        Says("an absolute path", "A file that holds the HTTP token, in place of `LOFTY_MCP_HTTP_TOKEN`."),
    ] = None
    public_url: Annotated[
        str | None,
        AfterValidator(_with_path),
        Says("an https URL with a path (http on this machine)", "The URL of `/mcp` as clients reach it."),
    ] = None
    http_origins: Annotated[
        frozenset[Annotated[str, AfterValidator(_origin)]],
        BeforeValidator(_split),
        Says("origins such as https://app.example.com, separated by commas", "Web pages that may call over HTTP."),
    ] = frozenset()
    http_issuer: Annotated[
        str | None,
        AfterValidator(_https),
        Says("an https URL (http on this machine)", "Over HTTP, lets in who shows a JWT of this issuer."),
    ] = None
    http_audience: Annotated[
        str | None, Says("a word or URL", "Whom a JWT must be for.", default="`LOFTY_MCP_PUBLIC_URL`")
    ] = None
    http_scopes: Annotated[
        frozenset[str],
        BeforeValidator(_split),
        Field(min_length=1),
        Says("scopes, separated by commas", "What a JWT must allow."),
    ] = frozenset({"lofty"})

    memo_dir: Annotated[
        Path | None,
        AfterValidator(_absolute),
        Says("an absolute path", "A folder of voice memos; its files, and no others, may be transcribed by name."),
    ] = None
    voice_model: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
        Says("a name such as small or large-v3", "Which model `lofty-mcp voice setup` fetches and memos are heard by."),
    ] = "small"
    transcription_url: Annotated[
        str | None,
        AfterValidator(_api_root),
        Says("an https URL that ends in /v1 (http on this machine)", "An OpenAI-compatible server that hears memos."),
    ] = None
    transcription_key: Annotated[SecretStr | None, Says("a key", "What that server asks for, if it asks.")] = None
    transcription_model: Annotated[str, Says("a name", "Which of that server's models to use.")] = "whisper-1"
    otel: Annotated[
        bool, Says(_YES_NO, "Exports spans and metrics where the `OTEL_*` variables say; needs the extra `otel`.")
    ] = False
    metrics: Annotated[
        bool, Says(_YES_NO, "Over HTTP, shows metrics to Prometheus at `/metrics`; needs the extra `otel`.")
    ] = False

    @model_validator(mode="after")
    def _checked_together(self) -> Self:
        if problems := [*self._credentials(), *self._places()]:
            raise ValueError("; ".join(problems))
        return self

    def _credentials(self) -> Iterator[str]:
        if self.api_key and self.access_token:
            yield "LOFTY_API_KEY and LOFTY_ACCESS_TOKEN are both set; keep one"
        ways = ("http_token", "http_token_file", "http_issuer")
        chosen = [variable(name) for name in ways if getattr(self, name) is not None]
        if len(chosen) > 1:
            yield f"{' and '.join(chosen)} are set together; keep one"
        if self.http_issuer and not self.public_url:
            yield "LOFTY_MCP_HTTP_ISSUER needs LOFTY_MCP_PUBLIC_URL, which tells clients what they ask for"

    def _places(self) -> Iterator[str]:
        parts = urlsplit(self.base_url)
        local = parts.hostname in LOOPBACK and parts.scheme in {"http", "https"}
        if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
            yield "LOFTY_BASE_URL must be a URL of a host, with a port or path at most"
        elif not local and parts.scheme != "https":
            yield "LOFTY_BASE_URL must begin with https:// (http:// only on this machine)"
        elif not local and parts.hostname not in LOFTY_HOSTS and not self.allow_base_url:
            yield (
                "LOFTY_BASE_URL names a host that is not Lofty's, and your credential would go there; "
                "if you trust it, set LOFTY_MCP_ALLOW_BASE_URL=1"
            )
        for name, url in (("oauth_authorize_url", self.oauth_authorize_url), ("oauth_token_url", self.oauth_token_url)):
            if urlsplit(url).hostname not in LOGIN_HOSTS | LOOPBACK and not self.allow_base_url:
                yield (
                    f"{variable(name)} names a host that is not Lofty's, and your login would go there; "
                    "if you trust it, set LOFTY_MCP_ALLOW_BASE_URL=1"
                )

    @property
    def guarded(self) -> bool:
        """Whether a client over HTTP has to show who it is."""
        return any((self.http_token, self.http_token_file, self.http_issuer))

    @property
    def domains(self) -> frozenset[str]:
        """The toolsets that are on, and `memos` where a folder of them is named."""
        return self.toolsets | ({"memos"} if self.memo_dir else frozenset[str]())

    @property
    def zone(self) -> ZoneInfo:
        """The agent's time zone."""
        return ZoneInfo(self.time_zone)
