import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.outbox.config import ApprovalMode
from lofty_mcp.environment import load, settings_table
from lofty_mcp.settings import TOOLSETS, Settings, SettingsError

HOME = Path(os.path.sep) / "somewhere"
SECRET = "sk-5550100-not-to-be-seen"


def refusal(environ: dict[str, str], **flags: object) -> str:
    with pytest.raises(SettingsError) as refused:
        load(environ, **flags)
    return str(refused.value)


def test_an_empty_environment_asks_in_the_chat_and_offers_everything() -> None:
    settings = load({})
    assert settings.approval is ApprovalMode.ASK
    assert settings.toolsets == set(TOOLSETS)
    assert settings.base_url == "https://api.lofty.com"
    assert settings.api_key is None
    assert not settings.read_only
    assert not settings.sandbox


def test_every_variable_reaches_its_setting() -> None:
    settings = load(
        {
            "LOFTY_ACCESS_TOKEN": SECRET,
            "LOFTY_BASE_URL": "http://127.0.0.1:8400",
            "LOFTY_MCP_APPROVAL": "console",
            "LOFTY_MCP_READ_ONLY": "yes",
            "LOFTY_MCP_TOOLSETS": "leads, notes",
            "LOFTY_MCP_STATE_DIR": str(HOME),
            "LOFTY_MCP_DIALECT": "guide",
            "LOFTY_MCP_LOG_LEVEL": "DEBUG",
            "LOFTY_MCP_LOG_FORMAT": "json",
            "LOFTY_MCP_TIME_ZONE": "America/Denver",
            "LOFTY_MCP_PROFILE": "second",
            "LOFTY_MCP_MIN_READING_TIME": "1.5",
            "LOFTY_MCP_APPROVAL_WINDOW": "60",
            "LOFTY_MCP_DRAFT_LIFETIME": "2",
            "LOFTY_MCP_MAX_WAITING": "3",
            "LOFTY_MCP_SANDBOX": "1",
            "LOFTY_MCP_HTTP_TOKEN_FILE": str(HOME / "token"),
            "LOFTY_MCP_PUBLIC_URL": "https://lofty.example.com/mcp",
            "LOFTY_MCP_HTTP_ORIGINS": "https://app.example.com",
            "LOFTY_MCP_HTTP_AUDIENCE": "lofty-mcp",
            "LOFTY_MCP_HTTP_SCOPES": "crm.read crm.write",
            "LOFTY_MCP_KEEP_WORDS": "90",
            "LOFTY_MCP_WATCH": "60",
            "LOFTY_MCP_MEMO_DIR": str(HOME / "memos"),
            "LOFTY_MCP_VOICE_MODEL": "large-v3",
            "LOFTY_MCP_TRANSCRIPTION_URL": "http://127.0.0.1:9000/v1",
            "LOFTY_MCP_TRANSCRIPTION_MODEL": "whisper-large",
            "LOFTY_MCP_OTEL": "1",
            "LOFTY_MCP_METRICS": "1",
        }
    )
    assert settings.access_token is not None
    assert settings.access_token.get_secret_value() == SECRET
    expected = {
        "api_key": None,
        "base_url": "http://127.0.0.1:8400",
        "allow_base_url": False,
        "approval": ApprovalMode.CONSOLE,
        "read_only": True,
        "toolsets": {"leads", "notes"},
        "state_dir": HOME,
        "dialect": "guide",
        "log_level": "debug",
        "log_format": "json",
        "time_zone": "America/Denver",
        "profile": "second",
        "min_reading_time": 1.5,
        "approval_window": 60,
        "draft_lifetime": 2,
        "max_waiting": 3,
        "sandbox": True,
        "http_token": None,
        "http_token_file": HOME / "token",
        "public_url": "https://lofty.example.com/mcp",
        "http_origins": {"https://app.example.com"},
        "http_issuer": None,
        "http_audience": "lofty-mcp",
        "http_scopes": {"crm.read", "crm.write"},
        "keep_words": 90,
        "watch": 60,
        "memo_dir": HOME / "memos",
        "voice_model": "large-v3",
        "transcription_url": "http://127.0.0.1:9000/v1",
        "transcription_key": None,
        "transcription_model": "whisper-large",
        "otel": True,
        "metrics": True,
    }
    assert settings.model_dump(include=set(expected)) == expected


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LOFTY_MCP_APPROVAL", "none", "ask, console or host"),
        ("LOFTY_MCP_APPROVAL", "Host", "ask, console or host"),
        ("LOFTY_MCP_APPROVAL", "\ufffd", "ask, console or host"),
        ("LOFTY_MCP_READ_ONLY", "perhaps", "1 or 0"),
        ("LOFTY_MCP_TOOLSETS", "leads,everything", "leads, timeline, messages"),
        ("LOFTY_MCP_TOOLSETS", ",", "leads, timeline, messages"),
        ("LOFTY_MCP_STATE_DIR", "here", "an absolute path"),
        ("LOFTY_MCP_OAUTH_TOKEN_URL", "http://crm.lofty.com/oauth/token", "an https URL"),
        ("LOFTY_MCP_OAUTH_SECRET_IN", "query", "header or form"),
        ("LOFTY_MCP_DIALECT", "klingon", "auto, reference or guide"),
        ("LOFTY_MCP_LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("LOFTY_MCP_LOG_FORMAT", "xml", "console or json"),
        ("LOFTY_MCP_TIME_ZONE", "America/Nowhere", "IANA"),
        ("LOFTY_MCP_TIME_ZONE", "America", "IANA"),
        ("LOFTY_MCP_TIME_ZONE", "../../etc/passwd", "IANA"),
        ("LOFTY_MCP_PROFILE", "../x", "letters"),
        ("LOFTY_MCP_MIN_READING_TIME", "-1", "from 0 to 60"),
        ("LOFTY_MCP_MIN_READING_TIME", "nan", "from 0 to 60"),
        ("LOFTY_MCP_APPROVAL_WINDOW", "0", "from 1 to 3600"),
        ("LOFTY_MCP_DRAFT_LIFETIME", "inf", "at most 168"),
        ("LOFTY_MCP_MAX_WAITING", "1.5", "from 1 to 50"),
        ("LOFTY_MCP_KEEP_WORDS", "0", "more than 0"),
        ("LOFTY_MCP_WATCH", "5", "from 30 to 3600, or 0"),
        ("LOFTY_MCP_MEMO_DIR", "memos", "an absolute path"),
        ("LOFTY_MCP_VOICE_MODEL", "../model", "a name such as small"),
        ("LOFTY_MCP_TRANSCRIPTION_URL", "http://speech.example.com/v1", "an https URL"),
    ],
)
def test_a_wrong_value_is_answered_with_the_right_ones(variable: str, value: str, said: str) -> None:
    text = refusal({variable: value})
    assert text.startswith(f"{variable} must be ")
    assert said in text


def test_all_that_contradicts_is_said_at_once() -> None:
    said = refusal(
        {
            "LOFTY_API_KEY": SECRET,
            "LOFTY_ACCESS_TOKEN": SECRET,
            "LOFTY_MCP_HTTP_ISSUER": "https://issuer.example.com",
            "LOFTY_BASE_URL": "https://lofty.example.com",
            "LOFTY_MCP_OAUTH_TOKEN_URL": "https://lofty.example.com/token",
        }
    )
    parts = (
        "LOFTY_API_KEY and",
        "needs LOFTY_MCP_PUBLIC_URL",
        "LOFTY_BASE_URL names",
        "LOFTY_MCP_OAUTH_TOKEN_URL names",
    )
    assert [part for part in parts if part in said] == list(parts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOFTY_MCP_PUBLIC_URL", "https://lofty.example.com"),
        ("LOFTY_MCP_PUBLIC_URL", "https://lofty.example.com/"),
        ("LOFTY_MCP_TRANSCRIPTION_URL", "https://hears.example.com/api"),
    ],
)
def test_a_url_that_cannot_be_the_one_that_is_meant_is_refused(name: str, value: str) -> None:
    assert name in refusal({name: value})


def test_a_name_that_is_like_no_other_is_not_guessed_at() -> None:
    assert refusal({"LOFTY_MCP_PHONE": "1"}) == "LOFTY_MCP_PHONE is not a setting"


@given(st.text(min_size=1).filter(lambda text: text.strip() and text.strip() not in {"ask", "console", "host"}))
def test_no_misspelt_approval_ever_falls_back(value: str) -> None:
    """D15"""
    with pytest.raises(SettingsError):
        load({"LOFTY_MCP_APPROVAL": value})


def test_blank_values_count_as_unset() -> None:
    blank = {row.variable: "  " for row in settings_table()}
    assert load(blank) == load({})


@pytest.mark.parametrize("name", ["LOFTY_MCP_APROVAL", "lofty_mcp_approval", "LOFTY_MCP_APPROVALS"])
def test_a_misspelt_name_is_answered_with_the_nearest_right_one(name: str) -> None:
    assert refusal({name: "ask"}) == f"{name} is not a setting; did you mean LOFTY_MCP_APPROVAL?"


def test_names_of_other_programs_are_left_alone() -> None:
    assert load({"LOFTY_CLIENT_ID": "x", "LOFTY_MCPX": "y"}) == load({})


def test_all_that_is_wrong_is_said_in_one_line() -> None:
    text = refusal({"LOFTY_MCP_APPROVAL": "x", "LOFTY_MCP_DIALECT": "y", "LOFTY_MCP_DIALECTS": "z"})
    assert "LOFTY_MCP_APPROVAL" in text
    assert "LOFTY_MCP_DIALECT must" in text
    assert "LOFTY_MCP_DIALECTS is not" in text
    assert "\n" not in text


def test_a_key_and_a_token_together_are_refused() -> None:
    assert "keep one" in refusal({"LOFTY_API_KEY": SECRET, "LOFTY_ACCESS_TOKEN": SECRET})


@pytest.mark.parametrize("variable", ["LOFTY_API_KEY", "LOFTY_MCP_APPROVAL"])
def test_a_placeholder_that_the_host_left_unfilled_is_refused(variable: str) -> None:
    assert refusal({variable: "${user_config.value}"}).startswith(f"{variable} holds a placeholder")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com",
        "https://api.lofty.com.example.com",
        "https://api.lofty.com@evil.example.com",
        "http://api.lofty.com",
        "ftp://127.0.0.1",
        "http://127.0.0.1.example.com",
        "api.lofty.com",
        "https://api.lofty.com?x=y",
    ],
)
def test_the_credential_goes_to_no_other_host(url: str) -> None:
    """D87"""
    text = refusal({"LOFTY_API_KEY": SECRET, "LOFTY_BASE_URL": url})
    assert "LOFTY_BASE_URL" in text
    assert "evil" not in text


@pytest.mark.parametrize("name", ["LOFTY_MCP_OAUTH_AUTHORIZE_URL", "LOFTY_MCP_OAUTH_TOKEN_URL"])
def test_the_login_goes_to_no_other_host_either(name: str) -> None:
    text = refusal({name: "https://crm.lofty.com.evil.example.com/token"})
    assert name in text
    assert "evil" not in text
    load({name: "https://login.example.com/token", "LOFTY_MCP_ALLOW_BASE_URL": "1"})
    load({name: "http://127.0.0.1:8400/token"})


def test_another_host_needs_a_second_setting_and_https() -> None:
    other = {"LOFTY_BASE_URL": "https://lofty.example.com"}
    assert load({**other, "LOFTY_MCP_ALLOW_BASE_URL": "1"}).base_url == "https://lofty.example.com"
    assert "https://" in refusal({"LOFTY_BASE_URL": "http://lofty.example.com", "LOFTY_MCP_ALLOW_BASE_URL": "1"})


@pytest.mark.parametrize("url", ["https://api.chime.me", "http://localhost:8400", "http://[::1]:1", "http://127.0.0.1"])
def test_lofty_and_this_machine_need_no_second_setting(url: str) -> None:
    assert load({"LOFTY_BASE_URL": url}).base_url == url


def test_secrets_show_nowhere() -> None:
    environ = {"LOFTY_API_KEY": SECRET, "LOFTY_MCP_OAUTH_CLIENT_SECRET": SECRET}
    settings = load(environ)
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()
    wrong = {
        **environ,
        "LOFTY_ACCESS_TOKEN": SECRET,
        "LOFTY_MCP_OAUTH_TOKEN_URL": f"https://u:{SECRET}@crm.lofty.com/token",
        "LOFTY_MCP_DIALECT": SECRET,
    }
    assert SECRET not in refusal(wrong)


def test_a_flag_wins_over_the_environment_and_is_named_when_wrong() -> None:
    assert load({"LOFTY_MCP_READ_ONLY": "0"}, read_only=True).read_only
    assert load({"LOFTY_MCP_READ_ONLY": "1"}, read_only=None).read_only
    assert refusal({}, toolsets="x").startswith("--toolsets must be ")


def test_the_machines_own_zone_is_the_default() -> None:
    assert load({"TZ": "Europe/Paris"}).time_zone == "Europe/Paris"
    assert load({"TZ": ":Pacific/Honolulu"}).zone.key == "Pacific/Honolulu"
    assert load({"TZ": "Europe/Paris", "LOFTY_MCP_TIME_ZONE": "UTC"}).time_zone == "UTC"


def test_nothing_changes_a_setting_while_the_server_runs() -> None:
    """D14"""
    settings = load({})
    with pytest.raises(ValueError, match="frozen"):
        settings.approval = ApprovalMode.HOST


def test_the_table_names_each_setting_once_with_its_values() -> None:
    table = {row.variable: row for row in settings_table()}
    assert len(table) == len(Settings.model_fields)
    assert table["LOFTY_MCP_APPROVAL"].values == "ask, console or host"
    assert table["LOFTY_MCP_APPROVAL"].default == "ask"
    assert table["LOFTY_MCP_MAX_WAITING"].default == "5"
    assert table["LOFTY_API_KEY"].default == ""
    assert all(row.purpose.endswith(".") for row in table.values())
