"""What says where a lead may be."""

from lofty_crm.policy.zones import places


def test_a_number_abroad_speaks_as_a_number_and_none_without_a_zone() -> None:
    assert [(place.zone.key, place.by) for place in places(None, "+442079460000")] == [("Europe/London", "number")]
    assert places(None, "+8001234") == ()
    assert places(None, "+99912345678") == ()
