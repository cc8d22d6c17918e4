"""From spans to claims: what is one claim, what supports it, and when sources contradict each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.calibration import Calibration
from ragqa.reader import Span
from ragqa.resolve import MOST_CLAIMS, Resolution, resolve, weigh
from ragqa.schema import Document, Passage, Retrieved

EVEN = Calibration(slope=1.0, intercept=0.0, support=1.0, min_confidence=0.5, min_rival=0.25)
PRICE = "How much did Meta pay for its share of Scale AI?"


def resolved(question: str, *said: tuple[str, str, float], calibration: Calibration = EVEN) -> Resolution:
    """What comes of documents with one span each, as (text, answer in it, score); an answer may be "" for none."""
    documents, spans, hits = {}, [], []
    for rank, (text, answer, score) in enumerate(said):
        name = f"d{rank}"
        documents[name] = Document(id=name, text=text)
        hits.append(Retrieved(passage=Passage(document_id=name, start=0, end=len(text), text=text), score=0.0))
        start = text.index(answer)
        spans.append(Span(name, start, start + len(answer), answer, score, rank))
    return resolve(question, weigh(question, spans, hits), hits, documents.__getitem__, calibration)


def texts(resolution: Resolution) -> list[str]:
    return [claim.text for claim in resolution.claims]


class TestOneClaim:
    def test_one_sum_in_three_notations_has_three_citations(self) -> None:
        found = resolved(
            PRICE,
            ("Meta paid $14.3 billion.", "$14.3 billion", 3),
            ("The price was USD 14.3bn, said Meta.", "USD 14.3bn", 2),
            ("Meta spent 14.3 billion dollars on it.", "14.3 billion dollars", 1),
        )
        assert texts(found) == ["$14.3 billion"]
        assert [citation.quote for citation in found.claims[0].citations] == [
            "$14.3 billion",
            "USD 14.3bn",
            "14.3 billion dollars",
        ]

    def test_a_contained_name_is_the_same_person(self) -> None:
        found = resolved(
            "Who founded Scale AI?",
            ("Scale AI was founded by Alexandr Wang.", "Alexandr Wang", 3),
            ("Wang founded Scale AI.", "Wang", 2),
        )
        assert texts(found) == ["Alexandr Wang"]

    def test_a_document_is_cited_once_for_a_claim(self) -> None:
        text = "Scale AI was founded by Wang. Wang left."
        document = Document(id="d", text=text)
        hit = Retrieved(passage=Passage(document_id="d", start=0, end=len(text), text=text), score=0.0)
        places = [(24, 28), (30, 34)]
        spans = [Span("d", start, end, "Wang", 2.0, 0) for start, end in places]
        found = resolve("Who founded Scale AI?", spans, [hit], lambda _: document, EVEN)
        assert [(c.start, c.end) for c in found.claims[0].citations] == [(24, 28)]

    def test_another_extent_of_the_same_place_is_no_claim_of_its_own(self) -> None:
        text = "It is the old port of Vigo."
        document = Document(id="d", text=text)
        hit = Retrieved(passage=Passage(document_id="d", start=0, end=len(text), text=text), score=0.0)
        spans = [Span("d", 22, 26, "Vigo", 2.0, 0), Span("d", 6, 26, "the old port of Vigo", 1.0, 0)]
        assert texts(resolve("Where is it?", spans, [hit], lambda _: document, EVEN)) == ["Vigo"]


class TestHedges:
    @pytest.mark.parametrize(
        ("text", "answer", "claim"),
        [
            ("Meta offered over $10 billion for it.", "$10 billion", "over $10 billion"),
            ("Meta offered $10 billion or more for it.", "$10 billion", "$10 billion or more"),
            ("Reportedly more than 49% were sold.", "49%", "Reportedly more than 49%"),
            ("It employs about 1,200 people.", "1,200 people", "about 1,200 people"),
            ("Some 40 of them stayed.", "40", "Some 40"),
            ("He is over it. $10 billion is the price.", "$10 billion", "$10 billion"),
            ("The talks were about money: $10 billion.", "$10 billion", "$10 billion"),
            ("More than ten of them stayed in 2019.", "2019", "2019"),
            ("More than a few of them left Vigo.", "Vigo", "Vigo"),
        ],
    )
    def test_bounds_and_approximations_stay_with_the_figure(self, text: str, answer: str, claim: str) -> None:
        found = resolved(PRICE, (text, answer, 3))
        assert texts(found) == [claim]
        assert found.claims[0].citations[0].quote == claim

    def test_a_bound_is_weighed_with_the_figure(self) -> None:
        found = resolved(
            PRICE,
            ("In June Meta paid $14.3 billion.", "$14.3 billion", 3),
            ("In May Meta offered more than $10 billion.", "$10 billion", 2),
        )
        assert texts(found) == ["$14.3 billion", "more than $10 billion"]
        assert not found.rivals


class TestSupport:
    one = ("Scale AI was founded by Wang in a kitchen.", "Wang", 1.0)

    def test_independent_documents_raise_the_confidence(self) -> None:
        alone = resolved("Who founded Scale AI?", self.one)
        two = resolved("Who founded Scale AI?", self.one, ("A student called Wang began Scale AI.", "Wang", 1.0))
        assert two.claims[0].confidence > alone.claims[0].confidence

    def test_copies_of_a_text_do_not(self) -> None:
        alone = resolved("Who founded Scale AI?", self.one)
        copied = resolved("Who founded Scale AI?", *[self.one] * 7)
        assert copied.claims[0].confidence == alone.claims[0].confidence
        assert len(copied.claims[0].citations) == 7

    story = (
        "Scale AI was founded by Wang in a kitchen, where two friends and an old laptop had to do. Then came "
        "offices, contracts, thousands of people who label pictures, and one very large customer."
    )

    @pytest.mark.parametrize(
        "changed",
        [
            "LONDON, 3 May (Wire) - " + story,
            story.replace("an old laptop had", "one old laptop had"),
            story[: len(story) // 2],
        ],
    )
    def test_nor_does_one_with_little_changed(self, changed: str) -> None:
        alone = resolved("Who founded Scale AI?", (self.story, "Wang", 1.0))
        copied = resolved("Who founded Scale AI?", (self.story, "Wang", 1.0), (changed, "Wang", 1.0))
        assert copied.claims[0].confidence == alone.claims[0].confidence
        assert len(copied.claims[0].citations) == 2

    def test_short_texts_may_be_alike_by_chance(self) -> None:
        alone = resolved("Who founded Scale AI?", self.one)
        alike = ("Scale AI was founded by Wang in a garage.", "Wang", 1.0)
        assert resolved("Who founded Scale AI?", self.one, alike).claims[0].confidence > alone.claims[0].confidence

    def test_nor_do_a_hundred_copies_hide_what_another_document_says(self) -> None:
        copy = ("In June Meta paid $14.3 billion.", "$14.3 billion", 3.0)
        found = resolved(PRICE, *[copy] * 100, ("So Meta paid $14.8 billion.", "$14.8 billion", 2.0))
        assert found.rivals
        assert [len(claim.citations) for claim in found.claims] == [100, 1]

    def test_a_document_that_hardly_says_it_hardly_supports_it(self) -> None:
        weak = resolved("Who founded Scale AI?", self.one, ("A student called Wang began Scale AI.", "Wang", -8.0))
        assert weak.claims[0].confidence - EVEN.confidence(1.0) == pytest.approx(0, abs=0.001)

    def test_support_can_put_a_claim_before_one_with_a_better_span(self) -> None:
        found = resolved(
            "Who founded Scale AI?",
            ("It was Mr. Guo.", "Guo", 1.1),
            ("Wang founded it.", "Wang", 1.0),
            ("Founder: Wang.", "Wang", 1.0),
        )
        assert texts(found) == ["Wang", "Guo"]


class TestConflict:
    def test_two_sums_contradict_each_other(self) -> None:
        found = resolved(
            PRICE,
            ("In June Meta paid $14.3 billion.", "$14.3 billion", 3),
            ("So Meta paid $14.8 billion.", "$14.8 billion", 2),
        )
        assert found.rivals == (0, 1)
        assert texts(found) == ["$14.3 billion", "$14.8 billion"]

    def test_the_rivals_are_named_and_what_stands_between_them_is_none(self) -> None:
        found = resolved(
            PRICE,
            ("In June Meta paid $14.3 billion.", "$14.3 billion", 3),
            ("In May Meta offered more than $10 billion.", "$10 billion", 2.5),
            ("So Meta paid $14.8 billion.", "$14.8 billion", 2),
        )
        assert texts(found) == ["$14.3 billion", "more than $10 billion", "$14.8 billion"]
        assert found.rivals == (0, 2)

    @pytest.mark.parametrize(
        "other", ["more than $10 billion", "$14 billion", "some $14 billion", "a great deal of money"]
    )
    def test_bounds_and_rounded_sums_do_not(self, other: str) -> None:
        found = resolved(
            PRICE, ("In June Meta paid $14.3 billion.", "$14.3 billion", 3), (f"In May Meta offered {other}.", other, 2)
        )
        assert not found.rivals

    def test_nor_do_two_true_facets(self) -> None:
        found = resolved(
            "Who invested in Scale AI?",
            ("In 2024 Amazon invested in Scale AI.", "Amazon", 3),
            ("Among its investors is Meta, says Scale AI.", "Meta", 2),
        )
        assert not found.rivals

    def test_a_weak_rival_is_none(self) -> None:
        said = ("In June Meta paid $14.3 billion.", "$14.3 billion", 3.0)
        assert resolved(PRICE, said, ("So Meta paid $14.8 billion.", "$14.8 billion", -0.9)).rivals
        assert not resolved(PRICE, said, ("So Meta paid $14.8 billion.", "$14.8 billion", -1.2)).rivals

    def test_nor_is_one_about_something_else(self) -> None:
        question = "Who was the judge in the Bergen trial?"
        trial = ("The thief of Bergen stood before Judge Moe Strand.", "Moe Strand", 3.0)
        assert resolved(question, trial, ("In Bergen the judge was Ida Holm.", "Ida Holm", 2.0)).rivals
        assert not resolved(question, trial, ("The forger of Lagos met Judge Obi Ade.", "Obi Ade", 2.0)).rivals

    def test_a_document_that_tells_two_figures_apart_does_not_contradict_itself(self) -> None:
        text = "Meta paid $14.3 billion, not the $14.8 billion that had been rumoured."
        document = Document(id="d", text=text)
        hit = Retrieved(passage=Passage(document_id="d", start=0, end=len(text), text=text), score=0.0)
        spans = [
            Span("d", text.index(sum_), text.index(sum_) + len(sum_), sum_, score, 0)
            for sum_, score in (("$14.3 billion", 3.0), ("$14.8 billion", 2.0))
        ]
        assert not resolve(PRICE, spans, [hit], lambda _: document, EVEN).rivals

    def test_an_abstention_shows_no_conflict(self) -> None:
        found = resolved(
            PRICE,
            ("Meta paid $14.3 billion.", "$14.3 billion", -0.1),
            ("Meta paid $14.8 billion.", "$14.8 billion", -0.2),
        )
        assert not found.rivals
        assert len(found.claims) == 2

    def test_a_thousand_contradictions_are_a_handful_of_claims(self) -> None:
        found = resolved(PRICE, *((f"Meta paid ${n} billion.", f"${n} billion", 5 - n / 1000) for n in range(1, 1000)))
        assert found.rivals
        assert texts(found) == [f"${n} billion" for n in range(1, MOST_CLAIMS + 1)]


class TestQuestions:
    @pytest.mark.parametrize("question", ["?!", "...", "Who is it?", "what did they do to him"])
    def test_one_that_asks_for_nothing_has_no_likely_answer(self, question: str) -> None:
        found = resolved(question, ("Wang founded Scale AI.", "Wang", 9.0))
        assert texts(found) == ["Wang"]
        assert found.claims[0].confidence < 0.01

    def test_one_in_another_script_is_like_any_other(self) -> None:
        assert resolved("谁创立了公司?", ("Wang founded Scale AI.", "Wang", 9.0)).claims[0].confidence > 0.9

    def test_no_spans_no_claims(self) -> None:
        assert resolved("Who?") == Resolution((), ())


ANSWERS = st.sampled_from(
    ["$14.3 billion", "14.3bn dollars", "$14.8 billion", "over $10 billion", "Wang", "A. Wang", "no"]
)


@given(st.lists(st.tuples(ANSWERS, st.floats(-9, 9)), max_size=12))
def test_what_always_holds(said: list[tuple[str, float]]) -> None:
    found = resolved(PRICE, *((f"Here Meta says {answer} and no more.", answer, score) for answer, score in said))
    confidences = [claim.confidence for claim in found.claims]
    assert confidences == sorted(confidences, reverse=True)
    for claim in found.claims:
        assert claim.text == claim.citations[0].quote
        cited = [citation.document_id for citation in claim.citations]
        assert len(cited) == len(set(cited))
    if found.rivals:
        assert len(found.claims) >= 2
        assert found.claims[0].confidence >= EVEN.min_confidence


@given(st.floats(-9, 9), st.floats(0, 8), st.floats(0, 8))
def test_confidence_grows_with_support(score: float, less: float, more: float) -> None:
    less, more = sorted((less, more))
    confidence: Callable[[float, float], float] = EVEN.confidence
    assert confidence(score, less) <= confidence(score, more)
