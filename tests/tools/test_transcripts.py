"""Pages and passages of a transcript."""

import pytest

from lofty_tools.failures import Refusal
from lofty_tools.transcripts import LONGEST, PAGE, read

_TALK = """Agent: Hi Jane, this is Alex.
Jane: Hi! We loved the house on Alder Street.
Agent: What about the roof?
Jane: The café next door is great, but the roof leaks, and the schools matter to us.
Agent: I'll ask for the inspections.
Jane: We have our pre-approval, 700k.
Agent: Great.
Jane: Could we see three houses?
Agent: Thursday then. Bye!"""

_LONG = "\n".join(
    f"{'Agent' if n % 2 else 'Ann'}: This is turn number {n}, and it goes on a little." for n in range(900)
)


def test_pages_put_together_are_the_transcript_and_each_ends_with_a_turn() -> None:
    transcript = read(_LONG)
    offset, pages = 0, list[str]()
    while offset < len(transcript.text):
        page = transcript.page(offset)
        assert page.offset == offset
        assert len(page.text) <= PAGE
        pages.append(page.text)
        offset += len(page.text)
    assert "".join(pages) == _LONG
    assert len(pages) > 5
    assert all(page.endswith("little.\n") for page in pages[:-1])


@pytest.mark.parametrize(
    ("raw", "ending"),
    [
        ("One sentence of it. " * 1000, "it. "),
        ("一句话。" * 5000, "。"),
        ("words without any stop " * 1000, " "),
        ("x" * 20_000, "x"),
    ],
)
def test_page_of_one_long_speech_ends_with_a_sentence_else_a_word_else_somewhere(raw: str, ending: str) -> None:
    page = read(raw).page(0)
    assert PAGE // 2 < len(page.text) <= PAGE
    assert page.text.endswith(ending)


@pytest.mark.parametrize(
    ("said", "search"),
    [
        ("two cities", "city"),
        ("a city", "cities"),
        ("the boxes", "box"),
        ("a box", "boxes"),
        ("six porches", "porch"),
        ("a gas line", "gas"),
        ("don\u2019t", "don't"),
        ("hardwood floors", "hardwoods"),
        ("renovated", "renovat"),
    ],
)
def test_search_knows_simple_plurals_and_beginnings(said: str, search: str) -> None:
    assert [passage.text for passage in read(said).passages(search)] == [said]


def test_word_that_is_said_all_the_time_gives_passages_of_a_readable_size_without_gaps() -> None:
    passages = read(_LONG).passages("turn")
    assert all(len(passage.text) <= 2000 for passage in passages)
    assert "\n".join(passage.text for passage in passages) == _LONG


@pytest.mark.parametrize(
    "search",
    ["roof", "ROOF", "roofs", "cafe", "CAFÉS", "school", "leak", "Pre-Approval", "preapproval", "pre approval", "700K"],
)
def test_search_forgives_case_accents_hyphens_and_plurals(search: str) -> None:
    passages = read(_TALK).passages(search)
    assert passages
    for passage in passages:
        assert _TALK[passage.offset :].startswith(passage.text)


def test_passage_comes_with_the_turns_around_it() -> None:
    assert [passage.text for passage in read(_TALK).passages("700k")] == [
        "Agent: I'll ask for the inspections.\nJane: We have our pre-approval, 700k.\nAgent: Great."
    ]


def test_places_next_to_each_other_are_one_passage_and_those_apart_are_several() -> None:
    transcript = read(_LONG)
    near = transcript.passages("turn number 41")
    assert [passage.text.count("\n") for passage in near[:1]] == [2]
    both = read(_TALK).passages("roof")
    assert len(both) == 1
    far = read(_LONG.replace("number 100,", "number pool,").replace("number 700,", "number pool,")).passages("pools")
    assert len(far) == 2


def test_words_said_in_two_neighbouring_turns_are_found_together_and_words_far_apart_are_not() -> None:
    assert read(_TALK).passages("great three")
    assert read(_TALK).passages("Alder Thursday") == []


@pytest.mark.parametrize("search", ["helicopter", "roofing shingles", "oof", "eak", "…", "70"])
def test_what_was_not_said_is_not_found(search: str) -> None:
    assert read(_TALK).passages(search) == []


def test_words_of_scripts_without_spaces_are_found_inside_a_line() -> None:
    assert read("她说学校很重要。").passages("学校")
    assert read("قالت إن المدرسة مهمة").passages("المدرسة")


def test_cursor_of_another_text_or_of_none_is_refused() -> None:
    transcript = read(_TALK)
    assert transcript.offset("") == 0
    assert transcript.offset(transcript.cursor(30)) == 30
    for cursor in (read(_LONG).cursor(30), "30", "30-zzzzzzzz", transcript.cursor(10_000)):
        with pytest.raises(Refusal):
            transcript.offset(cursor)


def test_hidden_characters_are_taken_out_and_an_endless_transcript_is_cut_and_both_are_said() -> None:
    transcript = read("Jane: hel\u200blo \U000e0041there\n" + "a b. " * 300_000)
    assert transcript.text.startswith("Jane: hello there\n")
    assert transcript.removed == 2
    assert len(transcript.text) <= LONGEST + 1
    assert transcript.cut > 400_000


def test_a_place_has_its_time_where_the_turns_have_one() -> None:
    timed = read("[00:04] Agent: Hello?\n[00:09] Jane: At\n10:30 it leaks.\n[01:02:03] Agent: The roof?")
    assert [timed.time(offset) for offset in (0, 10, 22, 40, len(timed.text))] == [
        *("00:04", "00:04", "00:09", "00:09", "01:02:03"),
    ]
    assert read(_TALK).time(100) is None


@pytest.mark.parametrize("said", ["Jane: Then?\n10:30 is fine.\nAgent: Good.", "9:00 Jane: Hi\n8:00 Agent: Hi"])
def test_a_time_of_day_is_no_place_in_the_call(said: str) -> None:
    assert read(said).time(len(said)) is None
