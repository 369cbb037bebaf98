"""Whatever happens in whatever order, the invariants hold."""

from tests.promises.machine import examine


def test_no_order_of_events_breaks_an_invariant() -> None:
    """D67 I1 I2 I3 I4 I5 I6 I9"""
    assert examine(examples=35, steps=40) > 20
