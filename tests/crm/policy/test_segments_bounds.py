from lofty_crm.policy.segments import segment


def test_a_character_takes_two_units_from_the_first_beyond_the_basic_plane_on() -> None:
    assert [segment(character).units for character in ("\uffff", "\U00010000", "\U00010001")] == [1, 2, 2]
