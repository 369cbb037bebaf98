"""What an opt-out that is only a part of the words comes to."""

import pytest

from lofty_crm.api.models import Origin
from lofty_crm.policy.facts import Said
from tests.crm.policy.cases import KNOWN, finding, sms, text, verdict

PARTLY = "Mark asked to be removed"


@pytest.mark.parametrize(
    ("day", "expected"), [(10, {}), (11, {"resembles_opt_out": "held"}), (None, {"resembles_opt_out": "held"})]
)
def test_a_start_answers_what_was_asked_in_part_before_it(day: int | None, expected: dict[str, str]) -> None:
    assert verdict(sms(texts=(*KNOWN, text("START", day=11), text(PARTLY, day=day)))) == expected


def test_words_of_120_characters_are_quoted_whole_and_longer_ones_in_part() -> None:
    whole = "x" * 93 + ". Please remove me from it."
    texts = [finding(sms(said=(Said("note", said),)), "opt_out_like_note").text for said in (whole, f"x{whole}")]
    assert len(whole) == 120
    assert texts == [
        f'A note about the lead may ask to be left alone: "{whole}".',
        'A note about the lead may ask to be left alone: "Please remove me from it.".',
    ]


def test_what_an_acceptance_is_about_does_not_change_between_versions() -> None:
    said = (Said("note", "DNC"), Said("note", "Wants to be removed \ud800"))
    assert finding(sms(said=said), "opt_out_like_note").key == "opt_out_like_note:670bd2261b0a"


def test_what_to_do_about_words_that_could_not_be_read_is_said() -> None:
    found = finding(sms(unread=("transcript", "log", "other_number")), "elsewhere_unread")
    assert found.text == (
        "The lead's transcripts, logged calls and texts and number in other leads' records could not be read, "
        "so a wish to be left alone may stand there."
    )
    assert found.advice == "Look there in Lofty, or try again later."
    one = finding(sms(unread=("note",)), "elsewhere_unread")
    assert one.text == "The lead's notes could not be read, so a wish to be left alone may stand there."


@pytest.mark.parametrize(
    ("origin", "day", "weight"),
    [("manual", 12, ""), ("auto", 12, "held"), ("logged", 12, "stop"), ("auto", 10, "stop"), ("auto", None, "stop")],
)
def test_a_start_of_which_nobody_says_whose_it_is_leaves_it_to_a_person(
    origin: Origin, day: int | None, weight: str
) -> None:
    history = (*KNOWN, text("STOP", day=11), text("START", day=day, origin=origin))
    assert verdict(sms(texts=history)) == ({"opted_out": weight} if weight else {})
    if weight == "held":
        found = finding(sms(texts=history), "opted_out")
        assert found.text == (
            'The lead asked by text to be left alone on Wed Nov 11: "STOP". '
            "Lofty does not say whether a later START was the lead's own."
        )
        assert found.advice == "A person should look at the conversation in Lofty."
