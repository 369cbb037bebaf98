"""Characters that a reader does not see but a machine does.

The list is explicit: several of them (Hangul fillers, the Braille blank) are printable letters to Unicode, so no test
of a general category finds them all. Sources: Unicode's Default_Ignorable_Code_Point and Bidi_Control properties, the
control codes, blanks that render as nothing, and private-use characters, which render as anything.
"""

import re
import unicodedata
from dataclasses import dataclass

_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff"
    r"\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_EMOJI = (
    r"[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    r"\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_STYLED_EMOJI = rf"{_EMOJI}[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
_JOINING_LETTER = (  # Arabic, Syriac, N'Ko; the scripts of India and Sri Lanka; Myanmar; Khmer
    r"[\u0620-\u07ff\u0860-\u08ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u0900-\u0dff\u1000-\u109f\u1780-\u17b3"
    r"\u17b6-\u17d3\u1cd0-\u1cff\ua8e0-\ua8ff]"
)


def _flag(region: str) -> str:
    return "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"


_WHERE_THEY_BELONG = "|".join(
    (
        r"[0-9#*]\ufe0f\u20e3",
        *(_flag(region) for region in ("gbeng", "gbsct", "gbwls")),
        rf"{_STYLED_EMOJI}(?:\u200d{_STYLED_EMOJI})*",
        rf"{_JOINING_LETTER}[\u200c\u200d](?![\u200c\u200d])",
    )
)
_SUSPECT = re.compile(f"[{_HIDDEN}]")
_SCAN = re.compile(f"({_WHERE_THEY_BELONG})|[{_HIDDEN}]")


@dataclass(frozen=True)
class HiddenCharacter:
    """One character that does not show."""

    position: int
    """Where it stands, counted in characters from 0."""
    code_point: str
    """As `U+200B`."""
    name: str


def hidden(text: str) -> tuple[HiddenCharacter, ...]:
    """Return the characters of `text` that do not show, in their order.

    Joiners and variation selectors inside emoji, and joiners after letters of scripts that need them, are not hidden.
    """
    if not _SUSPECT.search(text):
        return ()
    return tuple(
        HiddenCharacter(found.start(), f"U+{ord(found[0]):04X}", _name(found[0]))
        for found in _SCAN.finditer(text)
        if not found[1]
    )


def without_hidden(text: str) -> tuple[str, int]:
    """Return `text` without its hidden characters, and how many there were."""
    if not _SUSPECT.search(text):
        return text, 0
    shown = _SCAN.sub(r"\1", text)
    return shown, len(text) - len(shown)


def _name(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":
            return "control character"
        case "Cs":
            return "lone surrogate"
        case _:
            return unicodedata.name(character, "unassigned invisible character").lower()
