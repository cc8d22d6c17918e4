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
        lexical = index.search_words(question, depth)
        fused = fuse(dense[:DEPTH], lexical[:DEPTH])
        if k > len(fused):  # what lies deeper comes after, so that the first places do not depend on k
            found = {number for number, _ in fused}
            fused += [(number, 0.0) for number, _ in fuse(dense, lexical) if number not in found]
        fused = fused[:k]
        passages = index.passages([number for number, _ in fused])
        results.append([Retrieved(passage=p, score=score) for p, (_, score) in zip(passages, fused, strict=True)])
    return results


def fuse(dense: Ranking, lexical: Ranking) -> list[tuple[int, float]]:
    """Fuse two rankings of (number, score), each best first; ties go to the lower number."""
    scores: dict[int, float] = {}
    for ranking in (dense, lexical):
        for rank, (number, _) in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
