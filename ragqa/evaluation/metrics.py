"""The metrics, each with its formula and source; plain functions of arrays or of one question.

A function returns None where its formula divides by nothing, rather than a number that means nothing.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragqa.evaluation.questions import GoldSpan
from ragqa.schema import Citation, Document, Retrieved

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

MOST_BINS = 10
QUESTIONS_A_BIN = 10

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize(text: str) -> str:
    """Lower case, without ASCII punctuation and the articles a, an and the, single spaces.

    Source: the official SQuAD evaluation script (Rajpurkar et al. 2016), step by step, so that figures
    compare with published ones; that includes its known bluntness ("3.5" and "35" become equal).
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def exact_match(prediction: str | None, golds: Iterable[str]) -> float:
    """1 if normalize(prediction) = normalize(g) for some gold text g, else 0; 0 for an abstention.

    Source: Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text".
    """
    if prediction is None:
        return 0.0
    normal = normalize(prediction)
    return float(any(normal == normalize(gold) for gold in golds))


def token_f1(prediction: str | None, golds: Iterable[str]) -> float:
    """max over gold texts g of 2 |P & G| / (|P| + |G|), P and G bags of normalised words; 0 for an abstention.

    The harmonic mean of word precision |P & G| / |P| and word recall |P & G| / |G|. Two texts that are both
    empty once normalised are equal (1). Source: Rajpurkar et al. 2016; the empty case as in SQuAD 2.0 (2018).
    """
    if prediction is None:
        return 0.0
    words = normalize(prediction).split()
    return max((_bag_f1(words, normalize(gold).split()) for gold in golds), default=0.0)


def _bag_f1(words: Sequence[str], gold: Sequence[str]) -> float:
    if not words and not gold:
        return 1.0
    common = (Counter(words) & Counter(gold)).total()
    return 2 * common / (len(words) + len(gold))


def first_relevant_rank(hits: Iterable[Retrieved], golds: Sequence[GoldSpan]) -> int | None:
    """Rank, from 1, of the first passage that contains a whole gold span: same document,
    passage.start <= gold.start and gold.end <= passage.end. None when no passage does."""
    for rank, hit in enumerate(hits, start=1):
        passage = hit.passage
        for gold in golds:
            if passage.document_id == gold.doc and passage.start <= gold.start and gold.end <= passage.end:
                return rank
    return None


def recall_at(k: int, rank: int | None) -> float:
    """recall@k of one question: 1 if the first relevant passage has rank <= k, else 0.

    Also called success@k or accuracy@k. Source: Karpukhin et al. 2020, "Dense Passage Retrieval".
    """
    return float(rank is not None and rank <= k)


def reciprocal_rank(rank: int | None) -> float:
    """1 / rank of the first relevant passage, 0 when there is none; its mean is MRR.

    Source: Voorhees 1999, "The TREC-8 Question Answering Track Report".
    """
    return 0.0 if rank is None else 1.0 / rank


def citation_is_valid(citation: Citation, document: Document) -> bool:
    """text[start:end] = quote, the sentence is verbatim and holds the quote, line and page are those of start.

    Source: our own contract, `ragqa.schema.Citation`.
    """
    text, sentence_end = document.text, citation.sentence_start + len(citation.sentence)
    return (
        citation.start < citation.end
        and text[citation.start : citation.end] == citation.quote
        and text[citation.sentence_start : sentence_end] == citation.sentence
        and citation.sentence_start <= citation.start
        and citation.end <= sentence_end
        and citation.line == document.line(citation.start)
        and citation.page == document.page(citation.start)
    )


def cites_gold(citations: Iterable[Citation], golds: Sequence[GoldSpan]) -> bool:
    """Whether a citation shares at least one code point with a gold span of the same document:
    c.start < g.end and g.start < c.end."""
    return any(
        citation.document_id == gold.doc and citation.start < gold.end and gold.start < citation.end
        for citation in citations
        for gold in golds
    )


def ratio(numerators: Floats, denominators: Floats) -> float | None:
    """sum of numerators / sum of denominators: a mean over items that come several, or none, to a question."""
    total = float(denominators.sum())
    return float(numerators.sum()) / total if total else None


def mean(values: Floats, counted: Flags) -> float | None:
    """Mean of the values that count: sum of values[counted] / |counted|."""
    return float(values[counted].mean()) if counted.any() else None


def auroc(scores: Floats, positive: Flags) -> float | None:
    """P(score of a positive > score of a negative) + P(equal) / 2, over all pairs; None without one of the classes.

    The Mann-Whitney U statistic / (positives x negatives), from the midrank of each positive among the
    negatives. Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve".
    """
    positives, negatives = scores[positive], np.sort(scores[~positive])
    if not len(positives) or not len(negatives):
        return None
    below = np.searchsorted(negatives, positives, side="left")
    not_above = np.searchsorted(negatives, positives, side="right")
    return float((below + not_above).mean() / 2 / len(negatives))


def precision(expected: Flags, got: Flags) -> float | None:
    """|expected & got| / |got| (van Rijsbergen 1979)."""
    return mean(expected.astype(np.float64), got)


def recall(expected: Flags, got: Flags) -> float | None:
    """|expected & got| / |expected| (van Rijsbergen 1979)."""
    return mean(got.astype(np.float64), expected)


def f1(expected: Flags, got: Flags) -> float | None:
    """2 |expected & got| / (|expected| + |got|), the harmonic mean of precision and recall (van Rijsbergen 1979)."""
    return ratio(2.0 * (expected & got), 1.0 * expected + got)


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """95 % interval of a share: (p + z2 / 2n -+ z sqrt(p (1 - p) / n + z2 / 4n2)) / (1 + z2 / n), p = successes / n,
    z = 1.96, z2 its square. Never empty, even for shares of 0 and 1; n is at least 1. Source: Wilson 1927, "Probable
    inference, the law of succession, and statistical inference".
    """
    z = 1.959964
    share, shrink = successes / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrink
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5 / shrink
    return max(0.0, middle - half), min(1.0, middle + half)


def equal_mass_bins(confidence: Floats, bins: int | None = None) -> NDArray[np.intp]:
    """Bin of each question, counted from 0 in order of confidence, about as many questions in each.

    floor(bins (m - 1/2) / n) for a question of midrank m, 1 to n: equal confidences share a bin, whatever the order of
    the questions, so some bins can hold more and others nothing. The number of bins is our choice: 10, fewer where a
    bin would have less than 10 questions (n // 10, at least 1), since the error of a bin of a few is mostly noise.
    Equal mass rather than equal width: confidences crowd at both ends, where bins of equal width leave most of the
    scale to a handful of questions. Source: Nguyen and O'Connor 2015, "Posterior calibration and exploratory
    analysis for natural language processing models".

    Args:
        confidence: probabilities, shape (n,).
        bins: how many at most, None for the choice above.
    """
    n = len(confidence)
    bins = max(1, min(MOST_BINS, n // QUESTIONS_A_BIN)) if bins is None else bins
    _, place, tied = np.unique(confidence, return_inverse=True, return_counts=True)
    not_above = tied.cumsum()
    # m - 1/2 = (questions below + questions not above) / 2; whole numbers: no rounding at a bin's edge
    return np.asarray(((2 * not_above - tied) * bins // (2 * max(n, 1)))[place], dtype=np.intp)


def calibration_error(confidence: Floats, right: Flags, bins: int | None = None) -> float | None:
    """Expected calibration error: sum over bins b of (n_b / n) |mean confidence of b - share right of b|.

    Bins as `equal_mass_bins` makes them. Noise of small bins counts as error, so that even a perfectly calibrated
    system measures above 0 (`calibration_error_by_chance`), and values compare only between sets of about one size.
    None without questions. Source: Guo et al. 2017, "On calibration of modern neural networks".

    Args:
        confidence: probability that the best claim is right, shape (n,).
        right: whether it is, shape (n,).
        bins: as for `equal_mass_bins`.
    """
    if not len(confidence):
        return None
    gaps = np.bincount(equal_mass_bins(confidence, bins), weights=confidence - right)  # n_b (confidence - share right)
    return float(np.abs(gaps).sum()) / len(confidence)


def calibration_error_by_chance(
    confidence: Floats, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> tuple[float, float, float] | None:
    """What `calibration_error` measures of a perfectly calibrated system that gives these confidences.

    Mean, (1 - level) / 2 and (1 + level) / 2 quantile over `resamples` draws of right answers, each question's right
    with the probability that its confidence says; a measured error within is no sign of bad calibration. None
    without questions. Source: Bröcker and Smith 2007, "Increasing the reliability of reliability diagrams".
    """
    generator = np.random.default_rng(seed)
    draws = (generator.random(len(confidence)) < confidence for _ in range(resamples))
    errors = [error for right in draws if (error := calibration_error(confidence, right)) is not None]
    if not errors:
        return None
    low, high = np.quantile(errors, [(1 - level) / 2, (1 + level) / 2])
    return float(np.mean(errors)), float(low), float(high)


def risk_coverage(confidence: Floats, right: Flags) -> tuple[Floats, Floats, Floats]:
    """The risk-coverage curve: what each threshold that can be chosen would answer, and how much of it is wrong.

    coverage(t) = |confidence >= t| / n and risk(t) = |confidence >= t, not right| / |confidence >= t|, for each
    confidence t that occurs, highest first; questions of equal confidence are answered together. Source: El-Yaniv
    and Wiener 2010, "On the foundations of noise-free selective classification".

    Args:
        confidence: by which questions are answered first, shape (n,).
        right: whether the best claim is right; never for an unanswerable question; shape (n,).

    Returns:
        Thresholds, coverages and risks, each of shape (number of distinct confidences,).
    """
    thresholds, tied, wrong = _by_threshold(confidence, right)
    answered = tied.cumsum()
    return thresholds, answered / max(len(confidence), 1), wrong.cumsum() / answered


def risk_coverage_area(confidence: Floats, right: Flags) -> float | None:
    """Area under the risk-coverage curve: (1 / n) sum over k = 1..n of the risk of answering the k most confident.

    Among equal confidences the errors are spread evenly, which is the mean over all orders. 0 when all are right; as
    far above as there are errors and as early as they come; answering everything has the risk of the last term, and
    confidence without information has about that for an area. None without questions. Source: El-Yaniv and Wiener
    2010 for the curve; Geifman et al. 2019, "Bias-reduced uncertainty estimation for deep neural classifiers", for
    the area.

    Args:
        confidence: shape (n,).
        right: shape (n,); as for `risk_coverage`.
    """
    if not len(confidence):
        return None
    _, tied, wrong = _by_threshold(confidence, right)
    errors = np.repeat(wrong / tied, tied).cumsum()
    return float((errors / np.arange(1, len(errors) + 1)).mean())


def _by_threshold(confidence: Floats, right: Flags) -> tuple[Floats, NDArray[np.intp], Floats]:
    """The distinct confidences, highest first, with how many questions have each and how many of those are wrong."""
    negated, place, tied = np.unique(-confidence, return_inverse=True, return_counts=True)
    return -negated, tied, np.bincount(place, weights=~right, minlength=len(tied)).astype(np.float64)
