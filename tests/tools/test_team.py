"""The inbox of a team of 5,000 leads: all of it is read, within the rate limit of Lofty's smallest tier."""

import pytest

from tests.bench.crowd import LEADS, WEEKS, Week, asked, crowded

pytestmark = pytest.mark.anyio

QUIET, USUAL, BUSY = WEEKS
A_MINUTE = 100
"""Requests a minute of Lofty's development tier; a tenth is kept for sends."""


@pytest.mark.parametrize(("week", "searches"), [(QUIET, 1), (USUAL, 8), (BUSY, 25)], ids=["quiet", "usual", "busy"])
async def test_it_takes_a_search_for_each_thousand_rows_and_two_reads_for_each_lead_shown(
    week: Week, searches: int
) -> None:
    found = await asked(week, rate_limit=A_MINUTE)
    assert (found.searches, found.others) == (searches, 2 * 10)
    assert found.requests <= A_MINUTE // 2
    assert found.whole
    assert found.shown + found.more == week.texts // 10


async def test_the_account_has_as_many_leads_as_is_said() -> None:
    sandbox, rows = crowded(QUIET, rate_limit=A_MINUTE)
    assert len(sandbox.world.data.leads) == LEADS
    assert rows == 190


async def test_a_small_budget_ends_the_reading_early_and_says_so() -> None:
    found = await asked(USUAL, rate_limit=6)
    assert found.searches < 8
    assert found.shown == 10
    assert not found.whole
