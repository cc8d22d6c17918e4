"""Question to ranked passages: vector search and word search, fused.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): a passage scores the sum, over both searches, of
1 / (RANK_OFFSET + its rank from 1). benchmarks/fusion.py compares it, its settings and the convex combination of
scores; docs/retrieval.md has the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    depth = max(DEPTH, k)
    results = []
    for question, dense in zip(questions, index.search_vectors(vectors, depth), strict=True):
        ranking = _fused(dense, index.search_words(question, depth))[:k]
        passages = index.passages([number for number, _ in ranking])
        results.append([Retrieved(passage=p, score=score) for p, (_, score) in zip(passages, ranking, strict=True)])
    return results


def retrieve_distinct(
    index: PassageIndex, questions: Sequence[str], vectors: NDArray[np.float32], k: int
) -> list[list[Retrieved]]:
    """The k best different texts of each question, best first, each with the passages that repeat it right behind it.

    Copies count as one from the beginning: a document that lies in the index a hundred times neither keeps others from
    being read nor lowers their score. Arguments as for `retrieve`.
    """
    results = retrieve(index, questions, vectors, k)
    for i, hits in enumerate(results):
        if len({hit.passage.text for hit in hits}) < len(hits):
            results[i] = _without_copies(index, questions[i], vectors[i : i + 1], k)
    return results


def _without_copies(index: PassageIndex, question: str, vector: NDArray[np.float32], k: int) -> list[Retrieved]:
    depth = max(DEPTH, k)
    while True:
        rankings = index.search_vectors(vector, depth)[0], index.search_words(question, depth)
        numbers = sorted({number for ranking in rankings for number, _ in ranking})
        copies: dict[str, list[tuple[int, Passage]]] = {}
        for number, passage in zip(numbers, index.passages(numbers), strict=True):
            copies.setdefault(passage.text, []).append((number, passage))
        first = {number: same[0][0] for same in copies.values() for number, _ in same}
        distinct = [_best_of(ranking, first) for ranking in rankings]
        exhausted = all(len(ranking) < depth for ranking in rankings)
        if exhausted or depth >= DEEPEST or min(map(len, distinct)) >= max(DEPTH, k):
            break
        depth *= 4
    by_number = {same[0][0]: same for same in copies.values()}
    return [
        Retrieved(passage=passage, score=score)
        for number, score in _fused(*distinct)[:k]
        for _, passage in by_number[number]
    ]


def _best_of(ranking: Ranking, first: Mapping[int, int]) -> list[tuple[int, float]]:
    """The ranking with one number for all copies of a text, at the best place of any."""
    best: dict[int, float] = {}
    for number, score in ranking:
        best.setdefault(first[number], score)
    return list(best.items())


def _fused(dense: Ranking, lexical: Ranking) -> list[tuple[int, float]]:
    """What lies deeper than DEPTH comes after, so that the first places do not depend on how deep was searched."""
    fused = fuse(dense[:DEPTH], lexical[:DEPTH])
    found = {number for number, _ in fused}
    return fused + [(number, 0.0) for number, _ in fuse(dense, lexical) if number not in found]


def fuse(dense: Ranking, lexical: Ranking) -> list[tuple[int, float]]:
    """Fuse two rankings of (number, score), each best first; ties go to the lower number."""
    scores: dict[int, float] = {}
    for ranking in (dense, lexical):
        for rank, (number, _) in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
