"""How few foreign letters are enough, and how they are shown."""

import pytest

from tests.crm.policy.cases import email, finding, lead, sms, verdict


def test_two_foreign_letters_pose_as_a_word_and_one_does_not() -> None:
    assert verdict(sms("Hi \u0430\u0441")) == {"lookalike_letters": "held"}
    assert verdict(sms("Hi \u0430")) == {}


def test_three_of_the_letters_of_a_long_word_are_named() -> None:
    word = "a" * 40 + "\u0430\u0441\u0435\u043e"
    assert finding(sms(word), "lookalike_letters").text == (
        f'The word "{"a" * 40} ..." holds letters that look like others (U+0430 cyrillic small letter a, '
        "U+0441 cyrillic small letter es, U+0435 cyrillic small letter ie)."
    )


def test_a_letter_without_a_name_is_of_no_script() -> None:
    assert verdict(sms("Hi \U00017000\U00017001")) == {}


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ('"a@b"@b\u00fccher.example', "xn--bcher-kva.example"),
        ("jane@\u00fc..example", "\\xfc..example"),
        ("jane@XN--BCHER-KVA.example", "XN--BCHER-KVA.example"),
    ],
)
def test_the_domain_of_an_address_is_shown_in_plain_letters(address: str, domain: str) -> None:
    found = finding(email(to=lead(emails=(address,))), "lookalike_address")
    assert found.text.endswith(f'its domain is "{domain}".')
