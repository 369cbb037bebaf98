"""Times, lengths and counts as a person says them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lofty_tools.rendering import ago, clock_time, count, duration, moment

_NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
_DENVER = ZoneInfo("America/Denver")
_NEW_YORK = ZoneInfo("America/New_York")
_TOKYO = ZoneInfo("Asia/Tokyo")


def test_a_time_is_said_in_the_leads_zone_and_in_the_agents_where_the_clocks_differ() -> None:
    at = datetime(2026, 11, 17, 17, 2, tzinfo=UTC)
    assert moment(at, now=_NOW, zone=_DENVER, other=_NEW_YORK) == "Tue Nov 17, 10:02 AM MST = 12:02 PM EST (1 h ago)"
    assert moment(at, now=_NOW, zone=_NEW_YORK, other=_NEW_YORK) == "Tue Nov 17, 12:02 PM EST (1 h ago)"


def test_another_day_at_the_other_end_is_named() -> None:
    at = datetime(2026, 11, 17, 18, 0, tzinfo=UTC)
    assert clock_time(at, now=_NOW, zone=_NEW_YORK, other=_TOKYO) == "Tue Nov 17, 1:00 PM EST = Wed 3:00 AM JST"


def test_midnight_noon_and_another_year_are_said_plainly() -> None:
    midnight = datetime(2025, 12, 31, 5, 0, tzinfo=UTC)
    assert clock_time(midnight, now=_NOW, zone=_NEW_YORK) == "Wed Dec 31 2025, 12:00 AM EST"
    assert clock_time(midnight + timedelta(hours=12), now=_NOW, zone=_NEW_YORK) == "Wed Dec 31 2025, 12:00 PM EST"


def test_an_unknown_time_is_said_to_be_unknown() -> None:
    assert moment(None, now=_NOW, zone=_DENVER) == "time unknown"


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=14), "2 weeks ago"),
        (timedelta(days=56), "8 weeks ago"),
        (timedelta(days=57), "2 months ago"),
        (timedelta(days=364), "12 months ago"),
        (timedelta(days=365), "1 year ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(past: timedelta, said: str) -> None:
    assert ago(past) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 16, 20, 0, tzinfo=UTC), "23 h ago"),
        (datetime(2026, 11, 16, 18, 59, tzinfo=UTC), "1 day ago"),
        (datetime(2026, 11, 15, 22, 0, tzinfo=UTC), "2 days ago"),
        (datetime(2026, 11, 15, 4, 0, tzinfo=UTC), "3 days ago"),
        (datetime(2026, 11, 19, 1, 0, tzinfo=UTC), "in 1 day"),
    ],
)
def test_days_are_counted_by_the_midnights_of_the_place(at: datetime, said: str) -> None:
    assert moment(at, now=_NOW, zone=_DENVER).endswith(f"({said})")


def test_lengths_and_counts_are_said_as_people_do() -> None:
    assert [duration(seconds) for seconds in (0, 45, 605, 3600, 3720, -3)] == [
        "0 s",
        "45 s",
        "10 min 5 s",
        "1 h",
        "1 h 2 min",
        "0 s",
    ]
    assert [count(1, "lead"), count(5000, "lead")] == ["1 lead", "5,000 leads"]
