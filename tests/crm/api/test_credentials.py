import pytest

from lofty_crm.api.credentials import Credential


@pytest.mark.parametrize(
    "pasted", ["ab c1", " abc1\n", "\u200bab\u2060c1\ufeff", "“abc1”", "token abc1", "Bearer abc1", "a\x00bc1"]
)
def test_a_pasted_key_loses_what_cannot_be_seen(pasted: str) -> None:
    assert Credential.api_key(pasted).header() == "token abc1"


def test_the_kind_of_credential_decides_the_scheme() -> None:
    assert Credential.api_key("k").header() == "token k"
    assert Credential.access_token("t").header() == "Bearer t"


@pytest.mark.parametrize("empty", ["", "  ", "\u200b\ufeff", "é"])
def test_a_credential_of_nothing_is_refused(empty: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        Credential.api_key(empty)
    with pytest.raises(ValueError, match="empty"):
        Credential.access_token(empty)


def test_no_representation_shows_the_secret() -> None:
    credential = Credential.api_key("sesame-1234")
    assert "sesame" not in f"{credential!r} {credential}"
