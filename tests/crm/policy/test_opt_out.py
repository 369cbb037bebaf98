from datetime import UTC, datetime

import pytest

from lofty_crm.policy.facts import Said
from lofty_crm.policy.opt_out_words import is_opt_out, is_resumption, resembles_opt_out
from tests.crm.policy.cases import KNOWN, TUESDAY_NOON, email, finding, sms, text, verdict

ASKED = [
    *("STOP", "stop.", " Unsubscribe ", "QUIT", "end", "REVOKE", "opt out", "OPTOUT", "cancel", "STOPALL", "ALTO"),
    *("please stop texting me", "no más", "NO MAS!", "Stop stop stop!!", "S T O P", "ＳＴＯＰ", "STOP 🛑", "opt-out"),  # noqa: RUF001 -- full width
    *(
        "We bought already. Please stop texting me, thanks",
        "Take me off your list",
        "Don't text me again",
        "Stop. Stop.",
    ),
    *("Remove me from your list please", "no me escriba más", "deje de mandar mensajes", "I want to unsubscribe"),
    *("no more texts", "please do not contact me anymore", "Stop messaging me", "st\u200bop", "Stop calling us!"),
    *("Hi I already bought so stop texting me please!", "Wrong number", "leave me alone", "remove", "lose my number"),
]
MAYBE = [
    *("please don't text me at work", "Client asked us not to text", "opted out in March", "Yes. Stop."),
    *("stop texting me at work, use email", "Do you have the wrong number?", "She wants to be removed"),
]
NOT_ASKED = [
    *(
        "Can you stop by at 5?",
        "cancel the 3pm and move to 4",
        "at the end of May",
        "Hi, stop by, thanks",
        "",
        "thanks",
    ),
    *("I don't call that cheap", "Para mañana está bien", "End of the day works", "Is the bus stop near?", "👍", "..."),
    *("Liked “Alex here. Reply STOP to opt out.”", 'Emphasized "STOP"', "Reacted 👍 to “Unsubscribe”"),
]


@pytest.mark.parametrize("words", ASKED)
def test_a_text_that_asks_to_be_left_alone_stops_texts_though_no_flag_is_set(words: str) -> None:
    """D78"""
    history = (*KNOWN, text(words))
    assert verdict(sms(texts=history)) == {"opted_out": "stop"}
    assert verdict(email(texts=history)) == {"opted_out": "held"}


@pytest.mark.parametrize("words", MAYBE)
def test_words_that_may_ask_for_it_are_held_and_quoted(words: str) -> None:
    history = (*KNOWN, text(words))
    assert verdict(sms(texts=history)) == {"resembles_opt_out": "held"}
    assert words in finding(sms(texts=history), "resembles_opt_out").text


def test_a_reaction_with_a_wish_behind_it_is_a_wish() -> None:
    words = "Liked \u201cSee you Thursday\u201d. Stop texting me"
    assert resembles_opt_out(words)
    assert verdict(sms(texts=(*KNOWN, text(words)))) != {}


@pytest.mark.parametrize("words", NOT_ASKED)
def test_ordinary_words_are_no_opt_out(words: str) -> None:
    """D79"""
    assert not is_opt_out(words)
    assert not resembles_opt_out(words)
    assert verdict(sms(texts=(*KNOWN, text(words)))) == {}


def test_the_request_is_quoted_with_its_day() -> None:
    found = finding(sms(texts=(*KNOWN, text("Stop!"))), "opted_out")
    assert found.text == 'The lead asked by text to be left alone on Tue Nov 10: "Stop!".'
    later = datetime(2027, 1, 5, 19, 0, tzinfo=UTC)
    assert "on Tue Nov 10, 2026:" in finding(sms(texts=(*KNOWN, text("Stop!")), now=later), "opted_out").text
    assert finding(sms(texts=(*KNOWN, text("Stop!", day=None))), "opted_out").text.endswith('alone: "Stop!".')


def test_an_outbound_stop_is_nobody_s_request() -> None:
    assert verdict(sms(texts=(*KNOWN, text("STOP", outbound=True), text("Reply STOP to opt out", outbound=True)))) == {}


@pytest.mark.parametrize("word", ["START", "start.", " Unstop ", "opt in", "OPTIN"])
def test_a_later_start_takes_it_back_whatever_the_order_of_the_list(word: str) -> None:
    stop, start = text("STOP", day=10), text(word, day=11)
    assert verdict(sms(texts=(*KNOWN, start, stop))) == {}
    assert verdict(sms(texts=(*KNOWN, stop, start))) == {}


@pytest.mark.parametrize(
    ("stop_day", "start_day", "origin", "word"),
    [
        (11, 10, "manual", "START"),
        (10, 10, "manual", "START"),
        (None, 12, "manual", "START"),
        (10, None, "manual", "START"),
        (10, 12, "logged", "START"),
        (10, 12, "manual", "YES"),
        (10, 12, "manual", "Start the search please"),
    ],
)
def test_nothing_else_takes_it_back(stop_day: int | None, start_day: int | None, origin: str, word: str) -> None:
    """D94"""
    origins = {"manual": text(word, day=start_day), "logged": text(word, day=start_day, origin="logged")}
    assert verdict(sms(texts=(*KNOWN, origins[origin], text("STOP", day=stop_day))))["opted_out"] == "stop"


def test_an_unstop_sent_by_the_agent_takes_nothing_back() -> None:
    assert verdict(sms(texts=(*KNOWN, text("START", day=12, outbound=True), text("STOP", day=11)))) == {
        "opted_out": "stop"
    }
    assert is_resumption("START")


def test_a_history_that_could_not_be_read_stops_texts() -> None:
    assert verdict(sms(texts=None)) == {"history_unread": "stop"}
    assert verdict(email(texts=None)) == {"history_unread": "warning"}


def test_a_text_without_words_is_held_as_it_may_be_anything() -> None:
    assert verdict(sms(texts=(*KNOWN, text(None)))) == {"words_unread": "held"}
    assert verdict(sms(texts=(*KNOWN, text(None, outbound=True), text("")))) == {}
    assert verdict(email(texts=(*KNOWN, text(None)))) == {}


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (Said("email", "Unsubscribe"), "An email of the lead's"),
        (Said("note", "She asked not to be contacted before spring"), "A note about the lead"),
        (Said("transcript", "so please do not call me any more, I have an agent"), "A call with the lead"),
        (Said("log", "Wants to be removed from the list"), "A logged call or text"),
        (Said("other_number", "STOP"), "Another lead with the same number"),
    ],
)
def test_a_request_made_elsewhere_holds_both_channels_and_is_quoted(said: Said, place: str) -> None:
    code = f"opt_out_like_{said.source}"
    for facts in (sms(said=(said,)), email(said=(said,))):
        assert verdict(facts) == {code: "held"}
        assert finding(facts, code).text == f'{place} may ask to be left alone: "{said.words}".'


def test_each_place_where_it_was_said_is_a_finding_of_its_own() -> None:
    said = (Said("note", "DNC"), Said("email", "Unsubscribe"), Said("note", "She is moving in May"))
    assert verdict(sms(said=said)) == {"opt_out_like_note": "held", "opt_out_like_email": "held"}
    keys = {finding(sms(said=each), "opt_out_like_note").key for each in (said, said[:1], (Said("note", "opted out"),))}
    assert len(keys) == 2


def test_of_long_words_the_sentence_that_tells_is_quoted() -> None:
    talk = "We spoke about the roof. " * 20 + "Alex: Sure.\nJane: Please take me off your list. Bye!"
    found = finding(sms(said=(Said("transcript", talk),)), "opt_out_like_transcript")
    assert found.text.endswith('"Jane: Please take me off your list.".')
    split = "So many words about nothing at all, " * 4 + "and she said: do not.\nText me again."
    assert finding(sms(said=(Said("transcript", split),)), "opt_out_like_transcript").text.startswith("A call with")


@pytest.mark.parametrize(
    "words",
    [
        "Prefers text, don't call.",
        "No calls please, texting is fine",
        "Do not call before nine",
        "Don\u2019t text during work, she is a nurse",
        "Never email her before noon",
        "Quit calling so often, she says",
    ],
)
def test_an_agent_s_note_on_calls_or_hours_asks_for_nothing(words: str) -> None:
    for source in ("note", "log"):
        assert verdict(sms(said=(Said(source, words),))) == {}
    assert verdict(sms(said=(Said("email", "Do not call me again"),))) == {"opt_out_like_email": "held"}


@pytest.mark.parametrize(
    "words",
    [
        "Do not call or text",
        "don't call/text her",
        "No calls. She asked not to be contacted.",
        "Never text before nine, and please remove me from the list",
        "Do not text",
    ],
)
def test_an_agent_s_note_on_more_than_calls_and_hours_counts(words: str) -> None:
    assert verdict(sms(said=(Said("note", words),))) == {"opt_out_like_note": "held"}


def test_what_could_not_be_read_elsewhere_is_said() -> None:
    for facts in (sms(unread=("note", "email")), email(unread=("note", "email"))):
        assert verdict(facts) == {"elsewhere_unread": "warning"}
        assert "The lead's emails and notes could not be read" in finding(facts, "elsewhere_unread").text


def test_what_was_said_before_a_start_no_longer_counts() -> None:
    before, after = (Said("note", "asked not to be texted", at) for at in (text("", day=9).at, text("", day=12).at))
    history = (*KNOWN, text("START", day=11))
    assert verdict(sms(texts=history, said=(before,))) == {}
    assert verdict(sms(texts=history, said=(after,))) == {"opt_out_like_note": "held"}


def test_words_that_deny_a_request_do_not_lift_it() -> None:
    """D48"""
    said = (Said("transcript", "Ignore the opt-out, she agreed on the phone", TUESDAY_NOON),)
    expected = {"opted_out": "stop", "opt_out_like_transcript": "held"}
    assert verdict(sms(texts=(*KNOWN, text("STOP")), said=said)) == expected


def test_several_requests_in_one_place_are_one_finding_that_counts_them() -> None:
    said = (Said("note", "no more texts"), Said("note", "DNC"), Said("note", "Thursday works"))
    assert finding(sms(said=said), "opt_out_like_note").text.endswith('"no more texts". 1 more like it.')
