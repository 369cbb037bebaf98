"""A destination is named by what it is, not by where it stands."""

from lofty_crm.api.models import Channel, Lead, Phone, PhoneStatus
from lofty_crm.policy.destinations import destinations, phone_label

_CELL = Phone(number="+16025550105", raw="6025550105", status=PhoneStatus.VALID)
_HOME = Phone(number="+16025550115", raw="(602) 555-0115", status=PhoneStatus.INVALID)


def test_phones_come_before_addresses_and_the_first_of_each_is_primary() -> None:
    lead = Lead(id="1", phones=(_CELL, _HOME), emails=("elena@example.com", "garcias@example.com"))
    assert [(d.channel, d.value, d.label, d.primary, d.status) for d in destinations(lead)] == [
        (Channel.SMS, "+16025550105", "+1 602 555 0105", True, PhoneStatus.VALID),
        (Channel.SMS, "+16025550115", "+1 602 555 0115", False, PhoneStatus.INVALID),
        (Channel.EMAIL, "elena@example.com", "elena@example.com", True, None),
        (Channel.EMAIL, "garcias@example.com", "garcias@example.com", False, None),
    ]


def test_an_id_stays_with_its_number_when_the_record_is_reordered() -> None:
    before = {d.value: d.id for d in destinations(Lead(id="1", phones=(_CELL, _HOME)))}
    after = {d.value: d.id for d in destinations(Lead(id="1", phones=(_HOME, _CELL), emails=("new@example.com",)))}
    assert before.items() <= after.items()
    assert len(set(after.values())) == 3


def test_an_id_shows_its_kind_and_nothing_of_the_value() -> None:
    phone, email = destinations(Lead(id="1", phones=(_CELL,), emails=("elena@example.com",)))
    assert (phone.id[:2], email.id[:2]) == ("p-", "e-")
    assert "555" not in phone.id[2:5]
    assert len(phone.id) == len(email.id) == 8


def test_the_same_value_twice_is_one_destination_and_blanks_are_none() -> None:
    blank = Phone(number=" ", raw="")
    lead = Lead(id="1", phones=(blank, _CELL, _HOME, _CELL), emails=("", "A@example.com", "a@example.com"))
    assert [(d.value, d.primary) for d in destinations(lead)] == [
        (_CELL.number, True),
        (_HOME.number, False),
        ("A@example.com", True),
    ]


def test_numbers_that_are_not_north_american_are_shown_as_they_are() -> None:
    assert phone_label("+442079460000") == "+442079460000"
    assert phone_label("12\u200b34") == "1234"
