import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from lofty_crm.api.credentials import Credential
from lofty_mcp.credentials import Source, credential_file, find, forget, keyring_name, store
from lofty_mcp.environment import load
from lofty_mcp.settings import Settings, SettingsError

KEY = "sandbox-key-5550100"


class MemoryKeyring(KeyringBackend):
    """A keyring that works."""

    priority = 1  # pyright: ignore[reportAssignmentType] -- the base class makes its own kind of property

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class ForgetfulKeyring(MemoryKeyring):
    """A keyring that accepts everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password


class BrokenKeyring(MemoryKeyring):
    """A keyring that raises what it was made with."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password
        raise self.error


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    before = keyring.get_keyring()
    yield tmp_path
    keyring.set_keyring(before)


@pytest.fixture
def ring() -> MemoryKeyring:
    working = MemoryKeyring()
    keyring.set_keyring(working)
    return working


def without() -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType] -- keyring loads its backends itself


def bare() -> Settings:
    return load({})


def test_the_environment_wins_and_the_keyring_is_not_even_asked() -> None:
    keyring.set_keyring(BrokenKeyring(AssertionError("asked")))
    found = find(load({"LOFTY_API_KEY": f"  token {KEY}\u200b"}))
    assert (found.credential, found.source, found.trouble) == (Credential.api_key(KEY), Source.ENVIRONMENT, "")
    assert find(load({"LOFTY_ACCESS_TOKEN": KEY})).credential == Credential.access_token(KEY)


def test_a_key_of_invisible_characters_is_refused() -> None:
    with pytest.raises(SettingsError, match="LOFTY_API_KEY holds nothing"):
        find(load({"LOFTY_API_KEY": "\u200b\u200b"}))


def test_what_is_stored_is_found_again_by_its_profile(ring: MemoryKeyring) -> None:
    assert store(Credential.access_token(KEY), profile="second") is Source.KEYRING
    assert list(ring.kept) == [("lofty-mcp", "second")]
    assert find(load({"LOFTY_MCP_PROFILE": "second"})).credential == Credential.access_token(KEY)
    assert find(bare()).credential is None


def test_without_a_keyring_a_file_that_only_its_owner_reads_takes_its_place() -> None:
    without()
    assert store(Credential.api_key(KEY), profile="default") is Source.FILE
    path = credential_file("default")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [child.name for child in path.parent.iterdir()] == [path.name]
    found = find(bare())
    assert (found.credential, found.source) == (Credential.api_key(KEY), Source.FILE)


def test_a_keyring_that_keeps_nothing_counts_as_none() -> None:
    keyring.set_keyring(ForgetfulKeyring())
    assert store(Credential.api_key(KEY), profile="default") is Source.FILE


def test_a_file_that_others_can_read_is_not_used() -> None:
    without()
    store(Credential.api_key(KEY), profile="default")
    credential_file("default").chmod(0o644)
    found = find(bare())
    assert found.credential is None
    assert "chmod 600" in found.trouble


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"kind": "api_key", "secret": ""}', "\x00"])
def test_a_file_that_holds_something_else_is_reported_and_not_used(content: str) -> None:
    without()
    store(Credential.api_key(KEY), profile="default")
    credential_file("default").write_text(content, encoding="utf-8")
    found = find(bare())
    assert found.credential is None
    assert KEY not in found.trouble


@pytest.mark.parametrize("error", [KeyringLocked("locked"), OSError("bus"), RuntimeError(KEY), Exception(KEY)])
def test_a_broken_keyring_is_reported_and_stops_nothing(error: Exception) -> None:
    keyring.set_keyring(BrokenKeyring(error))
    found = find(bare())
    assert found.credential is None
    assert found.trouble == f"the keyring could not be read ({type(error).__name__})"
    assert keyring_name() == ""


def test_a_machine_without_a_keyring_is_no_trouble() -> None:
    without()
    assert find(bare()).trouble == ""


def test_storing_in_the_keyring_removes_the_file_of_before() -> None:
    without()
    store(Credential.api_key("old"), profile="default")
    keyring.set_keyring(MemoryKeyring())
    store(Credential.api_key(KEY), profile="default")
    assert not credential_file("default").exists()
    assert find(bare()).credential == Credential.api_key(KEY)


def test_forgetting_removes_it_everywhere_and_says_where(ring: MemoryKeyring) -> None:
    without()
    store(Credential.api_key(KEY), profile="default")
    ring.kept["lofty-mcp", "default"] = "x"
    keyring.set_keyring(ring)
    assert forget("default") == [Source.KEYRING, Source.FILE]
    assert forget("default") == []
    assert find(bare()).credential is None
