"""Which numbers count as those of cards and banks, and what each is called."""

import pytest

from tests.crm.policy.cases import email, finding, sms, verdict

HELD = {"payment_or_identity_data": "held"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("4111 1111 1111 1111", "a card number"),
        ("219-09-9999", "a social security number"),
        ("021000021", "a bank routing number"),
        ("GB82 WEST 1234 5698 7654 32", "an IBAN"),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "a cryptocurrency address"),
        ("ABA no. 0210", "ABA no. 021"),
    ],
)
def test_what_was_found_is_named(body: str, kind: str) -> None:
    found = finding(sms(body), "payment_or_identity_data")
    assert found.text == f'The message speaks of payment or identity data: "{kind}".'


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("2223003122003222", {}),
        ("30569309025904", HELD),
        ("4222222222222", HELD),
        ("5555555555554444", HELD),
        ("6011111111111117", HELD),
        ("7000000000000005", {}),
    ],
)
def test_a_card_number_begins_with_three_to_six(number: str, expected: dict[str, str]) -> None:
    assert verdict(sms(number)) == expected


def _routing(first_two: str) -> str:
    begun = [int(digit) for digit in f"{first_two}123456"]
    weighed = sum(weight * digit for weight, digit in zip((3, 7, 1, 3, 7, 1, 3, 7), begun, strict=True))
    return f"{first_two}123456{-weighed % 10}"


@pytest.mark.parametrize("first_two", ["01", "12", "21", "32", "61", "72", "80"])
def test_a_routing_number_of_a_district_in_use_is_held(first_two: str) -> None:
    number = _routing(first_two)
    assert verdict(sms(number)) == HELD
    assert verdict(sms(f"{number[:-1]}{(int(number[-1]) + 1) % 10}")) == {}


@pytest.mark.parametrize("first_two", ["00", "13", "20", "33", "60", "73", "79", "81"])
def test_a_number_of_no_district_in_use_is_no_routing_number(first_two: str) -> None:
    assert verdict(sms(_routing(first_two))) == {}


@pytest.mark.parametrize("body", ["glft card", "GLFT CARDS", "ZE11E", "SIX zero" + " one" * 13 + " seven"])
def test_letters_and_names_that_stand_for_others_are_read(body: str) -> None:
    assert verdict(sms(body)) == HELD


def test_a_body_beside_no_subject_is_read() -> None:
    assert verdict(email("Pay by Venmo", subject="")) == HELD | {"blank_subject": "stop"}
