"""Letters that pass for others. Source: Unicode Technical Standard 39, 5.1, as of November 2026."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from lofty_crm.api.models import Channel
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.folding import LOOKALIKES
from lofty_crm.policy.verdict import Finding, Weight

_MIXABLE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "MATHEMATICAL", "FULLWIDTH"})
_WORD = re.compile(r"[^\W\d_\u03bc\u03a9]+")  # the signs of micro and ohm apart


def lookalike_letters(facts: Facts) -> Iterable[Finding]:
    """Hold words that mix scripts, or are made of foreign letters to read as Latin.

    Source: see the module.
    """
    written = f"{facts.subject or ''} {facts.body}"
    if written.isascii():
        return
    words = _WORD.findall(written)
    foreign = any(_scripts(word) & _MIXABLE and not set(word) <= LOOKALIKES.keys() for word in words)
    for word in words:
        scripts = _scripts(word)
        mixed = "LATIN" in scripts and scripts & _MIXABLE
        posing = len(word) > 1 and not foreign and set(word) <= LOOKALIKES.keys()
        if mixed or posing or scripts & {"MATHEMATICAL"}:
            yield Finding(
                "lookalike_letters",
                Weight.HELD,
                f"The word {excerpt(word, 40)} holds letters that look like others ({_foreign_letters(word)}).",
                "Write it in letters of one script.",
            )
            return


def lookalike_address(facts: Facts) -> Iterable[Finding]:
    """Hold an email to an address with letters beyond ASCII, or a domain in punycode, and show what it really is.

    Source: see the module.
    """
    if facts.channel is not Channel.EMAIL or facts.destination is None:
        return
    local, _, domain = facts.destination.value.rpartition("@")
    if (local + domain).isascii() and "xn--" not in domain.lower():
        return
    shown = excerpt(facts.destination.value)
    yield Finding(
        "lookalike_address",
        Weight.HELD,
        f"The address {shown} is not in plain letters; its domain is {excerpt(_ascii(domain))}.",
        "A person should compare the address letter by letter.",
    )


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ascii(domain)[1:-1]


def _foreign_letters(word: str) -> str:
    letters = dict.fromkeys(letter for letter in word if _script(letter) in _MIXABLE)
    return ", ".join(f"U+{ord(letter):04X} {unicodedata.name(letter).lower()}" for letter in list(letters)[:3])


def _scripts(word: str) -> set[str]:
    return {_script(letter) for letter in word}


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
