"""What does not show is found; what people write in their languages is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.policy.characters import HiddenCharacter, hidden, without_hidden

_NEVER_SHOWN = (
    "\u200b\u2060\ufeff\u00ad\u202e\u2066\u200e\u200f\u061c\U000e0041\u3164\uffa0\u115f\u1160\u2800\u034f\U000e0100"
    "\u180e\u2028\u2029\u2063\ufe00\x00\x07\x0b\x0d\x1b\x7f\x85\x9f\ud800\udfff\ufffe\U0001d173"
)


@pytest.mark.parametrize("character", _NEVER_SHOWN, ids=lambda character: f"U+{ord(character):04X}")
def test_a_character_that_never_shows_is_found_and_removed(character: str) -> None:
    text = f"Hi{character} Jane"
    assert [(found.position, found.code_point) for found in hidden(text)] == [(2, f"U+{ord(character):04X}")]
    assert without_hidden(text) == ("Hi Jane", 1)


def test_a_hidden_character_is_named() -> None:
    assert hidden("a\u200b\x1b\ud800") == (
        HiddenCharacter(1, "U+200B", "zero width space"),
        HiddenCharacter(2, "U+001B", "control character"),
        HiddenCharacter(3, "U+D800", "lone surrogate"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "See you at 3.\n\tBring the keys",
        "👨\u200d👩\u200d👧 and 👩🏽\u200d🔧 and 🏳\ufe0f\u200d🌈 and 🏴\u200d☠\ufe0f",
        "✈\ufe0f ☎\ufe0e 1\ufe0f\u20e3 #\ufe0f\u20e3 ©\ufe0f ❤\ufe0f\u200d🔥",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "¿Mañana a las 5? ¡Sí!",
        "مرحبا، متى نلتقي؟",
        "می\u200cخواهم این خانه را ببینم",  # noqa: RUF001 -- Persian
        "क्\u200dष और क्\u200cष",
        "അവന്\u200d",
        "ශ්\u200dරී ලංකා",
        "東京の家、한국어, ไทย",
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert hidden(text) == ()
    assert without_hidden(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200db", "ab"),
        ("a\ufe0fb", "ab"),
        ("5\ufe0f", "5"),
        ("👩\u200d", "👩"),
        ("👩\u200d\u200d👩", "👩👩"),
        ("✈\ufe0f\ufe0f", "✈\ufe0f"),
        ("م\u200c\u200cن", "من"),
        ("\U0001f3f4\U000e0068\U000e0069\U000e007f", "\U0001f3f4"),
    ],
)
def test_a_joiner_or_selector_out_of_place_is_hidden(text: str, shown: str) -> None:
    assert without_hidden(text)[0] == shown


@given(st.text(alphabet=st.sampled_from([*_NEVER_SHOWN, *"aم👩✈\u200d\u200c\ufe0f5\u20e3\U0001f3f4\U000e0067"])))
def test_every_hidden_character_is_counted_and_gone_afterwards(text: str) -> None:
    found = hidden(text)
    shown, removed = without_hidden(text)
    places = {each.position for each in found}
    assert removed == len(found)
    assert shown == "".join(character for place, character in enumerate(text) if place not in places)
    assert not set(shown) & set(_NEVER_SHOWN) - {"\U000e0067"}
