import pytest
from hypothesis import given
from hypothesis import strategies as st

from lofty_crm.policy.segments import segment
from tests.crm.policy.cases import finding, sms, verdict


@pytest.mark.parametrize(("length", "count"), [(1, 1), (160, 1), (161, 2), (306, 2), (307, 3)])
def test_gsm_text_is_cut_at_160_and_then_153(length: int, count: int) -> None:
    """D36"""
    cost = segment("a" * length)
    assert (cost.encoding, cost.count, cost.units, cost.forced_by) == ("GSM-7", count, length, ())


@pytest.mark.parametrize(("length", "count"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_other_text_is_cut_at_70_and_then_67(length: int, count: int) -> None:
    """D36"""
    cost = segment("Ж" * length)
    assert (cost.encoding, cost.count, cost.units, cost.forced_by) == ("UCS-2", count, length, ("Ж",))


def test_a_euro_sign_counts_twice_and_is_not_split() -> None:
    """D36"""
    assert segment("€").units == 2
    assert segment("a" * 152 + "€" + "a" * 152).count == 3
    assert segment("a" * 151 + "€" + "a" * 153).count == 2


def test_an_emoji_is_not_split() -> None:
    """D36"""
    cost = segment("Ж" * 66 + "🏡" + "Ж" * 66)
    assert (cost.units, cost.count) == (134, 3)


def test_the_characters_that_force_the_shorter_segments_are_named_once_each() -> None:
    """D36"""
    assert segment("“Hi” 🏡 “you”").forced_by == ("“", "”", "🏡")
    assert "“ ” 🏡" in finding(sms("“Hi” 🏡 “you”"), "segments").text


def test_accents_of_the_gsm_alphabet_do_not_force_anything() -> None:
    assert segment("¿Qué? ÑÜß @ £5 {a}^[b]~|\\").encoding == "GSM-7"
    assert segment("á").encoding == "UCS-2"


@given(st.text(min_size=1, max_size=400))
def test_segments_hold_what_they_must(words: str) -> None:
    cost = segment(words)
    single, joined = (160, 153) if cost.encoding == "GSM-7" else (70, 67)
    assert (cost.count == 1) == (cost.units <= single)
    assert cost.count == 1 or cost.units <= cost.count * joined


def test_the_cost_of_a_text_is_information_and_emails_have_none() -> None:
    assert finding(sms("Hi"), "segments").text == "1 segment (GSM-7, 2 units)."
    assert finding(sms("a" * 200), "segments").text == "2 segments (GSM-7, 200 units)."
    assert verdict(sms("Hi")) == {}
