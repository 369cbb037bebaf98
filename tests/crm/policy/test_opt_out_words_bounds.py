import pytest

from lofty_crm.policy.opt_out_words import is_opt_out, is_resumption


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("please stop", True),
        ("Hi! Stop, thanks", True),
        ("ok STOP please thank you", True),
        ("Stop. Cancel.", True),
        ("Stop, please, remove me!", True),
        ("Stop. See you at three.", False),
        ("please", False),
        ("S T O P", True),
        ("S T O P at the gate", False),
    ],
)
def test_courtesies_and_several_keywords_do_not_hide_a_request(words: str, *, asks: bool) -> None:
    assert is_opt_out(words) is asks


def test_courtesies_do_not_hide_a_start() -> None:
    assert is_resumption("Please START, thanks")
    assert not is_resumption("Please start at three")
