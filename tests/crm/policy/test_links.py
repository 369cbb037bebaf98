import pytest

from lofty_crm.policy.facts import Sender
from lofty_crm.policy.links import links
from tests.crm.policy.cases import email, finding, sms, verdict

OURS = Sender(hosts=("example.com",))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("See https://bit.ly/3xYz", "link_shortener"),
        ("See bit.ly/3xYz", "link_shortener"),
        ("See HTTPS://TinyURL.com/abc.", "link_shortener"),
        ("See https://example.com@evil.example/x", "link_user_info"),
        ("See https://evil.example\\@example.com/x", "link_user_info"),
        ("See https://example.com:80@evil.example", "link_user_info"),
        ("See [example.com](https://evil.example/)", "link_mismatch"),
        ("See [https://www.example.com/a](https://example.com.evil.example/a)", "link_mismatch"),
        ("See [example.com](tel:+13035550101)", "link_mismatch"),
        ("javascript:alert(1)", "link_scheme"),
        ("data:text/html,x", "link_scheme"),
        ("ftp://example.com/x", "link_scheme"),
    ],
)
def test_links_that_hide_where_they_lead_are_stopped(body: str, code: str) -> None:
    """D40"""
    assert verdict(sms(body, sender=OURS))[code] == "stop"
    assert verdict(email(body, sender=OURS))[code] == "stop"


def test_the_host_behind_user_information_is_named() -> None:
    """D40"""
    assert "leads to evil.example, not" in finding(sms("https://example.com@evil.example/x"), "link_user_info").text
    assert "leads to nowhere, not" in finding(sms("https://example.com@/x"), "link_user_info").text


def test_an_anchor_whose_text_is_another_host_is_stopped() -> None:
    """D40"""
    assert verdict(sms('<a href="https://evil.example">example.com</a>', sender=OURS))["link_mismatch"] == "stop"
    assert "link_mismatch" not in verdict(sms("<a href='https://example.com/x'><b>example.com</b></a>", sender=OURS))


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("http://example.com/x", {"link_insecure": "warning"}),
        ("https://zillow.example/x", {"link_unknown": "warning"}),
        ("https://example.com.evil.example", {"link_unknown": "warning"}),
        ("https://notexample.com", {"link_unknown": "warning"}),
        ("http://192.0.2.7/x", {"link_address": "held", "link_insecure": "warning"}),
        ("https://3221225991/x", {"link_address": "held"}),
        ("https://0xc0000207/", {"link_address": "held"}),
        ("https://[2001:db8::7]/x", {"link_address": "held"}),
        ("https://xn--exmple-cua.com/", {"link_international": "held"}),
        ("https://exämple.com/", {"link_international": "held"}),
        ("https://example.com/x and www.example.com", {}),
        ("Write to jane.hollis@example.com", {}),
        ("We meet at 3.Then we go. Price: 1.5m. Mr.Smith", {}),
        ("[the list](https://example.com/list)", {}),
        ("The data: ready", {}),
    ],
)
def test_doubtful_links_are_held_or_warned_of(body: str, codes: dict[str, str]) -> None:
    """D40"""
    assert verdict(sms(body, sender=OURS)) == codes


def test_an_international_host_is_shown_as_punycode() -> None:
    """D40"""
    assert "xn--exmple-4nf.com" in finding(sms("https://exаmple.com/"), "link_international").text  # noqa: RUF001 -- Cyrillic


def test_each_host_is_remarked_on_once() -> None:
    assert (
        finding(sms("https://a.example/1 https://a.example/2"), "link_unknown").text == 'A link leads to "a.example".'
    )


@pytest.mark.parametrize(
    ("words", "host"),
    [
        ("https://Example.COM.", "example.com"),
        ("(https://example.com)", "example.com"),
        ("https://example。com/x", "example.com"),
        ("https://ｅxample.com/x", "example.com"),  # noqa: RUF001 -- full width
        ("https://[broken/x", "[broken"),
        ("https:///x", ""),
        ("https://" + "a" * 64 + "é.com", "a" * 64 + "é.com"),
    ],
)
def test_a_host_is_read_as_a_browser_reads_it(words: str, host: str) -> None:
    assert next(links(words)).host == host
