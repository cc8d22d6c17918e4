"""Question to ranked passages: vector search and word search, fused.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): a passage scores the sum, over both searches, of
1 / (RANK_OFFSET + its rank from 1). benchmarks/fusion.py compares it, its settings and the convex combination of
scores; docs/retrieval.md has the table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragqa.index import PassageIndex
from ragqa.schema import Document, Passage, Retrieved

DEPTH = 50  # passages taken from each search
DEEPEST = 1_000  # taken when copies of a few texts fill the first places
RANK_OFFSET = 10
CONTEXT_CHARACTERS = 160  # of title and heading, so that they don't push the passage's end out of the model's window

Ranking = Sequence[tuple[int, float]]


def passage_text(passage: Passage, document: Document) -> str:
    """What of a passage is embedded: with its title and heading, as a passage seldom names its own subject."""
    context = dict.fromkeys(part for part in (document.title, passage.heading) if part and part not in passage.text)
    return "\n".join(("\n".join(context)[:CONTEXT_CHARACTERS], passage.text)).lstrip("\n")


def retrieve(
    index: PassageIndex, questions: Sequence[str], vectors: NDArray[np.float32], k: int
) -> list[list[Retrieved]]:
    """The k best passages of each question, best first.

    Args:
        index: where to search.
        questions: n questions.
        vectors: their unit vectors, shape (n, dimension).
        k: most passages for a question.
    """
    return [_passages(index, ranking[:k]) for ranking in _rankings(index, questions, vectors, max(DEPTH, k))]


def retrieve_distinct(
    index: PassageIndex, questions: Sequence[str], vectors: NDArray[np.float32], k: int
) -> list[list[Retrieved]]:
    """The k best different texts of each question, best first, each with the passages that repeat it right behind it.

    So a document that lies in the index a hundred times does not keep all others from being read. A copy has the score
    of the passage that it repeats. Arguments as for `retrieve`.
    """
    rankings = _rankings(index, questions, vectors, max(DEPTH, k))
    results = []
    for i, ranking in enumerate(rankings):
        depth = max(DEPTH, k)
        found = _distinct(index, ranking, k)
        while len(found) < k and len(ranking) >= depth and depth < DEEPEST:  # nothing but copies so far
            depth *= 4
            ranking = _rankings(index, questions[i : i + 1], vectors[i : i + 1], depth)[0]
            found = _distinct(index, ranking, k)
        results.append([hit for copies in found for hit in copies])
    return results


def _distinct(index: PassageIndex, ranking: Ranking, k: int) -> list[list[Retrieved]]:
    """Of a ranking the hits of the first k different texts, by text."""
    found: dict[str, list[Retrieved]] = {}
    for first in range(0, len(ranking), k):
        for hit in _passages(index, ranking[first : first + k]):
            copies = found.setdefault(hit.passage.text, [])
            copies.append(hit.model_copy(update={"score": copies[0].score}) if copies else hit)
        if len(found) >= k:
            break
    return list(found.values())[:k]


def _passages(index: PassageIndex, ranking: Ranking) -> list[Retrieved]:
    passages = index.passages([number for number, _ in ranking])
    return [Retrieved(passage=p, score=score) for p, (_, score) in zip(passages, ranking, strict=True)]


def _rankings(
    index: PassageIndex, questions: Sequence[str], vectors: NDArray[np.float32], depth: int
) -> list[list[tuple[int, float]]]:
    """The numbers and scores of each question's passages, best first, looked for so deep in each search."""
    rankings = []
    for question, dense in zip(questions, index.search_vectors(vectors, depth), strict=True):
        lexical = index.search_words(question, depth)
        fused = fuse(dense[:DEPTH], lexical[:DEPTH])
        # what lies deeper comes after, so that the first places do not depend on the depth
        found = {number for number, _ in fused}
        fused += [(number, 0.0) for number, _ in fuse(dense, lexical) if number not in found]
        rankings.append(fused)
    return rankings


def fuse(dense: Ranking, lexical: Ranking) -> list[tuple[int, float]]:
    """Fuse two rankings of (number, score), each best first; ties go to the lower number."""
    scores: dict[int, float] = {}
    for ranking in (dense, lexical):
        for rank, (number, _) in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
