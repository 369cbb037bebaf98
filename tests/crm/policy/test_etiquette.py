import pytest

from tests.crm.policy.cases import email, finding, sms, verdict


@pytest.mark.parametrize(
    "phrase",
    [
        *("perfect for singles", "no kids", "Christian neighborhood", "no Section 8", "great for young families"),
        *("adults only", "safe neighborhood", "mostly Hispanic area", "not suitable for children", "bachelor pad"),
        *("English-speaking only", "able-bodied", "people like you", "exclusive community"),
    ],
)
def test_a_phrase_that_prefers_or_excludes_people_is_named(phrase: str) -> None:
    """D42"""
    for facts in (sms(f"It is a condo, {phrase}, two beds."), email(subject=f"Condo, {phrase}")):
        assert verdict(facts) == {"fair_housing": "warning"}
        assert phrase.lower().replace("-", " ") in finding(facts, "fair_housing").text


@pytest.mark.parametrize(
    "body",
    [
        *(
            "Walk to the park and the church on 5th",
            "A family room and a single-car garage",
            "White kitchen, black tiles",
        ),
        *("It has a mother-in-law suite", "No pets", "Master bedroom upstairs", "Your kids will like the yard"),
    ],
)
def test_words_about_the_property_pass(body: str) -> None:
    assert verdict(sms(body)) == {}


def test_leads_of_the_same_name_are_warned_of() -> None:
    """D26"""
    assert finding(sms(namesakes=1), "namesakes").text.startswith("There is another lead with a similar name")
    assert finding(email(namesakes=2), "namesakes").text.startswith("There are 2 other leads")


def test_the_sales_assistant_at_work_is_warned_of() -> None:
    assert verdict(sms(sales_assistant=True)) == {"sales_assistant": "warning"}
    assert verdict(email(sales_assistant=True)) == {"sales_assistant": "warning"}
