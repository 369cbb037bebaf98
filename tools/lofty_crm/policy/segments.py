"""How a text is cut into segments on its way through the carriers (3GPP TS 23.038 and 23.040)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Segments:
    """What a text costs."""

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    units: int
    """Septets in GSM-7, 16-bit units in UCS-2."""
    forced_by: tuple[str, ...]
    """The characters that GSM-7 lacks, each once, in order; empty in GSM-7."""


def segment(text: str) -> Segments:
    """Count the segments of a text: 160 or 153 units of GSM-7 each, 70 or 67 of UCS-2.

    A character that takes two units is never split between two segments.
    """
    forced_by = tuple(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENDED))
    if forced_by:
        widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
        return Segments("UCS-2", _count(widths, single=70, joined=67), sum(widths), forced_by)
    widths = [2 if character in _EXTENDED else 1 for character in text]
    return Segments("GSM-7", _count(widths, single=160, joined=153), sum(widths), ())


def _count(widths: Iterable[int], *, single: int, joined: int) -> int:
    count, filled, total = 1, 0, 0
    for width in widths:
        total += width
        if filled + width > joined:
            count, filled = count + 1, 0
        filled += width
    return 1 if total <= single else count
