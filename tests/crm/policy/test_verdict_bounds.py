from lofty_crm.policy.verdict import Finding, Weight


def test_a_finding_is_told_from_another_by_its_code_and_what_it_is_about() -> None:
    assert Finding("links", Weight.HELD, "One.").key == "links"
    assert Finding("links", Weight.HELD, "One.", about="a.example").key == "links:a.example"
