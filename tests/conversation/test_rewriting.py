from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragqa.conversation import put
from ragqa.schema import Turn


def table() -> Iterator[tuple[tuple[Turn, ...], str, str]]:
    """The cases of rewriting.txt: a history, a question, and how it stands alone."""
    history: list[Turn] = []
    for line in (Path(__file__).parent / "rewriting.txt").read_text("utf-8").splitlines():
        if line.startswith("    "):
            question, _, expected = line.strip().partition(" ->")
            yield tuple(history), question, expected.strip() or question
        elif not line:
            history = []
        elif not line.startswith("#"):
            question, _, answer = line.partition(" | ")
            history.append(Turn(question=question, answer=answer or None))


TABLE = list(table())


@pytest.mark.parametrize(("history", "question", "expected"), TABLE)
def test_how_a_question_stands_alone(history: tuple[Turn, ...], question: str, expected: str) -> None:
    assert put(question, history).question == expected


def test_the_table_is_long_and_holds_as_many_that_stand_alone() -> None:
    assert len(TABLE) >= 100
    assert sum(question == expected for _, question, expected in TABLE) >= 20


def test_questions_that_stand_alone_are_left_alone_whatever_was_said() -> None:
    lines = (Path(__file__).parents[2] / "eval" / "dev.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    turns = [Turn(question=r["question"], answer=r["answers"][0]["text"] if r["answers"] else None) for r in records]
    changed = [turn.question for i, turn in enumerate(turns) if put(turn.question, turns[max(0, i - 3) : i]).carried]
    assert changed == []


# What the rules look for, so that hypothesis finds its way into them.
_PIECES = """
Who What when Where why How much many which and or but so about what the a its his her their he she it they them there
then that this those of in by since Scale AI Meta Alexandr Wang Google's U.S. 2016 $14.3 billion founded did was is has
deal company price chief executive passengers ferry xAI buy , ? ! . ' - ( ) \u2019s 🎉 e\u0301 İ \u200b
"""
PIECES = _PIECES.split()
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join), st.text(max_size=60))
questions = texts.filter(str.strip)
turns = st.builds(Turn, question=questions, answer=st.none() | texts)
histories = st.lists(turns, max_size=10)


@given(histories, questions)
@example([], "and when?")
@example([Turn(question="?", answer="")], "it")
@example([Turn(question="Who", answer="\n")], "and")
def test_what_is_carried_was_said_and_stands_in_what_is_asked(history: list[Turn], question: str) -> None:
    asked, carried = put(question, history)
    said = [text for turn in history for text in (turn.question, turn.answer or "")]
    assert all(any(words in text for text in said) for words in carried)
    assert all(words.lower() in asked.lower() for words in carried)
    assert bool(carried) == (asked != question)


@given(questions)
def test_without_a_history_nothing_changes(question: str) -> None:
    assert put(question, []) == (question, ())


@given(histories, questions)
def test_the_same_history_says_the_same_with_what_was_asked_kept(history: list[Turn], question: str) -> None:
    """A chat hands back `Answer.asked`; a client that sends questions and answers alone must get as much."""
    kept: list[Turn] = []
    for number, turn in enumerate(history[-8:]):
        kept.append(turn.model_copy(update={"asked": put(turn.question, history[-8:][:number]).question}))
    assert put(question, kept) == put(question, history)
