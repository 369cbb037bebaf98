import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lofty_crm.api.limiter import DEFAULT_LIMIT, WINDOW_S, Limiter


class HandClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def granted(limiter: Limiter, *, reserve: bool, most: int = 1000) -> int:
    """How many requests pass at one instant."""
    return next(count for count in range(most) if limiter.ask(reserve=reserve))


def taught(limit: int, remaining: int | None = None, reset: str | None = None) -> dict[str, str]:
    headers = {"x-ratelimit-limit": str(limit)}
    if remaining is not None:
        headers["x-ratelimit-remaining"] = str(remaining)
    if reset is not None:
        headers["x-ratelimit-reset"] = reset
    return headers


def test_a_hundred_requests_pass_in_a_minute_and_reads_leave_ten_of_them_to_writes(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    assert granted(limiter, reserve=False) == 90
    assert granted(limiter, reserve=True) == DEFAULT_LIMIT - 90


def test_two_limiters_on_one_file_share_one_budget(clock: HandClock, tmp_path: Path) -> None:
    """D73"""
    one, two = (Limiter("a", clock, tmp_path / "limits.db") for _ in range(2))
    passed = [one.ask(reserve=False) == 0 for _ in range(50)] + [two.ask(reserve=False) == 0 for _ in range(50)]
    assert sum(passed) == 90
    assert passed == [True] * 90 + [False] * 10
    assert one.ask(reserve=True) == 0


def test_what_one_process_learns_holds_for_the_other(clock: HandClock, tmp_path: Path) -> None:
    one, two = (Limiter("a", clock, tmp_path / "limits.db") for _ in range(2))
    one.learn(taught(10))
    assert granted(two, reserve=True) == 10
    assert one.ask(reserve=True) > 0
    one.block(30)
    clock.advance(25)
    assert two.ask(reserve=True) > 0


def test_what_is_spare_is_what_no_process_has_used_and_lofty_has_left(clock: HandClock, tmp_path: Path) -> None:
    one, two = (Limiter("a", clock, tmp_path / "limits.db") for _ in range(2))
    assert two.spare() == 1
    assert [one.ask(reserve=True) for _ in range(25)] == [0] * 25
    assert two.spare() == 0.75
    one.learn(taught(100, remaining=40, reset="30"))
    assert two.spare() == 0.4
    clock.advance(31)
    assert two.spare() == 0.75
    one.block(10)
    assert two.spare() == 0
    clock.advance(30)
    assert two.spare() == 1


def test_a_file_that_is_busy_leaves_nothing_to_spare(clock: HandClock, tmp_path: Path) -> None:
    limiter = Limiter("a", clock, tmp_path / "limits.db")
    assert limiter.ask(reserve=False) == 0
    with sqlite3.connect(tmp_path / "limits.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert limiter.spare() == 0
        other.execute("ROLLBACK")
    other.close()


def test_accounts_in_one_file_do_not_share(clock: HandClock, tmp_path: Path) -> None:
    one, two = (Limiter(account, clock, tmp_path / "limits.db") for account in "ab")
    one.learn(taught(10))
    one.block(60)
    assert granted(two, reserve=True) == DEFAULT_LIMIT


def test_the_wait_given_is_exactly_long_enough(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    limiter.learn(taught(10))
    for _ in range(9):
        assert limiter.ask(reserve=False) == 0
        clock.advance(1)
    wait = limiter.ask(reserve=False)
    assert wait == WINDOW_S - 9
    clock.advance(wait - 0.001)
    assert limiter.ask(reserve=False) > 0
    clock.advance(0.001)
    assert limiter.ask(reserve=False) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.lists(st.tuples(st.floats(0, 20), st.booleans(), st.booleans()), max_size=120))
def test_no_minute_ever_holds_more_requests_than_allowed(limit: int, steps: list[tuple[float, bool, bool]]) -> None:
    clock = HandClock()
    limiter = Limiter("a", clock)
    limiter.learn(taught(limit))
    passed: list[datetime] = []
    for pause_s, reserve, wait_first in steps:
        clock.advance(pause_s)
        wait = limiter.ask(reserve=reserve)
        if wait and wait_first:
            clock.advance(wait)
            wait = limiter.ask(reserve=reserve)
        if not wait:
            passed.append(clock.now())
    for moment in passed:
        within = [other for other in passed if timedelta(0) <= moment - other < timedelta(seconds=WINDOW_S)]
        assert len(within) <= limit


def test_lofty_s_count_holds_where_it_is_lower_than_ours(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    limiter.learn(taught(100, 12, "20"))
    assert granted(limiter, reserve=False) == 2
    assert granted(limiter, reserve=True) == 10
    assert limiter.ask(reserve=True) == 20
    clock.advance(20)
    assert limiter.ask(reserve=True) == 0


def test_an_answer_that_was_overtaken_does_not_raise_the_count_again(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    limiter.learn(taught(100, 11, "20"))
    limiter.learn(taught(100, 90, "20"))
    assert granted(limiter, reserve=False) == 1


@pytest.mark.parametrize("reset", [None, "junk", "-5", "0"])
def test_a_count_without_a_time_is_not_believed(clock: HandClock, reset: str | None) -> None:
    limiter = Limiter("a", clock)
    limiter.learn(taught(100, 0, reset))
    assert limiter.ask(reserve=False) == 0


@pytest.mark.parametrize("reset", ["21000", "9e9", "99999999999999"])
def test_no_reset_blocks_for_more_than_a_minute(clock: HandClock, reset: str) -> None:
    limiter = Limiter("a", clock)
    limiter.learn(taught(100, 0, reset))
    assert limiter.ask(reserve=True) == 60
    clock.advance(60)
    assert limiter.ask(reserve=True) == 0


@pytest.mark.parametrize("value", ["-1", "abc", "", "1e3", "٣", "9" * 30])
def test_a_header_of_junk_teaches_nothing(clock: HandClock, value: str) -> None:
    limiter = Limiter("a", clock)
    limiter.learn({"x-ratelimit-limit": value, "x-ratelimit-remaining": value})
    assert granted(limiter, reserve=True) == DEFAULT_LIMIT
    assert limiter.limits is None


def test_a_limit_of_zero_is_not_believed(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    limiter.learn(taught(0))
    assert limiter.ask(reserve=True) == 0


def test_a_clock_that_is_set_back_does_not_stop_the_server(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    assert granted(limiter, reserve=True) == DEFAULT_LIMIT
    limiter.block(60)
    clock.advance(-86_400)
    wait = limiter.ask(reserve=True)
    assert 0 < wait <= 60
    clock.advance(86_400 + 61)
    assert limiter.ask(reserve=True) == 0


def test_a_file_that_another_process_holds_costs_a_short_wait_and_no_error(clock: HandClock, tmp_path: Path) -> None:
    path = tmp_path / "limits.db"
    limiter = Limiter("a", clock, path)
    assert limiter.ask(reserve=True) == 0
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert 0 < limiter.ask(reserve=True) < 1
    limiter.learn(taught(10))
    limiter.block(30)
    holder.execute("ROLLBACK")
    holder.close()
    assert limiter.ask(reserve=True) > 1


@pytest.mark.parametrize("spoil", ["junk", "folder"])
def test_a_file_that_cannot_be_used_is_replaced_by_memory(clock: HandClock, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "limits.db"
    if spoil == "junk":
        path.write_bytes(b"this is no database " * 500)
    else:
        path.mkdir()
    limiter = Limiter("a", clock, path)
    assert granted(limiter, reserve=True) == DEFAULT_LIMIT


def test_what_lofty_said_last_can_be_shown(clock: HandClock) -> None:
    limiter = Limiter("a", clock)
    assert limiter.limits is None
    limiter.learn(taught(20, 3, "9"))
    assert limiter.limits is not None
    assert (limiter.limits.limit, limiter.limits.remaining, limiter.limits.reset_s) == (20, 3, 9)
