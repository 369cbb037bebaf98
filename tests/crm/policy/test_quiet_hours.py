from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.api.models import Lead
from lofty_crm.policy.quiet_hours import hours, is_open, next_allowed, windows
from lofty_crm.policy.zones import Place, nationwide, places
from tests.crm.policy.cases import TUESDAY_NOON, email, finding, lead, sms, verdict

EASTERN = ZoneInfo("America/New_York")
SUMMER, WINTER = datetime(2026, 7, 14, tzinfo=EASTERN), datetime(2026, 11, 17, tzinfo=EASTERN)


def _held(who: Lead, now: datetime) -> bool:
    return verdict(sms(to=who, now=now)).get("quiet_hours") == "held"


def _open_minutes(who: Lead, day: datetime) -> list[str]:
    """The first and the last open half hour of a day, by the clock of `day`."""
    local = [day.replace(hour=n // 2, minute=n % 2 * 30) for n in range(48)]
    opened = [each for each in local if not _held(who, each.astimezone(UTC))]
    return [f"{each:%H:%M}" for each in (opened[0], opened[-1])]


@pytest.mark.parametrize(
    ("hour", "minute", "held"), [(7, 59, True), (8, 0, False), (19, 59, False), (20, 0, True), (20, 1, True)]
)
def test_texts_are_held_before_eight_and_from_eight_in_the_evening(*, hour: int, minute: int, held: bool) -> None:
    """D80"""
    at_the_place = datetime(2026, 11, 17, hour, minute, tzinfo=ZoneInfo("America/Denver"))
    assert _held(lead(), at_the_place.astimezone(UTC)) is held


def test_the_next_legal_time_is_shown() -> None:
    """D80"""
    found = finding(sms(now=datetime(2026, 11, 18, 3, 1, tzinfo=UTC)), "quiet_hours")
    assert (
        found.text
        == "It is Tue Nov 17, 8:01 PM MST where the lead's address is (CO), outside the hours for texts there."
    )
    assert found.advice == "The next allowed time is Wed Nov 18, 8:00 AM MST."


def test_an_address_in_california_and_a_number_of_new_york_must_both_be_open() -> None:
    """D81"""
    who = lead("+12125550101", state="CA")
    assert _open_minutes(who, SUMMER) == ["11:00", "19:30"]
    evening = finding(sms(to=who, now=datetime(2026, 7, 15, 0, 30, tzinfo=UTC)), "quiet_hours")
    assert evening.text.startswith("It is Tue Jul 14, 8:30 PM EDT where the lead's number is (NY)")


@pytest.mark.parametrize("number", ["+18005550101", "+15555550101", "12"])
def test_a_lead_of_no_known_zone_gets_the_hours_that_suit_all_fifty_states(number: str) -> None:
    """D82"""
    assert _open_minutes(lead(number, state=None), SUMMER) == ["14:00", "19:30"]
    assert _open_minutes(lead(number, state=None), WINTER) == ["13:00", "19:30"]
    early = finding(sms(to=lead(number, state=None), now=SUMMER.replace(hour=9).astimezone(UTC)), "quiet_hours")
    assert "the lead's place is unknown" in early.text


def test_an_address_alone_gives_a_zone() -> None:
    """D82"""
    assert _open_minutes(lead("+18005550101"), SUMMER) == ["10:00", "21:30"]


@pytest.mark.parametrize(("number", "first"), [("+12195550101", "09:00"), ("+12705550101", "11:00")])
def test_a_number_of_a_split_state_waits_for_its_central_half(number: str, first: str) -> None:
    assert _open_minutes(lead(number, state=None), WINTER) == [first, "19:30"]


def test_the_lead_s_other_numbers_count_as_well() -> None:
    assert _open_minutes(lead("+13035550101", "+12125550101"), WINTER) == ["10:00", "19:30"]


def test_without_a_record_the_number_alone_counts() -> None:
    facts = sms(to=lead("+12125550101"), now=WINTER.replace(hour=8).astimezone(UTC))
    assert "quiet_hours" not in verdict(sms(lead=None, destination=facts.destination, now=facts.now))
    assert "quiet_hours" in verdict(sms(lead=None, destination=None, now=facts.now))


def test_emails_keep_no_hours() -> None:
    assert "quiet_hours" not in verdict(email(now=datetime(2026, 11, 18, 8, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("state", "sunday", "weekday"),
    [
        ("TX", ("12:00", "20:00"), ("09:00", "20:00")),
        ("CT", ("09:00", "20:00"), ("09:00", "20:00")),
        ("RI", None, ("09:00", "18:00")),
        ("MS", None, ("08:00", "20:00")),
        ("FL", ("08:00", "20:00"), ("08:00", "20:00")),
        ("CO", ("08:00", "20:00"), ("08:00", "20:00")),
    ],
)
def test_a_state_s_law_narrows_the_hours(state: str, sunday: tuple[str, str] | None, weekday: tuple[str, str]) -> None:
    place = places(lead(state=state))[0]
    shown = [span and tuple(f"{edge:%H:%M}" for edge in span) for span in (hours(place, 6), hours(place, 1))]
    assert shown == [sunday, weekday]


def test_a_day_that_a_law_closes_is_passed_over() -> None:
    saturday_night = datetime(2026, 11, 22, 3, tzinfo=UTC)
    where = places(lead("+14015550101", state="RI"))
    assert next_allowed(where, saturday_night) == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert not is_open(where, datetime(2026, 11, 22, 17, tzinfo=UTC))


def test_the_clocks_going_forward_move_the_opening() -> None:
    before, after = (next_allowed(places(lead()), datetime(2026, 3, day, 6, tzinfo=UTC)) for day in (7, 8))
    assert before == datetime(2026, 3, 7, 15, tzinfo=UTC)
    assert after == datetime(2026, 3, 8, 14, tzinfo=UTC)


def test_places_that_are_never_open_together_have_no_next_time() -> None:
    apart = [Place(ZoneInfo(name), None, "number") for name in ("Pacific/Fiji", "Europe/London")]
    assert next_allowed(apart, TUESDAY_NOON) is None
    found = finding(sms(to=lead("+6793212345", "+442079460000", state=None)), "quiet_hours")
    assert found.advice == "No hour of the week suits."
    assert "where the lead's number is, outside" in found.text


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- the strategy adds the zone
def test_the_next_allowed_moment_is_open_and_none_before_it_is(at: datetime) -> None:
    where = (*nationwide(), *places(lead(state="TX")))
    following = next_allowed(where, at)
    assert following is not None
    assert following >= at
    assert is_open(where, following)
    assert following == at or not is_open(where, following - timedelta(seconds=1))


def test_each_row_of_the_law_names_its_source() -> None:
    assert {window.region for window in windows()} >= {"US", "FL", "OK", "WA", "MD", "TX"}
    assert all(len(window.days) == 7 and window.source and window.checked for window in windows())
    assert {window.texts for window in windows()} == {"yes", "unsure"}
