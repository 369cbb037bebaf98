from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.api.times import MAX_WAIT_S, parse_time, reset_s, retry_wait_s
from tests.crm.api.clients import calm

NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1777000000000, datetime(2026, 4, 24, 3, 6, 40, tzinfo=UTC)),
        ("1777000000000", datetime(2026, 4, 24, 3, 6, 40, tzinfo=UTC)),
        (1777000000, datetime(2026, 4, 24, 3, 6, 40, tzinfo=UTC)),
        ("2026-04-22 10:15:00", datetime(2026, 4, 22, 10, 15, tzinfo=UTC)),
        ("2026-06-17T16:50:40GMT", datetime(2026, 6, 17, 16, 50, 40, tzinfo=UTC)),
        ("2026-03-19T10:30:00-07:00", datetime(2026, 3, 19, 17, 30, tzinfo=UTC)),
        ("2026-06-10T05:51:02.165+00:00", datetime(2026, 6, 10, 5, 51, 2, 165000, tzinfo=UTC)),
        ("2026-05-06T14:32:00Z", datetime(2026, 5, 6, 14, 32, tzinfo=UTC)),
        ("Jun 5, 2001", datetime(2001, 6, 5, tzinfo=UTC)),
        ("  2026-05-06T14:32:00Z ", datetime(2026, 5, 6, 14, 32, tzinfo=UTC)),
    ],
)
def test_every_format_that_lofty_writes_is_read_as_utc(value: object, expected: datetime) -> None:
    moment = parse_time(value)
    assert moment == expected
    assert moment is not None
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value", [None, "", "N/A", "soon", -1, 0, "-1", True, [], {}, 10**30, 10**400, float("inf"), float("nan"), "9" * 40]
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert parse_time(value) is None


@calm
@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_no_value_at_all_breaks_the_parser(value: object) -> None:
    moment = parse_time(value)
    assert moment is None or moment.utcoffset() == timedelta(0)


@calm
@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn apart
    st.integers(-14 * 60, 14 * 60),
)
def test_an_offset_never_changes_the_moment(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=9), usegmt=True)}, 9),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=9), usegmt=True)}, 0),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 21)}, 21),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() * 1000) + 21_000)}, 21),
        ({"x-ratelimit-reset": "21000"}, MAX_WAIT_S),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "9e9"}, MAX_WAIT_S),
        ({"retry-after": "abc", "x-ratelimit-reset": "5"}, 5),
        ({"retry-after": "abc"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, MAX_WAIT_S),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_all_its_forms_and_kept_within_a_minute(
    headers: dict[str, str], wait_s: float | None
) -> None:
    assert retry_wait_s(headers, NOW) == wait_s


def test_retry_after_counts_before_the_reset_of_the_rate_limit() -> None:
    assert retry_wait_s({"retry-after": "3", "x-ratelimit-reset": "40"}, NOW) == 3


@calm
@given(st.text())
def test_no_header_at_all_breaks_the_reading_of_waits(value: str) -> None:
    for wait in (retry_wait_s({"retry-after": value}, NOW), reset_s({"x-ratelimit-reset": value}, NOW)):
        assert wait is None or 0 <= wait <= MAX_WAIT_S
