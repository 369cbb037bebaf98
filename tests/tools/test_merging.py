"""Each communication appears once, with all that any history knows of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lofty_tools.merging import Entry, merge

_NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def _entry(source: str, id_: str, seconds: float | None = 0, **fields: Any) -> Entry:
    at = None if seconds is None else _NOON + timedelta(seconds=seconds)
    given: dict[str, Any] = {"source": source, "channel": "sms", "id": id_, "at": at, "direction": "outbound"} | fields
    return Entry(**given)


def test_rows_of_two_histories_with_one_id_are_one_entry_that_knows_both() -> None:
    text = _entry("texts", "1", text="Hi", outcome="Delivered")
    row = _entry("combined", "1", 90, origin="manual")
    (entry,) = merge([[text], [row]])
    assert (entry.source, entry.text, entry.outcome, entry.origin, entry.at) == (
        "texts",
        "Hi",
        "Delivered",
        "manual",
        _NOON,
    )


def test_rows_with_other_ids_within_seconds_are_one_entry() -> None:
    call = _entry("calls", "77", channel="call", duration_s=60)
    row = _entry("combined", "1131", 4, channel="call", outcome="Talked")
    assert [(e.id, e.duration_s, e.outcome) for e in merge([[call], [row]])] == [("77", 60, "Talked")]


def test_rows_that_differ_stay_apart() -> None:
    text = _entry("texts", "1", text="Yes")
    others = [
        _entry("combined", "2", 6),
        _entry("combined", "3", direction="inbound"),
        _entry("combined", "4", channel="call"),
        _entry("combined", "5", text="No"),
        _entry("combined", "6", None),
    ]
    for other in others:
        assert len(merge([[text], [other]])) == 2


def test_two_rows_of_one_history_are_never_the_same_message() -> None:
    texts = [_entry("texts", "1", text="Ok"), _entry("texts", "2", 1, text="Ok")]
    rows = [_entry("combined", "8", 1), _entry("combined", "9")]
    assert [entry.id for entry in merge([texts, rows])] == ["2", "1"]


def test_a_row_known_by_id_is_not_displaced_by_one_close_in_time() -> None:
    texts = [_entry("texts", "1", text="Ok")]
    rows = [_entry("combined", "9", 0), _entry("combined", "1", 3)]
    assert sorted(entry.id for entry in merge([texts, rows])) == ["1", "9"]


def test_a_contact_that_was_logged_by_hand_is_marked_though_a_richer_row_does_not_say_so() -> None:
    call = _entry("calls", "77", channel="call", origin="manual")
    log = _entry("logged calls", "5", 2, channel="call", origin="logged", text="Spoke at the open house")
    (entry,) = merge([[call], [log]])
    assert (entry.origin, entry.text) == ("logged", "Spoke at the open house")


def test_openings_and_bounces_are_folded_into_the_email_that_they_are_about() -> None:
    def email(id_: str, hours: int, event: str, subject: str = "Tour") -> Entry:
        return _entry("emails", id_, hours * 3600, channel="email", event=event, subject=subject)

    entries = merge(
        [
            [
                email("1", 0, "sent"),
                email("2", 1, "opened"),
                email("3", 2, "sent", "Offer"),
                email("4", 3, "sent"),
                email("5", 4, "opened"),
                email("6", 5, "opened", " Tour "),
                email("7", 6, "bounced", "Offer"),
            ]
        ]
    )
    assert [(e.id, len(e.opened), e.bounced) for e in entries] == [("4", 2, False), ("3", 0, True), ("1", 1, False)]


def test_an_opening_of_an_email_that_is_not_known_stands_alone() -> None:
    opened = _entry("emails", "2", channel="email", event="opened", subject="Old")
    later = _entry("emails", "3", 60, channel="email", subject="Old")
    assert [(e.id, e.event) for e in merge([[opened, later]])] == [("3", "sent"), ("2", "opened")]


def test_entries_are_newest_first_and_those_of_unknown_time_last() -> None:
    entries = [_entry("texts", "1", 10), _entry("texts", "2", None), _entry("texts", "3", 20)]
    assert [entry.id for entry in merge([entries])] == ["3", "1", "2"]


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(["inbound", "outbound"])), max_size=40), st.randoms())
def test_a_history_that_repeats_another_adds_nothing(moments: list[tuple[int, str]], random: Any) -> None:
    texts = [_entry("texts", str(i), at, direction=side, text=f"t{i}") for i, (at, side) in enumerate(moments)]
    rows = [
        _entry("combined", entry.id, random.randint(-5, 5) + at, direction=entry.direction, text=entry.text)
        for entry, (at, _) in zip(texts, moments, strict=True)
    ]
    alone = [entry.id for entry in merge([texts])]
    assert [entry.id for entry in merge([texts, rows])] == alone
    assert sorted(alone) == sorted(entry.id for entry in texts)
