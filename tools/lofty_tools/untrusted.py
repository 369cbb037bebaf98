"""Words of third parties (leads, agents, Lofty's AI) as data: seen whole or announced as cut, and inert."""

import html
import re
from dataclasses import dataclass

from lofty_crm.policy.characters import without_hidden
from lofty_tools.rendering import count

_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_ENTITY_ROUNDS = 5
_LINE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INERT = (
    (re.compile(r"<(?=[A-Za-z/!?])"), "< "),
    (re.compile(r"(\][(:]\s*(?:< )?[A-Za-z][A-Za-z0-9+.-]*:(?://)?)(?=\S)"), r"\1 "),
    (re.compile(r"!(?=\[)"), "! "),
    (re.compile(r"\](?=[(\[:])"), "] "),
)


@dataclass(frozen=True)
class Cleaned:
    """A text that is safe to show."""

    text: str
    removed: int = 0
    """Hidden characters taken out."""
    cut: int = 0
    """Characters left out at the end."""

    @property
    def remarks(self) -> str:
        """What was done to it, for the line above the quote; empty when nothing was."""
        said: list[str] = []
        if self.cut:
            said.append(f"{count(self.cut, 'more character')} left out")
        if self.removed:
            said.append(f"{count(self.removed, 'hidden character')} removed")
        return "; ".join(said)

    def shortened(self, limit: int) -> "Cleaned":
        """Return the same text in at most `limit` characters and an ellipsis."""
        whole = self.text.removesuffix("…") if self.cut else self.text
        if len(whole) <= limit:
            return self
        kept = _clipped(whole, limit)
        return Cleaned(f"{kept}…", self.removed, self.cut + len(whole) - len(kept))


def clean(text: str, *, limit: int) -> Cleaned:
    """Make a third party's text safe to show, in at most `limit` characters and an ellipsis.

    Hidden characters go, those that HTML entities spell included; Markdown links and images and HTML tags are broken
    up, so that no reader's program fetches or links what they point at.
    """
    shown, removed = without_hidden(_LINE_BREAK.sub("\n", text))
    window = 4 * limit + 1000
    decoded, beyond = shown[:window], max(0, len(shown) - window)
    for _ in range(_ENTITY_ROUNDS):
        plain, more = without_hidden(_LINE_BREAK.sub("\n", _ENTITY.sub(lambda found: html.unescape(found[0]), decoded)))
        removed += more
        if plain == decoded:
            break
        decoded = plain
    for pattern, replacement in _INERT:
        decoded = pattern.sub(replacement, decoded)
    whole = decoded.strip()
    kept = _clipped(whole, limit) if len(whole) > limit or beyond else whole
    cut = len(whole) - len(kept) + beyond
    return Cleaned(f"{kept}…" if cut else kept, removed, cut)


def one_line(text: str, *, limit: int = 120) -> str:
    """Return a third party's name, subject or file name, cleaned, on one line of at most `limit` characters."""
    folded = " ".join(clean(text, limit=4 * limit).text.split())
    return folded if len(folded) <= limit else f"{folded[: limit - 1].rstrip()}…"


def quote(text: Cleaned | str) -> str:
    """Fence a text: every line starts with `> `, so that nothing in it can pose as a line of ours."""
    shown = text.text if isinstance(text, Cleaned) else text
    return "\n".join(f"> {line}".rstrip() for line in shown.splitlines() or [""])


def quoted(label: str, text: Cleaned) -> str:
    """Return a quote under a line that says whose words they are and what was left out."""
    remarks = f" ({text.remarks})" if text.remarks else ""
    return f"{label}{remarks}:\n{quote(text)}"


def _clipped(text: str, limit: int) -> str:
    kept = text[:limit]
    space = kept.rfind(" ", max(0, limit - 24))
    return kept[: space if space > 0 else limit].rstrip()
