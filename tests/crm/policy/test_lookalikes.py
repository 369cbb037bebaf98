import pytest

from tests.crm.policy.cases import email, finding, lead, sms, verdict


@pytest.mark.parametrize("body", ["Sign the cоntract", "Hi Jаne", "Ηello", "сору of the list", "𝐇𝐢 Jane", "Ｈello"])  # noqa: RUF001 -- look-alikes
def test_letters_that_pass_for_others_are_held(body: str) -> None:
    assert verdict(sms(body)) == {"lookalike_letters": "held"}


def test_a_subject_is_read_too() -> None:
    assert verdict(email(subject="Your hоme")) == {"lookalike_letters": "held"}  # noqa: RUF001 -- Cyrillic


def test_the_letter_is_named() -> None:
    text = finding(sms("Hi Jаne"), "lookalike_letters").text  # noqa: RUF001 -- Cyrillic
    assert "U+0430 cyrillic small letter a" in text


@pytest.mark.parametrize(
    "body",
    [
        "Добрый день, Анна, сор и рот",  # noqa: RUF001 -- Russian
        "Καλημέρα, τι κάνετε;",
        "Hi Анна, три часа?",
        "العربية and English",
        "5 μm",
        "Plan Α",  # noqa: RUF001 -- Greek
        "日本語OK",
    ],
)
def test_other_scripts_pass(body: str) -> None:
    """D34"""
    assert verdict(sms(body)) == {}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jane@exаmple.com", "xn--exmple-4nf.com"),  # noqa: RUF001 -- Cyrillic
        ("jane@xn--exmple-4nf.com", "xn--exmple-4nf.com"),
        ("jаne@example.com", "example.com"),  # noqa: RUF001 -- Cyrillic
        ("jane@" + "é" * 70 + ".com", "\\xe9\\xe9"),
    ],
)
def test_an_address_that_is_not_in_plain_letters_is_held_and_shown_as_it_is(address: str, shown: str) -> None:
    """D28"""
    facts = email(to=lead(emails=(address,)))
    assert verdict(facts) == {"lookalike_address": "held"}
    assert shown in finding(facts, "lookalike_address").text


def test_a_plain_address_passes_and_texts_do_not_look_at_addresses() -> None:
    assert verdict(email()) == {}
    assert verdict(sms(to=lead(emails=("jane@exаmple.com",)))) == {}  # noqa: RUF001 -- Cyrillic
