"""Every metric against values worked out by hand, and properties that must hold for all inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.evaluation import metrics
from ragqa.schema import Document

from .fakes import citation, gold, hit

WORDS = st.text(alphabet="ab 1.,'AT\n\u2028é", max_size=20) | st.sampled_from(["the", "a cat", "The Cat.", "an", ""])
DOCUMENT = Document(id="d", text="One.\nTwo is 49% of it.")
TWIN = Document(id="twin", text=DOCUMENT.text)


def auroc(scores: list[float], positive: list[bool]) -> float | None:
    return metrics.auroc(np.array(scores), np.array(positive))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  Cat, a\tdog!", "cat dog"),
        ("an apple", "apple"),
        ("Theatre and another", "theatre and another"),
        ("$1,000.50", "100050"),
        ("the", ""),
        ("a-b", "ab"),  # as in SQuAD: punctuation goes before the articles do
        ("ÉTÉ", "été"),
    ],
)
def test_normalize(text: str, normal: str) -> None:
    assert metrics.normalize(text) == normal


@pytest.mark.parametrize(
    ("prediction", "golds", "expected"),
    [
        ("The cat.", ["cat"], 1),
        ("cat", ["dog", "a cat"], 1),
        ("black cat", ["cat"], 0),
        (None, ["cat"], 0),
        ("cat", [], 0),
    ],
)
def test_exact_match(prediction: str | None, golds: list[str], expected: float) -> None:
    assert metrics.exact_match(prediction, golds) == expected


@pytest.mark.parametrize(
    ("prediction", "golds", "expected"),
    [
        # 2 words in common, 3 predicted, 4 in the gold: P = 2/3, R = 1/2, F1 = 4/7
        ("the big black cat", ["a big black dog runs"], 4 / 7),
        ("black cat", ["cat"], 2 / 3),
        ("cat", ["dog", "black cat", "big black cat"], 2 / 3),  # the best gold text counts
        ("cat cat cat", ["cat"], 1 / 2),  # a bag: one of three is right
        ("dog", ["cat"], 0),
        (None, ["cat"], 0),
        ("the", ["cat"], 0),
        ("the", ["a"], 1),
    ],
)
def test_token_f1(prediction: str | None, golds: list[str], expected: float) -> None:
    assert metrics.token_f1(prediction, golds) == pytest.approx(expected)


@given(WORDS, st.lists(WORDS, max_size=3))
def test_f1_is_a_share_and_exact_match_implies_it(prediction: str, golds: list[str]) -> None:
    f1 = metrics.token_f1(prediction, golds)
    assert 0 <= f1 <= 1
    assert metrics.exact_match(prediction, golds) in (0, 1)
    if metrics.exact_match(prediction, golds):
        assert f1 == 1


@given(WORDS, WORDS)
def test_f1_is_symmetric(one: str, other: str) -> None:
    assert metrics.token_f1(one, [other]) == metrics.token_f1(other, [one])


@given(WORDS)
def test_normalize_ignores_case_and_outer_punctuation(text: str) -> None:
    assert metrics.normalize(f"  ({text.upper()})!") == metrics.normalize(text)


def test_first_relevant_rank_wants_the_whole_span_in_the_same_document() -> None:
    span = gold(DOCUMENT, "49%")
    assert (span.start, span.end) == (12, 15)
    cut_left, cut_right, whole = hit(DOCUMENT, 13, 20), hit(DOCUMENT, 5, 14), hit(DOCUMENT, 12, 15)
    elsewhere = hit(TWIN, 0, 22)
    assert metrics.first_relevant_rank([cut_left, elsewhere, cut_right, whole, whole], [span]) == 4
    assert metrics.first_relevant_rank([cut_left, elsewhere, cut_right], [span]) is None
    assert metrics.first_relevant_rank([hit(DOCUMENT, 0, 4), whole], [span, gold(DOCUMENT, "One")]) == 1
    assert metrics.first_relevant_rank([], [span]) is None


@pytest.mark.parametrize(("k", "rank", "expected"), [(5, 5, 1), (5, 6, 0), (1, 1, 1), (10, None, 0)])
def test_recall_at(k: int, rank: int | None, expected: float) -> None:
    assert metrics.recall_at(k, rank) == expected


@pytest.mark.parametrize(("rank", "expected"), [(1, 1), (4, 0.25), (None, 0)])
def test_reciprocal_rank(rank: int | None, expected: float) -> None:
    assert metrics.reciprocal_rank(rank) == expected


def test_a_true_citation_is_valid() -> None:
    assert metrics.citation_is_valid(citation(DOCUMENT, "49%"), DOCUMENT)
    narrow = citation(DOCUMENT, "49%", sentence="Two is 49% of it.", sentence_start=5)
    assert metrics.citation_is_valid(narrow, DOCUMENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"quote": "48%"},
        {"start": 11},
        {"start": 15, "quote": ""},
        {"start": 12 + 100, "end": 15 + 100},
        {"line": 1},
        {"page": 1},
        {"sentence": "Two is 49%"},
        {"sentence_start": 1},
        {"sentence": "One.", "sentence_start": 0},
        {"sentence": "% of it.", "sentence_start": 14},
    ],
)
def test_a_citation_with_a_flaw_is_not_valid(changes: dict[str, Any]) -> None:
    assert not metrics.citation_is_valid(citation(DOCUMENT, "49%", **changes), DOCUMENT)


def test_cites_gold_wants_one_shared_character() -> None:
    span = gold(DOCUMENT, "49%")
    assert metrics.cites_gold([citation(DOCUMENT, "is 4")], [span])
    assert metrics.cites_gold([citation(DOCUMENT, "One"), citation(DOCUMENT, "% of")], [span])
    assert not metrics.cites_gold([citation(DOCUMENT, "is "), citation(DOCUMENT, " of")], [span])
    assert not metrics.cites_gold([citation(TWIN, "49%")], [span])
    assert not metrics.cites_gold([], [span])


@pytest.mark.parametrize(
    ("positives", "negatives", "expected"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1),
        ([0.1], [0.9], 0),
        ([0.5, 0.5], [0.5], 0.5),
        # pairs: .8>.5, .8>.2, .5=.5 (1/2), .5>.2, .3<.5, .3>.2: 4.5 of 6
        ([0.8, 0.5, 0.3], [0.5, 0.2], 4.5 / 6),
    ],
)
def test_auroc(positives: list[float], negatives: list[float], expected: float) -> None:
    labels = [True] * len(positives) + [False] * len(negatives)
    assert auroc(positives + negatives, labels) == pytest.approx(expected)
    assert auroc((positives + negatives)[::-1], labels[::-1]) == pytest.approx(expected)


def test_auroc_is_undefined_without_one_of_the_classes() -> None:
    assert auroc([0.1, 0.2], [True, True]) is None
    assert auroc([0.1, 0.2], [False, False]) is None


SCORED = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=30).filter(
    lambda pairs: len({positive for _, positive in pairs}) == 2
)


@given(SCORED)
def test_auroc_counts_pairs_and_sees_only_the_order(pairs: list[tuple[int, bool]]) -> None:
    scores, labels = [float(score) for score, _ in pairs], [positive for _, positive in pairs]
    positives = [score for score, positive in pairs if positive]
    negatives = [score for score, positive in pairs if not positive]
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    area = auroc(scores, labels)
    assert area is not None
    assert area == pytest.approx(wins / (len(positives) * len(negatives)))
    assert auroc([score**3 + 7 for score in scores], labels) == area
    assert auroc([-score for score in scores], labels) == pytest.approx(1 - area)


def test_conflict_metrics() -> None:
    expected = np.array([True, True, True, False, False])
    got = np.array([True, True, False, True, False])
    assert metrics.precision(expected, got) == pytest.approx(2 / 3)
    assert metrics.recall(expected, got) == pytest.approx(2 / 3)
    assert metrics.f1(expected, np.array([True, False, False, False, False])) == pytest.approx(
        2 * 1 * (1 / 3) / (4 / 3)
    )


def test_conflict_metrics_are_undefined_where_they_divide_by_nothing() -> None:
    none, some = np.array([False, False]), np.array([True, False])
    assert metrics.precision(some, none) is None
    assert metrics.recall(none, some) is None
    assert metrics.f1(none, none) is None
    assert metrics.f1(some, none) == 0


def test_ratio_weighs_by_the_denominator() -> None:
    assert metrics.ratio(np.array([1.0, 9.0]), np.array([2.0, 18.0])) == 0.5
    assert metrics.ratio(np.array([1.0, 3.0]), np.array([1.0, 9.0])) == pytest.approx(0.4)
    assert metrics.ratio(np.zeros(2), np.zeros(2)) is None
