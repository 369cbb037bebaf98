"""How the hour is told, and in which zone the next one is given."""

from datetime import UTC, datetime, time

import pytest

from lofty_crm.policy.quiet_hours import hours, next_allowed
from lofty_crm.policy.zones import places
from tests.crm.policy.cases import TUESDAY_NOON, finding, lead, sms


@pytest.mark.parametrize(
    ("hour", "minute", "told"), [(6, 59, "Tue Nov 17, 11:59 PM MST"), (7, 5, "Wed Nov 18, 12:05 AM MST")]
)
def test_midnight_is_twelve(hour: int, minute: int, told: str) -> None:
    found = finding(sms(now=datetime(2026, 11, 18, hour, minute, tzinfo=UTC)), "quiet_hours")
    assert found.text.startswith(f"It is {told} where")


@pytest.mark.parametrize("at", [TUESDAY_NOON, TUESDAY_NOON.replace(hour=10)])
def test_the_next_allowed_time_is_given_in_utc(at: datetime) -> None:
    following = next_allowed(places(lead()), at)
    assert following
    assert following.tzinfo is UTC


def test_a_saturday_has_hours_of_its_own_where_a_law_sets_them() -> None:
    place = places(lead(state="RI"))[0]
    assert [hours(place, day) for day in (4, 5, 6)] == [(time(9), time(18)), (time(10), time(17)), None]
