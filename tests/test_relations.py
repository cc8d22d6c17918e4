from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragqa.relations import Relation, relation

SAME, FULLER, COMPATIBLE, RIVAL = Relation.SAME, Relation.FULLER, Relation.COMPATIBLE, Relation.RIVAL


def table() -> Iterator[tuple[str, str, str, Relation]]:
    """The cases of relations.txt: a question, one answer, another, and how they stand to each other."""
    question = ""
    for line in (Path(__file__).parent / "relations.txt").read_text("utf-8").splitlines():
        if line.startswith(" "):
            name, pair = line.strip().split(": ", 1)
            one, other = pair.split(" | ")
            yield question, one, other, Relation(name)
        elif not line.startswith("#"):
            question = line


WITHOUT_A_QUESTION = [
    ("", "", SAME),
    ("", "x", COMPATIBLE),
    ("!!!", "???", COMPATIBLE),
    ("🎉", "🎂", COMPATIBLE),
    ("12 km", "12 kg", COMPATIBLE),
    ("the third", "3", COMPATIBLE),
    ("3 apples", "4 pears", COMPATIBLE),
    ("3 apples", "4 apples", RIVAL),
    ("No. 10", "10", COMPATIBLE),
    ("٣ km", "3 km", SAME),
    ("１４％", "14%", SAME),
    ("½", "50%", SAME),
    ("2½ hours", "150 minutes", SAME),
    ("not only Google", "Google", COMPATIBLE),
    ("A320", "A380", COMPATIBLE),
]
TABLE = [*table(), *(("", *case) for case in WITHOUT_A_QUESTION)]
QUESTIONS = sorted({case[0] for case in TABLE})


@pytest.mark.parametrize(("question", "one", "other", "expected"), TABLE)
def test_how_two_answers_stand_to_each_other(question: str, one: str, other: str, expected: Relation) -> None:
    assert relation(question, one, other) is expected
    assert relation(question, other, one) is expected


def test_the_table_is_long_and_reads_either_way() -> None:
    assert len(TABLE) >= 500
    assert len(set(TABLE)) == len(TABLE)


PIECES = """
$14.3 billion|14.3 billion|some $15bn|over $10 billion|€5m|49%|nearly half|a third|51 percent|12|twelve people|15 dead
a dozen|10 to 12|3-1|third|5 km|3 miles|28-year-old|an hour|June 2025|2025|June 10|Tuesday|3 pm|before 2020|the 1990s
10/06/2025|winter|12 March 1999|Alexandr Wang|Wang|Mr Wang|Jason Droege|Paris|France|UK|Bank of America|the founder
acquired outright|a minority stake|in talks|announced|not|resigned|fired|open|closed|no|and|,|in|at|of|the|from|to
between|about|up to|or|-|(|ago|stake|people|degrees|½|St.|Li Wei|Wei Li|Austin, Texas|'s|Q3|the 19th century|twice
"""
sayings = st.lists(st.sampled_from(PIECES.strip().replace("\n", "|").split("|")), max_size=5).map(" ".join)
answers = sayings | st.text(max_size=12)
questions = st.sampled_from([*QUESTIONS, "Scale AI CEO", "What day was it?", "Did it close?"]) | st.text(max_size=20)


@given(question=questions, one=answers, other=answers)
@example(question="How much?", one="½\u0661", other="\u00b2")
def test_it_does_not_matter_which_comes_first(question: str, one: str, other: str) -> None:
    assert relation(question, one, other) is relation(question, other, one)


@given(question=questions, text=answers, saying=sayings)
def test_an_answer_is_the_same_as_itself(question: str, text: str, saying: str) -> None:
    assert relation(question, text, text) is SAME
    assert relation(question, text, f"  {text}\n") is SAME
    assert relation(question, saying, saying.swapcase()) is SAME


@pytest.mark.parametrize(
    "text", ["1" * 10_000, "1," * 500_000, "about " * 200_000, "a" * 1_000_000, "twenty-" * 10_000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    started = time.perf_counter()
    assert relation("How many?", text, text + "1") is COMPATIBLE
    assert relation(text, text[:400], "12") in Relation
    assert relation("How many?", text[:400], text[1:401]) in Relation
    assert time.perf_counter() - started < 0.5
