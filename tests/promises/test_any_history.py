"""Whatever happens in whatever order, the invariants hold."""

from tests.promises.machine import examine


def test_no_order_of_events_breaks_an_invariant() -> None:
    """D67"""
    assert examine(examples=35, steps=40) > 20
