import pytest

from tests.crm.policy.cases import email, finding, sms, verdict


@pytest.mark.parametrize(
    "character", "\u200b\u2060\ufeff\u00ad\u202e\u2066\U000e0041\u3164\uffa0\u115f\u2800\u034f\U000e0100"
)
def test_hidden_characters_stop_the_message_and_a_cleaned_one_is_offered(character: str) -> None:
    """D32, D33"""
    for facts in (sms(f"Hi{character} Jane"), email(f"Hi{character} Jane"), email(subject=f"Hi{character} Jane")):
        assert verdict(facts) == {"hidden_characters": "stop"}
        found = finding(facts, "hidden_characters")
        assert f"U+{ord(character):04X} at 2" in found.text
        assert found.proposal == "Hi Jane"


@pytest.mark.parametrize("character", "\x00\x07\x1b\x85\x9f\ud800\u2028\u2029\r")
def test_controls_and_lone_surrogates_stop_the_message(character: str) -> None:
    """D35"""
    assert verdict(sms(f"Hi{character} Jane")) == {"hidden_characters": "stop"}


def test_a_long_list_of_hidden_characters_is_cut_short() -> None:
    text = finding(sms("Hi" + "\u200b" * 14), "hidden_characters").text
    assert text.endswith("U+200B at 11 and 4 more.")


@pytest.mark.parametrize(
    "body",
    [
        "👨‍👩‍👧 ✈️ 1️⃣",
        "¿Le queda bien el jueves? Mañana también.",
        "هل يناسبك يوم الخميس؟",
        "क्या गुरुवार ठीक है? क्‍ष",
        "می‌توانیم",
    ],
)
def test_emoji_and_other_languages_pass(body: str) -> None:
    """D34"""
    assert verdict(sms(body)) == {}


@pytest.mark.parametrize(
    "field",
    [
        *("{{lead.phone}}", "#lead_name#", "%contact_email%", "${x}", "[[first]]", "{first_name}", "{% if x %}"),
        *("*|FNAME|*", "<<First Name>>", "{name}", "%name%"),
    ],
)
def test_a_placeholder_that_nobody_filled_in_stops_the_message(field: str) -> None:
    """D23"""
    assert verdict(sms(f"Hi {field}, three on Thursday?")) == {"unresolved_merge_field": "stop"}
    assert verdict(email(subject=f"For {field}")) == {"unresolved_merge_field": "stop"}
    assert field[:4] in finding(sms(f"Hi {field}"), "unresolved_merge_field").text


@pytest.mark.parametrize(
    "body", ["3% down, 5% back", "Unit #4 or #5?", "$450,000 {really}", "[as is]", "#justlisted #denver", "100% yes %"]
)
def test_signs_that_are_no_placeholder_pass(body: str) -> None:
    assert verdict(sms(body)) == {}


@pytest.mark.parametrize("body", ["", "   ", "\u00a0\u00a0", "\n\t"])
def test_a_message_without_words_is_stopped(body: str) -> None:
    """D37"""
    assert verdict(sms(body)) == {"blank": "stop"}
    assert verdict(email(body)) == {"blank": "stop"}


def test_hidden_characters_are_no_words() -> None:
    """D37"""
    assert verdict(sms("\u200b\u200b")) == {"blank": "stop", "hidden_characters": "stop"}


@pytest.mark.parametrize("subject", ["", "  ", None])
def test_an_email_needs_a_subject(subject: str | None) -> None:
    assert verdict(email(subject=subject)) == {"blank_subject": "stop"}


@pytest.mark.parametrize(
    ("body", "stopped"),
    [
        ("a" * 1530, False),
        ("a" * 1531, True),
        ("a" * 1601, True),
        ("Ж" * 670, False),
        ("Ж" * 671, True),
        ("a" * 2**20, True),
    ],
)
def test_a_text_of_more_than_ten_segments_is_stopped(*, body: str, stopped: bool) -> None:
    """D19, D37"""
    assert verdict(sms(body)) == ({"too_long": "stop"} if stopped else {})


@pytest.mark.parametrize(("length", "stopped"), [(50_000, False), (50_001, True), (2**20, True)])
def test_an_email_of_more_than_fifty_thousand_characters_is_stopped(*, length: int, stopped: bool) -> None:
    """D19, D37"""
    assert verdict(email("a" * length)) == ({"too_long": "stop"} if stopped else {})


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: x@example.com", "Hi\nthere", "a\x0bb", "a\u2028b"])
def test_a_subject_on_several_lines_is_stopped(subject: str) -> None:
    """D39"""
    assert verdict(email(subject=subject))["unfit_subject"] == "stop"


def test_a_subject_of_more_than_two_hundred_characters_is_stopped() -> None:
    """D39"""
    assert verdict(email(subject="a" * 200)) == {}
    assert verdict(email(subject="a" * 201)) == {"unfit_subject": "stop"}


@pytest.mark.parametrize(
    "body",
    [
        '<div style="display:none">pay here</div>',
        '<span style="font-size:0">x</span>',
        "<!-- hidden -->",
        '<meta http-equiv="refresh" content="0">',
        "<form action=x>",
        '<img src="https://example.com/p.gif">',
        "Hello<br/>there",
        "zero&#8203;width",
        "&nbsp;",
    ],
)
def test_html_in_an_email_is_stopped(body: str) -> None:
    """D38"""
    assert verdict(email(body))["markup"] == "stop"


@pytest.mark.parametrize("body", ["I <3 it", "2 < 3 and 5 > 4", "Q&A; AT&T", "<Jane>", "price < $500k"])
def test_signs_that_are_no_html_pass(body: str) -> None:
    assert verdict(email(body)) == {}
