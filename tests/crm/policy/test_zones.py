from zoneinfo import ZoneInfo

import pytest

from lofty_crm.api.models import Lead
from lofty_crm.policy import geography
from lofty_crm.policy.zones import candidate_zones, likeliest_zone, nationwide, places
from tests.crm.policy.cases import lead


def _names(who: Lead | None, number: str | None = None) -> list[str]:
    return [zone.key for zone in candidate_zones(who, number)]


def _nobody(state: str | None = None, zip_code: str | None = None) -> Lead:
    return Lead(id="1", state=state, zip_code=zip_code)


@pytest.mark.parametrize("number", ["+12705550101", "+12195550101"])
def test_an_area_code_of_a_split_state_gives_both_of_its_zones(number: str) -> None:
    assert _names(None, number) == ["America/New_York", "America/Chicago"]


@pytest.mark.parametrize(
    "number",
    [
        "+18005550101",
        "+18885550101",
        "+15555550101",
        "+13035550",
        "+1303555010x",
        "5550101",
        "",
        "+15005550006",
        "+xyz",
    ],
)
def test_toll_free_unassigned_and_unreadable_numbers_give_no_zone(number: str) -> None:
    """D82"""
    assert _names(lead(number, state=None)) == []
    assert _names(lead(number, state="CO")) == ["America/Denver"]


def test_the_address_comes_before_the_numbers() -> None:
    """D81"""
    who = lead("+12125550101", "+18085550101", state="CA")
    assert _names(who) == ["America/Los_Angeles", "America/New_York", "Pacific/Honolulu"]
    assert _names(who, "+12125550101") == ["America/Los_Angeles", "America/New_York"]
    assert [(place.by, place.region) for place in places(who, "+12125550101")] == [("address", "CA"), ("number", "NY")]


@pytest.mark.parametrize(
    ("state", "zip_code", "zones"),
    [
        ("TN", "37201", ["America/Chicago"]),
        ("TN", "37902", ["America/New_York"]),
        ("TN", "37723", ["America/Chicago", "America/New_York"]),
        ("TN", "", ["America/Chicago", "America/New_York"]),
        ("FL", "32501", ["America/Chicago"]),
        ("FL", "32456", ["America/New_York", "America/Chicago"]),
        ("FL", "33101-1234", ["America/New_York"]),
        ("TX", "79901", ["America/Denver"]),
        ("TX", "77002", ["America/Chicago"]),
        ("ID", "83814", ["America/Los_Angeles"]),
        ("ID", "83702", ["America/Denver"]),
        ("CO", "80202", ["America/Denver"]),
        ("AZ", "85001", ["America/Phoenix"]),
        ("AZ", "86503", ["America/Phoenix", "America/Denver"]),
    ],
)
def test_a_zip_code_settles_the_zone_of_a_split_state_where_it_can(state: str, zip_code: str, zones: list[str]) -> None:
    assert _names(_nobody(state=state, zip_code=zip_code)) == zones


def test_a_zip_code_alone_gives_its_state() -> None:
    assert _names(_nobody(zip_code="96815")) == ["Pacific/Honolulu"]
    assert _names(_nobody(zip_code="00901")) == ["America/Puerto_Rico"]
    assert _names(_nobody(zip_code="ABCDE")) == []


def test_an_address_that_contradicts_itself_counts_as_both() -> None:
    assert _names(_nobody(state="NY", zip_code="90012")) == ["America/Los_Angeles", "America/New_York"]


@pytest.mark.parametrize("state", ["CO", "co", "Colorado", " colorado ", "C.O."])
def test_a_state_is_understood_by_code_and_by_name(state: str) -> None:
    assert _names(_nobody(state=state)) == ["America/Denver"]


def test_numbers_of_canada_and_abroad_have_zones_too() -> None:
    assert _names(None, "+14165550101") == ["America/Toronto", "America/Winnipeg"]
    assert _names(None, "+442079460000") == ["Europe/London"]
    assert _names(None, "+99999999999999") == []
    assert places(None, "+442079460000")[0].region is None


def test_nothing_known_gives_no_place() -> None:
    assert places(None) == ()
    assert candidate_zones(_nobody(state="Atlantis")) == ()


def test_every_zone_of_the_tables_exists() -> None:
    names = {name for _, _, zones in geography.REGIONS.values() for name in zones}
    assert {ZoneInfo(name).key for name in names} == names
    assert [place.zone.key for place in nationwide()] == list(geography.NATIONWIDE)


def test_every_area_code_belongs_to_one_state() -> None:
    shared = {"782", "902", "867"}  # Nova Scotia and Prince Edward Island; the three territories
    codes = [code for _, area_codes, _ in geography.REGIONS.values() for code in area_codes.split()]
    assert {code for code in codes if codes.count(code) > 1} == shared


def test_every_zip_prefix_belongs_to_one_state_and_settles_at_most_one_zone() -> None:
    for prefix in (f"{number:03}" for number in range(1000)):
        region = geography.region_of_zip(f"{prefix}01")
        if region:
            assert geography.zones_of(region, f"{prefix}01")[0] in geography.REGIONS[region][2]
    assert [
        geography.region_of_zip(zip_code) for zip_code in ("80202", "55401", "33950", "34001", "20101", "20001")
    ] == [*("CO", "MN", "FL", None, "VA", "DC")]


def test_the_likeliest_zone_is_the_first_or_else_the_one_that_is_given() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert likeliest_zone(lead("+13035550101"), tokyo).key == "America/Denver"
    assert [likeliest_zone(who, tokyo) for who in (None, _nobody())] == [tokyo, tokyo]
