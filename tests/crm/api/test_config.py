import pytest

from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential


@pytest.mark.parametrize(
    "url", ["https://api.lofty.com", "http://127.0.0.1:8123/", "http://localhost:1", "http://[::1]:80"]
)
def test_https_and_loopback_are_accepted(url: str) -> None:
    assert ApiConfig(base_url=url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.lofty.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "https://user:pass@api.lofty.com",
        "https://api.lofty.com?x=1",
        "https://api.lofty.com#x",
        "ftp://127.0.0.1",
        "api.lofty.com",
        "https://",
        "https://api.lofty.com:99999",
        "",
    ],
)
def test_a_base_url_that_could_leak_the_credential_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        ApiConfig(base_url=url)


def test_an_account_is_known_by_host_and_secret_without_showing_them() -> None:
    account = ApiConfig(credential=Credential.api_key("sesame-1234")).account
    assert account == ApiConfig(credential=Credential.api_key("sesame-1234")).account
    assert account != ApiConfig(credential=Credential.api_key("sesame-1235")).account
    assert account != ApiConfig(credential=Credential.api_key("sesame-1234"), base_url="https://api.chime.me").account
    assert len(account) == 16
    assert int(account, 16) >= 0


def test_without_a_credential_there_is_no_account() -> None:
    assert ApiConfig().account == "none"
