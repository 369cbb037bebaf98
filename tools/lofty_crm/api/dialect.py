"""Which of Lofty's two descriptions an account answers to."""

from enum import StrEnum


class Dialect(StrEnum):
    """Lofty's own reference, or its public communication guide; the two disagree on paths and shapes."""

    REFERENCE = "reference"
    GUIDE = "guide"
