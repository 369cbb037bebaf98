"""Where the links in a message lead.

Sources: CTIA, Messaging Principles and Best Practices (2023), 5.3.2 (shortened links); RFC 3986, 3.2.1 and 7.6 (user
information); WHATWG URL Standard (how browsers read hosts and backslashes); Unicode Technical Standard 39.
As of November 2026.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight

_SHORTENERS = frozenset(
    {"bit.ly", "bitly.com", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly", "rebrand.ly"}
    | {"cutt.ly", "lnkd.in", "rb.gy", "shorturl.at", "t.ly", "tiny.cc", "bl.ink", "s.id", "soo.gd", "clck.ru"}
    | {"fb.me", "shorte.st", "adf.ly", "tiny.one", "urlz.fr", "qr.ae", "x.co", "dub.sh", "short.io", "j.mp"}
)
_BARE_ENDINGS = (
    "com|net|org|io|co|us|info|biz|me|app|dev|ly|gl|gd|homes|house|realtor|estate|realty|link|site|xyz|ru|cn"
)
_LINK = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.\-]{1,15})://(?P<rest>(?:\[[^\]\s]*\])?[^\s<>\"')\]]*)"
    rf"|(?<![\w@.\-/])(?P<bare>(?:[\w\-]+\.)+(?:{_BARE_ENDINGS}|xn--\w+))(?![\w\-@]|\.\w)(?P<path>[/?#][^\s<>\"')\]]*)?"
    r"|(?P<plain>\b(?:javascript|data|vbscript|file|intent)):[^\s]",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(r"\[([^\[\]\n]{1,500})\]\(\s{0,4}<?([^\s)>]{1,2000})")
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,500}?\bhref\s{0,4}=\s{0,4}[\"']?([^\"'\s<>]{1,2000})[^<>]{0,500}>(.{0,500}?)</a>",
    re.IGNORECASE | re.DOTALL,
)
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """One link in a message."""

    text: str
    scheme: str
    host: str
    """In lower case, international names as punycode."""
    user_info: bool
    """Whether something that is not the host stands before it."""


def links(words: str) -> Iterator[Link]:
    """Find the links in words, those without a scheme included."""
    for found in _LINK.finditer(words):
        if found["plain"]:
            yield Link(found[0], found["plain"].lower(), "", user_info=False)
            continue
        scheme = (found["scheme"] or "https").lower()
        after = found["bare"] or found["rest"] or ""
        authority = re.split(r"[/?#\\]", after, maxsplit=1)[0]
        yield Link(found[0], scheme, _host(authority), user_info="@" in authority or "\\" in after)


def forbidden_links(facts: Facts) -> Iterable[Finding]:
    """Stop links that hide where they lead: shortened, with user information, shown as another, or not of the web.

    Sources: see the module.
    """
    for link in links(_all_words(facts)):
        if link.scheme not in {"http", "https"}:
            yield _stop("link_scheme", link.text, "is not a link to a web page")
        if link.user_info:
            yield _stop(
                "link_user_info", link.text, f"leads to {link.host or 'nowhere'}, not to what stands first in it"
            )
        if link.host in _SHORTENERS:
            yield _stop("link_shortener", link.text, "hides where it leads")
    for shown, target in _shown_and_target(facts.body):
        said, led = next(links(shown), None), next(links(target), None)
        if said and (led is None or said.host != led.host):
            yield _stop("link_mismatch", shown, f"would lead to {led.host if led else 'something else'}")


def doubtful_links(facts: Facts) -> Iterable[Finding]:
    """Hold links to bare addresses and to hosts in other scripts; warn of unencrypted ones and of unknown hosts.

    Sources: see the module.
    """
    seen: set[tuple[str, str]] = set()
    for link in links(_all_words(facts)):
        if link.host and (link.scheme, link.host) not in seen:
            seen.add((link.scheme, link.host))
            yield from _doubts(link, facts.sender.hosts)


def _all_words(facts: Facts) -> str:
    return f"{facts.subject}\n{facts.body}" if facts.subject else facts.body


def _doubts(link: Link, known: tuple[str, ...]) -> Iterator[Finding]:
    if _is_address(link.host):
        yield Finding(
            "link_address", Weight.HELD, f"A link leads to a bare address, {excerpt(link.host)}.", "Use a name."
        )
    elif "xn--" in link.host:
        yield Finding(
            "link_international",
            Weight.HELD,
            f"A link leads to {excerpt(link.host)}, a name in other letters than it may seem.",
            "A person should compare the name letter by letter.",
        )
    elif not any(link.host == host or link.host.endswith(f".{host}") for host in known):
        yield Finding("link_unknown", Weight.WARNING, f"A link leads to {excerpt(link.host)}.")
    if link.scheme == "http":
        yield Finding("link_insecure", Weight.WARNING, f"The link to {excerpt(link.host)} is not encrypted.")


def _stop(code: str, link: str, what: str) -> Finding:
    return Finding(code, Weight.STOP, f"The link {excerpt(link)} {what}.", "Write the full address of the page.")


def _shown_and_target(words: str) -> Iterator[tuple[str, str]]:
    yield from ((found[1], found[2]) for found in _MARKDOWN.finditer(words))
    yield from ((re.sub(r"<[^>]*>", "", found[2]), found[1]) for found in _ANCHOR.finditer(words))


def _host(authority: str) -> str:
    shown = unicodedata.normalize("NFKC", authority.rpartition("@")[2]).replace("。", ".")
    try:
        host = urlsplit(f"//{shown}").hostname or ""
        return host.encode("idna").decode("ascii").rstrip(".,;:!")
    except ValueError:
        return shown.lower()


def _is_address(host: str) -> bool:
    if _NUMERIC_HOST.fullmatch(host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
