"""Ids as strings: JSON clients lose integers beyond 2^53, and Lofty's go to 19 digits."""

import re
from typing import Annotated

from pydantic import BeforeValidator

MAX_INT64 = 2**63 - 1
_DECIMAL = re.compile(r"[1-9][0-9]{0,18}")
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def canonical_decimal(value: object) -> str:
    """Return a positive 64-bit decimal id as its canonical string.

    Raises:
        ValueError: for anything else, such as a float, a boolean, a sign, leading zeros or other digits than 0-9.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and _DECIMAL.fullmatch(text) and int(text) <= MAX_INT64:
        return text
    raise ValueError("must be a positive whole number of 1 to 19 digits, as a string")


def opaque_id(value: object) -> str:
    """Return a note or call id: digits in Lofty's reference, such as `note_abc123` in its guide.

    Raises:
        ValueError: for anything but letters, digits, `_` and `-`, at most 64 of them.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else value
    if isinstance(text, str) and _OPAQUE.fullmatch(text):
        return text
    raise ValueError("must be letters, digits, `_` and `-`, at most 64 of them")


DecimalId = Annotated[str, BeforeValidator(canonical_decimal)]
OpaqueId = Annotated[str, BeforeValidator(opaque_id)]
