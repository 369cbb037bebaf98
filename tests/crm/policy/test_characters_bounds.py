"""Characters at the edges of what is known of them."""

from lofty_crm.policy.characters import hidden


def test_a_hidden_character_that_unicode_does_not_name_is_described() -> None:
    assert [found.name for found in hidden("\U000e0fff")] == ["unassigned invisible character"]
