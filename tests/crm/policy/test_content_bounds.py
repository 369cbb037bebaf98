"""Where the rules about the words themselves begin and end."""

import pytest

from lofty_crm.policy.review import review
from tests.crm.policy.cases import email, finding, sms, verdict


def test_ten_hidden_characters_are_listed_without_a_rest() -> None:
    assert finding(sms("Hi" + "\u200b" * 10), "hidden_characters").text.endswith("U+200B at 10, U+200B at 11.")


def test_a_long_placeholder_is_cut_after_forty_characters() -> None:
    found = finding(sms("{{" + "a" * 60 + "}}"), "unresolved_merge_field")
    assert found.text == 'A placeholder would go out as it stands: "{{' + "a" * 38 + ' ...".'


def test_a_long_blank_is_cut_after_forty_characters() -> None:
    found = finding(sms("At the [address " + "a" * 39 + "]"), "blank_left")
    assert found.text == 'A blank seems to be left to fill in: "[address ' + "a" * 31 + ' ...".'
    assert found.advice == "Fill it in, or leave it out."


def test_long_markup_is_cut_after_forty_characters() -> None:
    found = finding(email("<div " + "a" * 60 + ">"), "markup")
    assert found.text == 'The email holds HTML: "<div ' + "a" * 35 + ' ...".'


def test_a_text_may_speak_of_markup() -> None:
    assert verdict(sms("Is that a <b> or a <p>?")) == {}


@pytest.mark.parametrize(("length", "limit"), [(1600, "10 segments"), (1601, "1,600 characters")])
def test_the_first_limit_that_a_text_exceeds_is_named(length: int, limit: str) -> None:
    assert f"more than the {limit} that" in finding(sms("a" * length), "too_long").text


def test_the_cost_is_told_of_texts_up_to_the_longest_and_of_no_email() -> None:
    assert [[found.code for found in review(facts)] for facts in (email(), sms("a" * 1600), sms("a" * 1601))] == [
        [],
        ["too_long", "segments"],
        ["too_long"],
    ]


def test_the_characters_that_cost_are_cut_after_thirty() -> None:
    words = "\u0416\u0429\u042e\u042f\u0424\u042b\u042d\u0427\u042c\u042a\u0428\u0426\u0414\u041b\u0418\u0419\u0411"
    shown = " ".join(words)
    assert finding(sms(words), "segments").text.endswith(f'because of "{shown[:30].rstrip()} ...".')
    assert len(shown[:31].rstrip()) == 31
