"""What the rules say about the lead, the hour and the count: people decide by it, and models act on it."""

from datetime import UTC, datetime

import pytest

from lofty_crm.api.models import PhoneStatus
from lofty_crm.policy.facts import Facts, Said, SendHistory
from lofty_crm.policy.review import review
from tests.crm.policy.cases import KNOWN, email, lead, sms, text

LATE = datetime(2026, 11, 18, 3, 1, tzinfo=UTC)
SPRING = datetime(2027, 5, 1, 19, tzinfo=UTC)

_SAID = [
    (
        sms(to=lead(cannot_text=True)),
        (
            "cannot_text, stop: Lofty marks this lead as not to be texted. Only the agent can change that in Lofty, "
            "if the lead agreed to it."
        ),
    ),
    (
        email(to=lead(cannot_email=True)),
        (
            "cannot_email, stop: Lofty marks this lead as not to be emailed. Only the agent can change that in Lofty,"
            " if the lead agreed to it."
        ),
    ),
    (
        email(to=lead(unsubscribed=True)),
        "unsubscribed, stop: This lead has unsubscribed from email. Only the lead can subscribe again.",
    ),
    (
        sms(to=lead(status=PhoneStatus.INVALID)),
        (
            "invalid_number, stop: Lofty marks this number as invalid. Use another number of the lead's, or have it "
            "corrected in Lofty."
        ),
    ),
    (
        sms(to=lead(status=PhoneStatus.DNC_NUMBER)),
        (
            "do_not_contact, stop: Lofty marks this number as being on a do-not-call list. Only the agent can change "
            "that in Lofty, if the lead agreed to it."
        ),
    ),
    (
        sms(to=lead(status=PhoneStatus.DNC_CONTACT)),
        (
            "do_not_contact, stop: Lofty marks this lead as a person not to be contacted. Only the agent can change "
            "that in Lofty, if the lead agreed to it."
        ),
    ),
    (
        sms(to=lead(stage="DNC")),
        (
            "marked_do_not_contact, held: A stage or tag marks this lead as not to be contacted. The agent can change"
            " the stage or tag in Lofty, if it no longer holds."
        ),
    ),
    (
        sms(destination=None),
        (
            "destination_missing, stop: This lead has no phone number. Ask the user how to reach the lead, and have "
            "it put down in Lofty."
        ),
    ),
    (
        email(destination=None),
        (
            "destination_missing, stop: This lead has no email address. Ask the user how to reach the lead, and have "
            "it put down in Lofty."
        ),
    ),
    (
        sms(lead=None),
        (
            "destination_unseen, warning: Lofty itself will choose the lead's primary destination; neither it nor the"
            " lead's permissions were seen."
        ),
    ),
    (
        sms(texts=None),
        (
            "history_unread, stop: Whether the lead has opted out could not be checked: the text history could not be"
            " read. Try again when Lofty answers."
        ),
    ),
    (
        sms(texts=(text("STOP"),)),
        (
            'opted_out, stop: The lead asked by text to be left alone on Tue Nov 10: "STOP". Only the lead can take '
            "this back, by texting START."
        ),
    ),
    (
        sms(texts=(text("STOP", day=None),)),
        (
            'opted_out, stop: The lead asked by text to be left alone: "STOP". Only the lead can take this back, by '
            "texting START."
        ),
    ),
    (
        sms(texts=(text(None), *KNOWN)),
        (
            "words_unread, held: Lofty gives no words for a text from this lead, so it may be an opt-out. A person "
            "should look at the conversation in Lofty."
        ),
    ),
    (
        sms(texts=(text("Mark asked to be removed"), *KNOWN)),
        (
            'resembles_opt_out, held: A text from the lead may ask to be left alone: "Mark asked to be removed". A '
            "person should read it and decide."
        ),
    ),
    (
        sms(said=(Said("email", "stop texting me"),)),
        (
            'opt_out_like_email, held: An email of the lead\'s may ask to be left alone: "stop texting me". A person '
            "should read it and decide."
        ),
    ),
    (
        sms(said=(Said("note", "stop texting me"),)),
        (
            'opt_out_like_note, held: A note about the lead may ask to be left alone: "stop texting me". A person '
            "should read it and decide."
        ),
    ),
    (
        sms(said=(Said("transcript", "stop texting me"),)),
        (
            'opt_out_like_transcript, held: A call with the lead may ask to be left alone: "stop texting me". A '
            "person should read it and decide."
        ),
    ),
    (
        sms(said=(Said("other_number", "stop texting me"),)),
        (
            'opt_out_like_other_number, held: Another lead with the same number may ask to be left alone: "stop '
            'texting me". A person should read it and decide.'
        ),
    ),
    (
        sms(history=SendHistory(to_lead_24h=3)),
        (
            "frequency_cap, stop: 3 messages have gone to this lead in 24 hours; the limit is 3. Wait until 24 hours "
            "have passed since the earliest of them."
        ),
    ),
    (
        sms(history=SendHistory(in_hour=20)),
        "hourly_cap, stop: 20 messages have gone within the hour; the limit is 20. Send it later.",
    ),
    (
        sms(history=SendHistory(in_day=100)),
        "daily_cap, stop: 100 messages have gone within the 24 hours; the limit is 100. Send it later.",
    ),
    (
        sms(history=SendHistory(near_duplicates=3)),
        "bulk_pattern, warning: Nearly the same words went to 3 other leads within the hour.",
    ),
    (
        sms(history=SendHistory(near_duplicates=10)),
        (
            "bulk_pattern, stop: Nearly the same words went to 10 other leads within the hour. Use Lofty's own "
            "campaigns for mass messages."
        ),
    ),
    (
        sms(history=SendHistory(same_words_24h=1)),
        (
            "same_words, held: The same words went to this lead within the last 24 hours. Say something else, or "
            "leave it at that."
        ),
    ),
    (
        sms(now=LATE),
        (
            "quiet_hours, held: It is Tue Nov 17, 8:01 PM MST where the lead's address is (CO), outside the hours for "
            "texts there. The next allowed time is Wed Nov 18, 8:00 AM MST."
        ),
    ),
    (
        sms(lead=None, destination=None, now=LATE),
        (
            "quiet_hours, held: It is Tue Nov 17, 10:01 PM EST somewhere in the fifty states, as the lead's place is "
            "unknown, outside the hours for texts there. The next allowed time is Wed Nov 18, 1:00 PM EST."
        ),
    ),
    (
        sms(namesakes=1),
        "namesakes, warning: There is another lead with a similar name: check the destination.",
    ),
    (
        sms(namesakes=2),
        "namesakes, warning: There are 2 other leads with a similar name: check the destination.",
    ),
    (
        sms(sales_assistant=True),
        (
            "sales_assistant, warning: Lofty's sales assistant is working this lead and may answer as well. The agent"
            " can mute it for this lead in Lofty."
        ),
    ),
    (
        sms(texts=()),
        (
            "first_contact, warning: This is the first text to this lead: Lofty will add its own opt-out notice, "
            "which counts towards the length. The text does not say who it is from or how to opt out. Say who it is "
            "from and how to opt out."
        ),
    ),
    (
        sms("This is Sam. STOP to opt out", texts=()),
        (
            "first_contact, warning: This is the first text to this lead: Lofty will add its own opt-out notice, "
            "which counts towards the length."
        ),
    ),
    (
        sms("This is Sam", texts=()),
        (
            "first_contact, warning: This is the first text to this lead: Lofty will add its own opt-out notice, "
            "which counts towards the length. The text does not say how to opt out. Say how to opt out."
        ),
    ),
    (
        sms(now=SPRING),
        (
            "first_contact, warning: No text has gone to this lead in three months: Lofty will add its own opt-out "
            "notice, which counts towards the length. The text does not say who it is from or how to opt out. Say who"
            " it is from and how to opt out."
        ),
    ),
    (
        email("Just listed"),
        (
            "commercial_email, warning: The email reads like an advertisement, and lacks a postal address and a way "
            "to unsubscribe. Add what is missing, unless Lofty's signature holds it."
        ),
    ),
    (
        email("Just listed, 12 Elm Street CO 80202"),
        (
            "commercial_email, warning: The email reads like an advertisement, and lacks a way to unsubscribe. Add "
            "what is missing, unless Lofty's signature holds it."
        ),
    ),
]


@pytest.mark.parametrize(("facts", "said"), _SAID, ids=[said.partition(":")[0] for _, said in _SAID])
def test_a_rule_says_what_it_found_and_what_to_do(facts: Facts, said: str) -> None:
    found = (f"{each.code}, {each.weight}: {each.text} {each.advice}".rstrip() for each in review(facts))
    assert [each for each in found if each.partition(",")[0] == said.partition(",")[0]] == [said]
