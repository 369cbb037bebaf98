import re
import sys
import tomllib
from datetime import date, timedelta
from importlib import resources

from hypothesis import given, settings
from hypothesis import strategies as st

from lofty_crm.api.models import PhoneStatus
from lofty_crm.policy.characters import hidden
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import OtherLead, SendHistory
from lofty_crm.policy.review import POLICY_VERSION, RULES, review
from lofty_crm.policy.verdict import Weight
from tests.crm.policy.cases import TUESDAY_NOON, email, lead, sms, text, verdict


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
    assert date.fromisoformat(POLICY_VERSION.partition(".")[0]) >= data["as_of"]


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


_STOPPED_OR_HELD = (
    sms(to=lead(cannot_text=True, stage="DNC", cannot_email=True, unsubscribed=True)),
    email(to=lead(cannot_text=True, cannot_email=True, unsubscribed=True)),
    *(sms(to=lead(status=status)) for status in PhoneStatus),
    sms(destination=None),
    sms(texts=None),
    sms(texts=(text("STOP"), text("please don't text me so late, stop."), text(None))),
    sms(""),
    email("", subject=""),
    sms("x" * 2000),
    email("x", subject="a\nb" + "c" * 300),
    sms("Wire it, {{x}}\u200b http://10.0.0.1 https://xn--80ak6aa92e.example, p\u0430ypal"),
    sms("See bit.ly/3xYz"),
    sms("See https://a.example@b.example"),
    sms("javascript:alert(1)"),
    sms("See [example.com](https://evil.example/)"),
    email("<b>Hi</b>"),
    email(to=lead(emails=("jane@ex\u0430mple.com",))),
    sms(history=SendHistory(to_lead_24h=3, in_hour=20, in_day=100, near_duplicates=10, same_words_24h=1)),
    sms(now=TUESDAY_NOON + timedelta(hours=10)),
    sms("Jane's lease ends May 31", other_leads=(OtherLead("7", "Jane Roe", words=("it ends May 31",)),)),
)


def test_what_stops_or_holds_a_message_says_what_would_make_it_go() -> None:
    found = {each for facts in _STOPPED_OR_HELD for each in review(facts) if each.weight in {Weight.STOP, Weight.HELD}}
    assert len({each.code for each in found}) >= 30
    assert [each for each in found if not each.advice.endswith(".")] == []
