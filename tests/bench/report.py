"""The figures as a table and as a picture."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tests.bench.measure import Row, Spread

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_WIDTH, _LINE, _LABELS, _BAR = 860, 26, 430, 300
_COLOURS = {"good": "#2a7f62", "bad": "#b5473c", "plain": "#4a6fa5"}


def table(sections: dict[str, Sequence[Row]]) -> str:
    """Return the figures as Markdown, one table a section."""
    lines: list[str] = []
    for title, rows in sections.items():
        lines += [f"### {title}", "", "| what | ours | beside it | ratio | goal |", "| --- | --- | --- | --- | --- |"]
        lines += [*(_line(row) for row in rows), "", ""]
    return "\n".join(lines)


def missed(sections: dict[str, Sequence[Row]]) -> list[Row]:
    """Return the figures that are over their goal."""
    return [row for rows in sections.values() for row in rows if row.share is not None and row.share > 1]


def save(sections: dict[str, Sequence[Row]], note: str, *, order: Sequence[str]) -> None:
    """Put the figures into docs/performance.md; sections that were not measured now stay as they stand there.

    The picture beside it is drawn anew once all that has a goal was measured.
    """
    page = DOCS / "performance.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    figures, _, after = rest.partition(END)
    standing = {block.partition("\n")[0]: f"### {block}" for block in figures.split("### ")[1:]}
    kept = {title: block for title, block in standing.items() if title not in sections}
    tables = kept | {title: table({title: rows}) for title, rows in sections.items()}
    if kept:
        note += f" In an earlier run: {', '.join(title for title in order if title in kept)}."
    shown = "".join(tables[title] for title in order if title in tables)
    page.write_text(f"{before}{BEGIN}\n{note}\n\n{shown}{END}{after}", encoding="utf-8")
    if not any("at most" in block for block in kept.values()):
        (DOCS / "performance.svg").write_text(picture(sections), encoding="utf-8")


def picture(sections: dict[str, Sequence[Row]]) -> str:
    """Draw each figure that has a goal as the part of it that is used up."""
    rows = [row for section in sections.values() for row in section if row.share is not None]
    longest = min(4.0, max(1.25, *(row.share or 0 for row in rows)))
    height = _LINE * (len(rows) + 2) + 20
    goal_x = _LABELS + _BAR / longest
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            'font-family="system-ui, sans-serif" font-size="13">'
        ),
        "<title>Each figure as a part of what is allowed</title>",
        (
            "<style>text{fill:#1f2328}line{stroke:#1f2328}"
            "@media (prefers-color-scheme:dark){text{fill:#e6edf3}line{stroke:#e6edf3}}</style>"
        ),
        f'<text x="{goal_x:.0f}" y="18" text-anchor="middle">goal</text>',
    ]
    for index, row in enumerate(rows):
        y = _LINE * (index + 1) + 8
        share = row.share or 0
        drawn = _BAR * min(share, longest) / longest
        colour = _COLOURS["good" if share <= 1 else "bad"]
        parts.append(f'<text x="{_LABELS - 10}" y="{y + 13}" text-anchor="end">{escape(_plain(row.what))}</text>')
        parts.append(f'<rect x="{_LABELS}" y="{y}" width="{drawn:.1f}" height="17" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{_LABELS + drawn + 6:.1f}" y="{y + 13}">{escape(_goal(row, short=True))}</text>')
    bottom = _LINE * (len(rows) + 1) + 8
    parts.append(f'<line x1="{goal_x:.1f}" y1="24" x2="{goal_x:.1f}" y2="{bottom}" stroke-dasharray="3 3"/>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _line(row: Row) -> str:
    beside = f"{_spread(row.beside, row.unit)} ({row.against})" if row.beside else ""
    ratio = _ratio(row.ratio) if row.ratio else ""
    return f"| {row.what} | {_spread(row.ours, row.unit)} | {beside} | {ratio} | {_goal(row)} |"


def _goal(row: Row, *, short: bool = False) -> str:
    if row.goal is None or row.share is None:
        return ""
    allowed = f"{row.goal:g}x" if row.goal_is_ratio else f"{_number(row.goal)} {row.unit}"
    if short:
        is_ = f"{row.measured:.2f}x" if row.goal_is_ratio else _number(row.measured)
        return f"{is_} of {allowed}"
    return f"at most {allowed}: {'reached' if row.share <= 1 else 'missed'}"


def _spread(values: Spread, unit: str) -> str:
    if values.low == values.high:
        return f"{_number(values.median)} {unit}"
    return f"{_number(values.median)} {unit} ({_number(values.low)} to {_number(values.high)})"


def _ratio(values: Spread) -> str:
    if values.low == values.high:
        return f"{values.median:.2f}"
    return f"{values.median:.2f} ({values.low:.2f} to {values.high:.2f})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _plain(text: str) -> str:
    return text.replace("`", "")
