from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.subject import asks_something, same_subject


@pytest.mark.parametrize(
    ("question", "one", "other", "same"),
    [
        ("Who is the judge?", "So said Ida Holm.", "The judge, Ida Holm, left.", True),
        ("Who is the judge?", "The judge is old.", "The judge was Ida Holm.", False),
        ("Who judged the baker of Bergen?", "Then Judge Holm came.", "In court sat Judge Moe.", False),
        ("how much did meta pay for scale", "Meta paid 14 dollars.", "Meta spent 15 dollars.", True),
        ("How deep is the well?", "The well is 3 m deep.", "A well, 4 m deep.", True),
        ("How deep is the well?", "The well is 3 m deep.", "A shaft, 4 m deep.", False),
        ("How deep is the well?", "The well is old.", "A well again.", False),
        ("Wie tief ist der Brunnen in Ulm?", "Der Brunnen in Ulm.", "So tief wie in Ulm.", True),
        ("?", "", "", False),
        ("Qui est le juge ?", "Là, le juge était gras.", "Puis il était un autre.", False),
        ("Кто судья?", "Тогда судья был здесь.", "Потом он был там.", False),
    ],
)
def test_whether_two_passages_are_about_the_same_thing(question: str, one: str, other: str, same: bool) -> None:
    assert same_subject(question, one, other) is same
    assert same_subject(question, other, one) is same


@pytest.mark.parametrize("question", ["?!", "", "Who?", "What is it?", "how much", "And why was that?"])
def test_function_words_ask_for_nothing(question: str) -> None:
    assert not asks_something(question)


@pytest.mark.parametrize(
    "question", ["Who won?", "price", "49%", "Warum?", "为什么?", "Ε;", "What is IT?", "Who is Will?"]
)
def test_other_words_do(question: str) -> None:
    assert asks_something(question)


@given(st.text(), st.text(), st.text())
def test_it_does_not_matter_which_passage_comes_first(question: str, one: str, other: str) -> None:
    assert same_subject(question, one, other) == same_subject(question, other, one)
