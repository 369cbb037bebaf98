import pytest

from lofty_crm.api.phones import e164, split_e164


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("3035550101", "+13035550101"),
        ("13035550101", "+13035550101"),
        ("(303) 555-0101", "+13035550101"),
        ("+1 303.555.0101", "+13035550101"),
        ("8005550117", "+18005550117"),
        ("+442079460123", "+442079460123"),
        ("442079460123", "+442079460123"),
        ("+52 55 5550 0123", "+525555500123"),
        ("5550101", "5550101"),
        ("12", "12"),
        ("call me", "call me"),
    ],
)
def test_a_number_is_read_as_american_or_international_or_left_as_it_is(raw: str, expected: str) -> None:
    assert e164(raw) == expected


def test_a_number_is_split_as_lofty_wants_it() -> None:
    assert split_e164("+13035550101") == ("1", "3035550101")
    assert split_e164("+442079460123") == ("44", "2079460123")


@pytest.mark.parametrize("number", ["3035550101", "", "+", "+1", "abc", "+1303555010199999"])
def test_what_is_no_e164_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        split_e164(number)
