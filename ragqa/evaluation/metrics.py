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
