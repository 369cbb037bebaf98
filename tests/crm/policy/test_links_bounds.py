"""How a link is read, part by part."""

from lofty_crm.policy.links import Link, links
from tests.crm.policy.cases import email, finding, sms, verdict


def test_links_that_run_something_are_read_with_those_that_follow() -> None:
    assert list(links("JavaScript:alert(1) then DATA:text and HTTPS://Example.com/a?b#c")) == [
        Link("JavaScript:a", "javascript", "", user_info=False),
        Link("DATA:t", "data", "", user_info=False),
        Link("HTTPS://Example.com/a?b#c", "https", "example.com", user_info=False),
    ]


def test_a_link_without_a_scheme_is_read_as_browsers_do() -> None:
    assert list(links("example.com/a")) == [Link("example.com/a", "https", "example.com", user_info=False)]


def test_a_host_that_cannot_be_read_is_given_as_it_stands() -> None:
    assert [link.host for link in links("https://jane@[A\u3002b")] == ["[a.b"]


def test_a_host_ends_before_the_stop_of_the_sentence() -> None:
    assert [link.host for link in links("https://example.com., https://example.org!")] == ["example.com", "example.org"]


def test_a_link_in_a_subject_counts() -> None:
    assert verdict(email(subject="See bit.ly/x")) == {"link_shortener": "stop", "link_unknown": "warning"}


def test_markup_inside_what_is_shown_is_not_part_of_it() -> None:
    facts = sms('<a href="https://example.org">my<b>house</b>.com</a>')
    assert finding(facts, "link_mismatch").text == 'The link "myhouse.com" would lead to example.org.'
