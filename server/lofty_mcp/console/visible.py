"""Words as a person can trust to have seen them: line by line, with what does not show made to show."""

import unicodedata
from dataclasses import dataclass

from lofty_crm.policy.characters import hidden

_BLANKS = {"\t": "→", "\u00a0": "⍽", "\u202f": "⍽", "\u2007": "⍽", "\r": "␍"}


@dataclass(frozen=True)
class Part:
    """A piece of a line: text as it is, or the sign for a character that does not show."""

    text: str
    name: str = ""
    """What the character is called; empty for plain text."""


Line = tuple[Part, ...]


def lines(text: str) -> list[Line]:
    """Return every line of `text`, with hidden characters, odd blanks and trailing spaces replaced by signs."""
    concealed = {each.position: (each.code_point, each.name) for each in hidden(text)}
    shown: list[Line] = []
    start = 0
    for line in text.split("\n"):
        bare = len(line.rstrip(" "))
        parts: list[Part] = []
        plain = ""
        for place, character in enumerate(line):
            sign = _sign(character, concealed.get(start + place), trailing=place >= bare)
            if sign is None:
                plain += character
                continue
            parts += [*([Part(plain)] if plain else []), sign]
            plain = ""
        shown.append((*parts, *([Part(plain)] if plain else [])))
        start += len(line) + 1
    return shown


def visible(text: str) -> str:
    """Return a text that can move no cursor and hide nothing: what does not show is named."""
    return "\n".join("".join(part.text for part in line) for line in lines(text))


def _sign(character: str, concealed: tuple[str, str] | None, *, trailing: bool) -> Part | None:
    if character in _BLANKS:
        name = "tab" if character == "\t" else "carriage return" if character == "\r" else unicodedata.name(character)
        return Part(_BLANKS[character], name.lower())
    if concealed:
        return Part(*concealed)
    return Part("·", "space at the end of the line") if trailing else None
