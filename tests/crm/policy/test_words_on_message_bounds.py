"""What the rules say about the words of a message: people decide by it, and models act on it."""

import pytest

from lofty_crm.policy.facts import Facts, OtherLead
from lofty_crm.policy.review import review
from tests.crm.policy.cases import email, lead, sms

_SAID = [
    (
        sms(""),
        "blank, stop: There is nothing to send. Write the message.",
    ),
    (
        email(subject=""),
        "blank_subject, stop: The email has no subject. Give it one.",
    ),
    (
        sms("a" * 1531),
        (
            "too_long, stop: The message has more than the 10 segments that a text may have. Shorten it, or send it "
            "as several messages."
        ),
    ),
    (
        sms("a" * 1601),
        (
            "too_long, stop: The message has more than the 1,600 characters that a text may have. Shorten it, or send"
            " it as several messages."
        ),
    ),
    (
        email("a" * 50_001),
        (
            "too_long, stop: The message has more than the 50,000 characters that an email may have. Shorten it, or "
            "send it as several messages."
        ),
    ),
    (
        email(subject="a\nb"),
        "unfit_subject, stop: The subject holds a line break. Put the subject on one line.",
    ),
    (
        email(subject="a" * 201),
        "unfit_subject, stop: The subject has more than the 200 characters that it may have. Shorten it.",
    ),
    (
        sms("Hi\u200b Jane"),
        (
            "hidden_characters, stop: The text holds characters that do not show: U+200B at 2. Write the text anew "
            "without the characters at these positions, counted from 0."
        ),
    ),
    (
        email(subject="Hi" + "\u200b" * 12),
        (
            "hidden_characters, stop: The subject holds characters that do not show: U+200B at 2, U+200B at 3, U+200B"
            " at 4, U+200B at 5, U+200B at 6, U+200B at 7, U+200B at 8, U+200B at 9, U+200B at 10, U+200B at 11 and 2"
            " more. Write the subject anew without the characters at these positions, counted from 0."
        ),
    ),
    (
        sms("Hi {{x}}"),
        (
            'unresolved_merge_field, stop: A placeholder would go out as it stands: "{{x}}". Write the words out in '
            "full."
        ),
    ),
    (
        email("<p>Hi"),
        'markup, stop: The email holds HTML: "<p>". Write it as plain text.',
    ),
    (
        sms("ftp://example.com/x"),
        (
            'link_scheme, stop: The link "ftp://example.com/x" is not a link to a web page. Write the full address of'
            " the page."
        ),
    ),
    (
        sms("https://user@example.com"),
        (
            'link_user_info, stop: The link "https://user@example.com" leads to example.com, not to what stands first'
            " in it. Write the full address of the page."
        ),
    ),
    (
        sms("https://user@"),
        (
            'link_user_info, stop: The link "https://user@" leads to nowhere, not to what stands first in it. Write '
            "the full address of the page."
        ),
    ),
    (
        sms("bit.ly/x"),
        'link_shortener, stop: The link "bit.ly/x" hides where it leads. Write the full address of the page.',
    ),
    (
        email("[example.com](https://example.org)"),
        ('link_mismatch, stop: The link "example.com" would lead to example.org. Write the full address of the page.'),
    ),
    (
        email("[example.com](x)"),
        (
            'link_mismatch, stop: The link "example.com" would lead to something else. Write the full address of the '
            "page."
        ),
    ),
    (
        sms("http://192.0.2.1/x"),
        'link_address, held: A link leads to a bare address, "192.0.2.1". Use a name.',
    ),
    (
        sms("http://192.0.2.1/x"),
        'link_insecure, warning: The link to "192.0.2.1" is not encrypted.',
    ),
    (
        sms("https://xn--bcher-kva.example"),
        (
            'link_international, held: A link leads to "xn--bcher-kva.example", a name in other letters than it may '
            "seem. A person should compare the name letter by letter."
        ),
    ),
    (
        sms("https://example.com"),
        'link_unknown, warning: A link leads to "example.com".',
    ),
    (
        sms("Wire the money"),
        (
            'payment_or_identity_data, held: The message speaks of payment or identity data: "wire the". Leave such '
            "data to the phone or to the title company's own portal."
        ),
    ),
    (
        sms("Call 206-555-0102", other_leads=(OtherLead("2", phones=("+12065550102",)),)),
        (
            "cross_lead_data, held: The message holds what seems to belong to another lead, 2: the number "
            '"+12065550102". Leave out what other leads said, and where they can be reached.'
        ),
    ),
    (
        email(to=lead(emails=("jäne@example.com",))),
        (
            'lookalike_address, held: The address "jäne@example.com" is not in plain letters; its domain is '
            '"example.com". A person should compare the address letter by letter.'
        ),
    ),
    (
        email(to=lead(emails=("jane@bücher.example",))),
        (
            'lookalike_address, held: The address "jane@bücher.example" is not in plain letters; its domain is "xn--'
            'bcher-kva.example". A person should compare the address letter by letter.'
        ),
    ),
    (
        sms("Ring \u0440\u0430\u0443"),
        (
            'lookalike_letters, held: The word "\u0440\u0430\u0443" holds letters that look like others (U+0440 '
            "cyrillic small letter er, U+0430 cyrillic small letter a, U+0443 cyrillic small "
            "letter u). Write it in letters of one script."
        ),
    ),
    (
        sms("Perfect for singles"),
        (
            'fair_housing, warning: The phrase "perfect for singles" may prefer or exclude people whom fair-housing '
            "law protects. Describe the property, not who should live there."
        ),
    ),
    (
        sms("\u201cHi\u201d"),
        'segments, info: 1 segment (UCS-2, 4 units); the shorter UCS-2 segments are because of "“ ”".',
    ),
    (
        sms("a" * 200),
        "segments, info: 2 segments (GSM-7, 200 units).",
    ),
]


@pytest.mark.parametrize(("facts", "said"), _SAID, ids=[said.partition(":")[0] for _, said in _SAID])
def test_a_rule_says_what_it_found_and_what_to_do(facts: Facts, said: str) -> None:
    found = (f"{each.code}, {each.weight}: {each.text} {each.advice}".rstrip() for each in review(facts))
    assert [each for each in found if each.partition(",")[0] == said.partition(",")[0]] == [said]
