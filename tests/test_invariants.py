"""What holds for every answer over every corpus, however odd its characters."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable

import pydantic
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ragqa import Answer, Citation, Document, Index

# What goes wrong where bytes, UTF-16 units, graphemes or lines are taken for code points.
ODD = ["🎉", "\U0001f469\u200d\U0001f467", "e\u0301", "\u0301", "İ", "ﬁ", "Ⅷ", "한국", "שלום", "𝟙𝟚"]
ODD += ["\u200b", "\u202e", "\ufeff", "\0", "\x1b[31m"]
BREAKS = ["\n", "\r\n", "\r", "\n\n", "\u2028", "\x85", "\x0c", "\t", "\xa0", " "]
WORDS = [
    "Bob is the king of France.",
    "Ann bought 49% of the shop for $14.3 billion in 2016!",
    "naïve Café-owners agreed, [4] they say:",
    "# A heading",
    "- an item of a list",
    "| a | table | row |",
    "(unclosed “quote",
    "```",
    "---",
    "The king, Bob, paid 14.3 billion dollars; nobody else did so.",
]
QUESTIONS = ["Who is the king of France?", "How much was paid for the shop?", "What share did Ann buy?", "Why?", "🎉?"]

texts = st.one_of(
    st.lists(st.sampled_from([*WORDS, *WORDS, *ODD, *BREAKS, *BREAKS]), min_size=1, max_size=25).map("".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map("\r\n".join),
    st.text(max_size=60),
).filter(str.strip)
names = st.one_of(st.sampled_from("abc"), st.text(min_size=1, max_size=5))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(texts)
    pages = draw(st.sets(st.integers(1, len(text)), max_size=3)) if draw(st.booleans()) else None
    starts = () if pages is None else (0, *sorted(pages))
    return Document(id=draw(names), text=text, title=draw(st.text(max_size=5)), page_starts=starts)


corpora = st.lists(documents(), min_size=1, max_size=4, unique_by=lambda document: document.id)
Build = Callable[..., Index]
questions = st.one_of(st.sampled_from(QUESTIONS), st.text(min_size=1, max_size=30)).filter(str.strip)


def check_citation(citation: Citation, document: Document) -> None:
    assert document.id == citation.document_id
    assert (citation.title, citation.source) == (document.title, document.source)
    assert citation.quote
    assert document.text[citation.start : citation.end] == citation.quote
    sentence_end = citation.sentence_start + len(citation.sentence)
    assert document.text[citation.sentence_start : sentence_end] == citation.sentence
    assert citation.sentence_start <= citation.start < citation.end <= sentence_end
    assert citation.line == document.text[: citation.start].count("\n") + 1
    assert citation.page == (bisect_right(document.page_starts, citation.start) if document.page_starts else None)


def check_answer(answer: Answer, index: Index) -> None:
    for claim in answer.claims:
        assert claim.text == claim.citations[0].quote
        assert 0 <= claim.confidence <= 1
        assert max(Counter(citation.document_id for citation in claim.citations).values()) == 1
        for citation in claim.citations:
            check_citation(citation, index.document(citation.document_id))
    confidences = [claim.confidence for claim in answer.claims]
    assert confidences == sorted(confidences, reverse=True)
    assert answer.confidence == (confidences[0] if confidences else 0)
    assert answer.text == (answer.claims[0].text if answer.answered else None)
    assert answer.citations == (answer.claims[0].citations if answer.answered else ())
    assert not answer.conflict or (answer.answered and len(answer.claims) > 1)
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def check_passages(index: Index, corpus: list[Document], question: str) -> None:
    covered = {document.id: [False] * len(document.text) for document in corpus}
    for passage in (hit.passage for hit in index.retrieve(question, 10_000)):
        assert passage.text == index.document(passage.document_id).text[passage.start : passage.end]
        covered[passage.document_id][passage.start : passage.end] = [True] * len(passage.text)
    for document in corpus:
        assert index.document(document.id) == document
        missed = [c for c, seen in zip(document.text, covered[document.id], strict=True) if not seen]
        assert "".join(missed).strip() == ""


@given(corpus=corpora, question=questions)
@example(corpus=[Document(id="a", text="Bob")], question="Who?")
@example(corpus=[Document(id="a", text="Bob\r\nis the king\r\nof France.")], question="Who is the king?")
@example(corpus=[Document(id="a", text="🎉🎉 Bob is the king. " * 200)], question="Who is the king?")
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_answers_are_proven_and_passages_exact(build: Build, corpus: list[Document], question: str) -> None:
    with build(*corpus) as index:
        check_passages(index, corpus, question)
        forced = index.ask(question, min_confidence=0)
        assert forced.answered == bool(forced.claims)
        for answer in (forced, index.ask(question)):
            assert answer.question == question
            check_answer(answer, index)


def test_every_answer_over_the_seeds_is_proven(seeds: Index) -> None:
    for question in ("What share did Meta buy?", "How much was paid?", "Who runs Scale AI now?", "Which labs left?"):
        answer = seeds.ask(question, min_confidence=0)
        assert len(answer.claims) > 1
        check_answer(answer, seeds)


def test_answers_are_frozen(seeds: Index) -> None:
    answer = seeds.ask("What share did Meta buy?", min_confidence=0)
    hit = seeds.retrieve("What share?", 1)[0]
    document = seeds.document(hit.passage.document_id)
    parts = (answer, answer.claims[0], answer.citations[0], hit, hit.passage, document)
    for part in parts:
        for field in type(part).model_fields:
            with pytest.raises(pydantic.ValidationError, match="frozen"):
                setattr(part, field, getattr(part, field))
