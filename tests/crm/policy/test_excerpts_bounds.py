"""How other people's words are quoted."""

import pytest

from lofty_crm.policy.excerpts import excerpt


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        (" a\u200b\n \"b\" 'c' ", "\"a 'b' 'c'\""),
        ("x" * 80, f'"{"x" * 80}"'),
        ("x" * 81, f'"{"x" * 80} ..."'),
        (f"{'x' * 79} y", f'"{"x" * 79} ..."'),
    ],
)
def test_a_quote_is_one_clean_line_of_at_most_eighty_characters(words: str, quoted: str) -> None:
    assert excerpt(words) == quoted


def test_a_quote_may_be_shorter() -> None:
    assert excerpt("abcd", 4) == '"abcd"'
    assert excerpt("abc de", 4) == '"abc ..."'
