import re
import sys
import tomllib
from datetime import date
from importlib import resources

from hypothesis import given, settings
from hypothesis import strategies as st

from lofty_crm.policy.characters import hidden
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.review import POLICY_VERSION, RULES, review
from lofty_crm.policy.verdict import Weight
from tests.crm.policy.cases import email, lead, sms, text, verdict


def test_a_plain_answer_to_a_lead_passes() -> None:
    assert verdict(sms()) == {}
    assert verdict(email()) == {}


def test_the_gravest_finding_comes_first() -> None:
    facts = sms("Venmo me, http://a.example, {{x}}", to=lead(cannot_text=True), namesakes=1)
    weights = [found.weight for found in review(facts)]
    assert weights == sorted(weights, key=list(Weight).index)
    assert set(weights) == set(Weight)
    assert review(facts) == review(facts)


def test_every_rule_is_registered_once_and_names_a_dated_source() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES)
    for rule in RULES:
        said = rule.__doc__ or ""
        elsewhere = sys.modules[rule.__module__].__doc__ or "" if "see the module" in said else ""
        assert re.search(r"20\d\d", said + elsewhere), rule


def test_the_version_is_a_date_no_older_than_the_data() -> None:
    data = tomllib.loads(resources.files("lofty_crm.policy").joinpath("windows.toml").read_text(encoding="utf-8"))
    assert date.fromisoformat(POLICY_VERSION) >= data["as_of"]


@settings(max_examples=300)
@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=80))
def test_no_words_break_a_rule_and_no_finding_carries_hidden_characters(body: str, subject: str, said: str) -> None:
    for facts in (sms(body, texts=(text(said),)), email(body, subject=subject, texts=(text(said),))):
        for found in review(facts):
            assert hidden(found.text + found.advice) == ()
            assert "\n" not in found.text


def test_an_excerpt_is_one_clean_short_line() -> None:
    assert excerpt('a\u200b "b"\n c') == "\"a 'b' c\""
    assert excerpt("x" * 100, 5) == '"xxxxx ..."'
