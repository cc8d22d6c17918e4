"""`Index.chat` and `history=`, over the corpus that ships and over a reader that tells what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ragqa
from ragqa import Answer, Index, Passage, Turn
from ragqa.errors import InvalidArgumentError, InvalidQuestionError, RagqaError
from ragqa.reader import Span

Facts = Callable[[Answer], dict[str, Any]]
FOUNDED = "Who founded Scale AI?"
TALK = [FOUNDED, "and when?", "Where does he work now?", "Who owns Instagram?", "What else does it own?"]


class Listener:
    """A reader that keeps the questions and always finds the first word."""

    name = "listener"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[Passage]]) -> list[list[Span]]:
        self.heard += questions
        return [[self._span(own[0])] for own in passages]

    def _span(self, passage: Passage) -> Span:
        word = passage.text.split()[0]
        return Span(passage.document_id, passage.start, passage.start + len(word), word, 9.0, 0)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def heard(hash_embedding: Any, listener: Listener) -> Index:
    document = ragqa.Document(id="a", text="Ann founded the shop.")
    return Index.build([document], embedding=hash_embedding, reader=listener)


def test_a_follow_up_is_answered_and_says_what_it_carried(seeds: Index) -> None:
    chat = seeds.chat()
    first = chat.ask(FOUNDED, min_confidence=0)
    assert (first.asked, first.carried) == (FOUNDED, ())
    second = chat.ask("and when?", min_confidence=0)
    assert second.question == "and when?"
    assert second.asked == "When was Scale AI founded?"
    assert second.carried == ("Scale AI", "founded")
    assert second.text == "2016"
    for citation in second.citations:
        assert seeds.document(citation.document_id).text[citation.start : citation.end] == citation.quote
    assert chat.turns == (first, second)


def test_what_reader_and_retrieval_get_is_the_question_that_stands_alone(heard: Index, listener: Listener) -> None:
    chat = heard.chat()
    for question in ("Who founded the Blue Shop?", "when?", "Who is the king of France?"):
        chat.ask(question)
    assert listener.heard == [
        "Who founded the Blue Shop?",
        "When was the Blue Shop founded?",
        "Who is the king of France?",
    ]


def test_the_same_answers_from_a_chat_from_answers_and_from_what_a_client_sends(seeds: Index, facts: Facts) -> None:
    chat, answers = seeds.chat(), []
    for question in TALK:
        answers.append(chat.ask(question, top_k=3))
    for number, expected in enumerate(answers):
        before = answers[:number]
        histories: list[list[Any]] = [
            before,
            [Turn(question=a.question, answer=a.text) for a in before],
            [{"question": a.question, "answer": a.text} for a in before],
        ]
        for history in histories:
            assert facts(seeds.ask(TALK[number], history=history, top_k=3)) == facts(expected)


def test_an_abstained_turns_answer_is_not_carried(heard: Index) -> None:
    chat = heard.chat()
    assert not chat.ask("Who founded the Blue Shop?", min_confidence=1).answered
    assert chat.ask("How old is she?", min_confidence=1).carried == ()
    assert chat.ask("Who runs it?").asked == "Who runs the Blue Shop?"


def test_earlier_questions_alone_will_do(heard: Index) -> None:
    answer = heard.ask("when?", history=["Who founded the Blue Shop?"])
    assert answer.asked == "When was the Blue Shop founded?"
    over_documents = ragqa.ask("when?", [heard.document("a")], history=["Who founded the Blue Shop?"])
    assert over_documents.asked == answer.asked


def test_clear_begins_anew(heard: Index) -> None:
    chat = heard.chat()
    chat.ask("Who founded the Blue Shop?")
    chat.clear()
    assert chat.turns == ()
    assert chat.ask("when?").asked == "when?"


def test_only_the_last_turns_are_kept_but_what_they_were_about_lives_on(heard: Index) -> None:
    chat = heard.chat()
    chat.ask("Who founded the Blue Shop?")
    for _ in range(12):
        answer = chat.ask("Who owns it?")
    assert len(chat.turns) == 8
    assert (answer.asked, answer.carried) == ("Who owns the Blue Shop?", ("Blue Shop",))


def test_a_question_that_fails_is_forgotten(heard: Index) -> None:
    chat = heard.chat()
    with pytest.raises(InvalidQuestionError):
        chat.ask(" ")
    with pytest.raises(InvalidArgumentError):
        chat.ask("Who founded the Blue Shop?", top_k=0)
    assert chat.turns == ()


def test_threads_take_turns(heard: Index) -> None:
    chat = heard.chat()
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda n: chat.ask(f"Who founded Shop {n}?").asked, range(40)))
    assert asked == [f"Who founded Shop {n}?" for n in range(40)]
    assert len(chat.turns) == 8


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("Who?", "put a single one into a list"),
        ({"question": "Who?"}, "put a single one into a list"),
        (None, "not NoneType"),
        (5, "not int"),
        ([5], "turn 1: an Answer"),
        (["Who?", None], "turn 2: an Answer"),
        (["Who?", ""], "turn 2: question"),
        ([{"answer": "Bob"}], "turn 1: question"),
        ([{"question": "Who?", "answer": 5}], "turn 1: answer"),
        ([{"question": "Who?", "text": "Bob"}], "turn 1: text"),
        ([{"question": "x" * 2001}], "turn 1: question"),
        (["\udcff"], "turn 1: question"),
        (["Who?"] * 20 + [5], "turn 21"),
    ],
)
def test_a_history_that_is_none_is_refused(heard: Index, history: Any, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match="history") as refused:
        heard.ask("Who?", history=history)
    assert said in str(refused.value)
    assert isinstance(refused.value, RagqaError)
