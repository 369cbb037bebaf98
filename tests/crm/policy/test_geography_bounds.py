import pytest

from lofty_crm.policy.geography import region_named


@pytest.mark.parametrize("named", ["New York", " new   york ", "N.Y.", "ny", "NY 10001", "New York, 10001-2345"])
def test_a_state_is_known_by_its_name_however_spaced(named: str) -> None:
    assert region_named(named) == "NY"
