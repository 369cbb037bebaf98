from tests.crm.policy.cases import email, verdict


def test_what_stands_beyond_the_longest_message_is_not_judged() -> None:
    assert verdict(email("a" * 49_997 + "{{x}}")) == {"too_long": "stop"}
    assert verdict(email(subject="a" * 197 + "{{x}}")) == {"unfit_subject": "stop"}
    assert verdict(email(subject="a" * 196 + "{{x}}"))["unresolved_merge_field"] == "stop"
