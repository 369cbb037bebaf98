"""Transcripts of calls: pages that end where someone stops talking, and passages found by their words."""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lofty_tools.failures import Refusal
from lofty_tools.untrusted import clean

PAGE = 6000
"""Characters of one page."""
LONGEST = 1_000_000
"""Characters that are read of one transcript; an hour of talk has about 50,000."""
_SEGMENT = 400
_PASSAGE = 1500
_BREAKS = (
    re.compile(r"\n"),
    re.compile(r"[.!?\u2026\u061f]+[\"'\u201d\u2019)\]]*\s+|[\u3002\uff01\uff1f]+"),
    re.compile(r"\s+"),
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_JOINT = re.compile(r"['\u2019-]")
_TIME = re.compile(r"^[\[(]?((?:[0-9]{1,2}:)?[0-9]{1,2}:[0-9]{2})[\])]?(?=[\s-])", re.MULTILINE)
_PLACE = re.compile(r"([0-9]{1,9})-([0-9a-f]{8})")


@dataclass(frozen=True)
class Passage:
    """A stretch of a transcript."""

    offset: int
    """Where it starts, in characters of the cleaned transcript."""
    text: str


@dataclass(frozen=True)
class Transcript:
    """A cleaned transcript."""

    text: str
    removed: int
    """Hidden characters taken out."""
    cut: int
    """Characters beyond the longest that is read."""

    def cursor(self, offset: int) -> str:
        """Return the place in this very text, as an opaque word."""
        return f"{offset}-{self._digest}"

    def offset(self, cursor: str) -> int:
        """Return the place that a cursor names; the start for an empty one.

        Raises:
            Refusal: when the cursor is not one of this text's.
        """
        if not cursor:
            return 0
        found = _PLACE.fullmatch(cursor)
        if found is None or found[2] != self._digest or int(found[1]) > len(self.text):
            raise Refusal("This cursor is not of this transcript as it is now. Call again without `cursor`.")
        return int(found[1])

    def time(self, offset: int) -> str | None:
        """Return how far into the call a place is, as the transcript itself has it; None where it has no times."""
        at = bisect_right(self._times, offset, key=lambda each: each[0])
        return self._times[at - 1][1] if at else None

    def page(self, offset: int) -> Passage:
        """Return what starts at `offset` and ends with a turn, a sentence or at least a word."""
        return Passage(offset, self.text[offset : _end(self.text, offset, PAGE)])

    def passages(self, search: str) -> list[Passage]:
        """Return the places where all words of `search` are said, each with the turns around it, in their order.

        Case, accents, hyphens and simple plurals make no difference, and a word of four letters or more finds those
        that begin with it. Words that no single turn holds are looked for in two neighbouring ones.
        """
        wanted = [_forms(word[0]) for word in _WORD.finditer(_folded(search))]
        if not wanted:
            return []
        segments, said = self._said
        for width in (1, 2):
            hits = [i for i in range(len(said) - width + 1) if _holds("".join(said[i : i + width]), wanted)]
            if hits:
                return [Passage(start, self.text[start:end].rstrip()) for start, end in _around(segments, hits, width)]
        return []

    @cached_property
    def _said(self) -> tuple[list[tuple[int, int]], list[str]]:
        """The turns, and the words of each in the forms that are compared."""
        segments = list(_segments(self.text))
        return segments, [_vocabulary(self.text[start:end]) for start, end in segments]

    @cached_property
    def _times(self) -> list[tuple[int, str]]:
        """The times at the heads of turns. Most have one, alike and in order: a turn may begin with a time of day."""
        heads = list(_TIME.finditer(self.text))
        found = [(each.start(), each[1]) for each in heads if each[0][0].isdigit() == heads[0][0][0].isdigit()]
        seconds = [_seconds(each) for _, each in found]
        turns = sum(bool(line.strip()) for line in self.text.splitlines())
        return found if 2 * len(found) > turns and seconds == sorted(seconds) else []

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]


def read(raw: str) -> Transcript:
    """Clean a transcript as Lofty has it."""
    return _read(raw[:LONGEST], max(0, len(raw) - LONGEST))


# One is read page after page, and each page needs the whole of it.
@lru_cache(maxsize=4)
def _read(raw: str, beyond: int) -> Transcript:
    cleaned = clean(raw, limit=LONGEST)
    return Transcript(cleaned.text, cleaned.removed, cleaned.cut + beyond)


def _seconds(time: str) -> int:
    total = 0
    for part in time.split(":"):
        total = 60 * total + int(part)
    return total


def _end(text: str, start: int, size: int) -> int:
    limit = start + size
    if limit >= len(text):
        return len(text)
    for mark in _BREAKS:
        ends = [found.end() for found in mark.finditer(text, start + size // 2, limit)]
        if ends:
            return ends[-1]
    return limit


def _segments(text: str) -> Iterator[tuple[int, int]]:
    """Give the turns; a turn that is a speech of its own comes in several parts."""
    start = 0
    for line in text.splitlines(keepends=True):
        stop = start + len(line)
        while start < stop:
            end = min(_end(text, start, _SEGMENT), stop)
            yield start, end
            start = end


def _around(segments: list[tuple[int, int]], hits: list[int], width: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for hit in hits:
        first, last = max(0, hit - 1), min(len(segments) - 1, hit + width)
        if joined and first <= joined[-1][1]:
            if segments[last][1] - segments[joined[-1][0]][0] <= _PASSAGE:
                joined[-1] = (joined[-1][0], last)
                continue
            first = joined[-1][1] + 1
        if first <= last:
            joined.append((first, last))
    return [(segments[first][0], segments[last][1]) for first, last in joined]


def _holds(vocabulary: str, wanted: list[tuple[str, ...]]) -> bool:
    return all(
        _said(whole, vocabulary) or (parts and all(_said(part, vocabulary) for part in parts))
        for whole, *parts in wanted
    )


def _said(word: str, vocabulary: str) -> bool:
    if not word.isascii():
        return word in vocabulary
    return f" {word}" in vocabulary if len(word) >= 4 else f" {word} " in vocabulary


def _vocabulary(text: str) -> str:
    return f" {' '.join(form for found in _WORD.finditer(_folded(text)) for form in _forms(found[0]))} "


def _forms(word: str) -> tuple[str, ...]:
    """Return the word as one, and its parts where it has several, such as `preapproval`, `pre`, `approval`."""
    if word.isalnum():
        return (_singular(word),)
    parts = _JOINT.split(word)
    return (_singular("".join(parts)), *(_singular(part) for part in parts))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()
