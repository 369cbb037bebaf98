"""Every row of `docs/hostile-cases.md` is shown by a test."""

from tests.promises.rows import claims, rows


def test_each_row_has_an_id_of_its_own_in_order() -> None:
    named = rows()
    cases = [row for row in named if row.startswith("D")]
    invariants = [row for row in named if row.startswith("I")]
    assert cases == [f"D{number:02}" for number in range(1, len(cases) + 1)]
    assert invariants == [f"I{number}" for number in range(1, 12)]
    assert len(cases) >= 96


def test_no_row_is_without_a_test() -> None:
    shown = {row for row, _ in claims()}
    assert [row for row in rows() if row not in shown] == []


def test_no_test_names_a_row_that_is_not_there() -> None:
    known = set(rows())
    assert [test for row, test in claims() if row not in known] == []
