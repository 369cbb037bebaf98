"""How words are read before a rule looks at them."""

import pytest

from lofty_crm.policy.folding import fold, unmask


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("  Caf\u00e9,\n\tcr\u00e8me_br\u00fbl\u00e9e!  ", "cafe creme brulee"),
        ("STRASSE Stra\u00dfe", "strasse strasse"),
        ("\uff37\uff49\uff52\uff45 \u2460", "wire 1"),
        ("w\u200bire", "wire"),
        ("don\u2019t", "don t"),
        ("", ""),
    ],
)
def test_folding_leaves_plain_words(words: str, read: str) -> None:
    assert fold(words) == read


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("\u0430\u0441\u0435 ACE", "ace ACE"),
        ("\u0664\u0661 \u0967", "41 1"),
        ("\uff14\uff11", "41"),
        ("4\u200b1", "41"),
        ("Caf\u00e9", "Caf\u00e9"),
    ],
)
def test_unmasking_leaves_plain_letters_and_digits(words: str, read: str) -> None:
    assert unmask(words) == read
