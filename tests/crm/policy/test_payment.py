import pytest

from tests.crm.policy.cases import email, finding, sms, verdict

HELD = {"payment_or_identity_data": "held"}


@pytest.mark.parametrize(
    "body",
    [
        "Wire the earnest money to routing 021000021",
        "Please buy two gift cards for the closing",
        "Send it in Bitcoin",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "What is your social security number?",
        "My SSN is 219-09-9999",
        "It is 219 09 9999",
        "2 1 9 0 9 9 9 9 9",
        "card 4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "3782 822463 10005",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "four one one one 1111 1111 1111",
        "four one one one one one one one one one one one one one one one",
        "GB82 WEST 1234 5698 7654 32",
        "021000021",
        "ABA no. 0210",
        "Pay me by Venmo",
        "The wiring instructions have changed",
        "Tell me your date of birth",
    ],
)
def test_payment_and_identity_data_are_held(body: str) -> None:
    """D41"""
    assert verdict(sms(body)) == HELD
    assert verdict(email(body)) == HELD


@pytest.mark.parametrize(
    "body",
    [
        "g i f t  c a r d s please",
        "w.i.r.e t.r.a.n.s.f.e.r",
        "g1ft c@rds please",
        "r0uting numb3r",
        "ro uting num ber",
        "b i t c o i n",
        "B1tc0in",
        "gift\u200b card",
        "４１１１ １１１１ １１１１ １１１１",  # noqa: RUF001 -- full width
        "٤١١١ ١١١١ ١١١١ ١١١١",  # noqa: RUF001 -- Arabic
    ],
)
def test_disguises_do_not_help(body: str) -> None:
    """D41"""
    assert verdict(sms(body))["payment_or_identity_data"] == "held"


def test_look_alike_letters_do_not_help() -> None:
    assert verdict(sms("gift саrds")) == HELD | {"lookalike_letters": "held"}  # noqa: RUF001 -- Cyrillic


def test_a_subject_is_read_too() -> None:
    assert verdict(email(subject="New wire instructions")) == HELD


@pytest.mark.parametrize(
    "body",
    [
        "Call me at 303-555-0101 or 720 555 0102.",
        "The MLS number is 123456789",
        "Listed at $1,250,000, taxes 2025: $4,111",
        "1111 Main St, Denver CO 80202-1234, open 11/17/2026 1 to 4",
        "Earnest money is due on Friday at the title company",
        "The wire fence needs work; the gift basket is yours",
        "4111 1111 1111 1112",
        "000-12-3456 and 666-12-3456 and 912-12-3456 and 219-00-9999 and 219-09-0000",
        "GB82 WEST 1234 5698 7654 33",
        "1 2 3 go",
        "two or three, one at a time",
        "400000000",
        "",
    ],
)
def test_ordinary_numbers_and_words_pass(body: str) -> None:
    assert "payment_or_identity_data" not in verdict(sms(body))


def test_the_finding_names_the_kind_and_never_repeats_the_number() -> None:
    text = finding(sms("It is 219-09-9999"), "payment_or_identity_data").text
    assert text == 'The message speaks of payment or identity data: "a social security number".'
