"""Reading words as a person would, whatever their letters are made of."""

import re
import unicodedata
from functools import lru_cache

from lofty_crm.policy.characters import without_hidden

LOOKALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԁһԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧανοικρτυχγ",
        "ABESIJKMHOPCTYXabesijkmhopctyxdhqwlABEZHIKMNOPTYXavoikptuxy",
        strict=True,
    )
)
"""Cyrillic and Greek letters that look like Latin ones (a selection of Unicode's confusables.txt)."""


@lru_cache(maxsize=512)
def fold(words: str) -> str:
    """Return words in lower case, without accents, punctuation and hidden characters, singly spaced."""
    plain = unicodedata.normalize("NFKD", without_hidden(words)[0]).casefold()
    kept = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]", " ", kept).split())


def unmask(words: str) -> str:
    """Return words with look-alike letters and styled or foreign digits replaced by plain Latin ones."""
    plain = unicodedata.normalize("NFKC", without_hidden(words)[0])
    return "".join(LOOKALIKES.get(c) or (str(unicodedata.digit(c)) if c.isdigit() else c) for c in plain)
