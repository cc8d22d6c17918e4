"""How dense and lexical rankings are best fused: recall@k and MRR of the alternatives on development data.

    python benchmarks/fusion.py --questions eval/dev.jsonl --corpus seeds/
    python benchmarks/fusion.py --squad new_wiki_v1.0.json.gz reddit_v1.0.json.gz ...

A SQuAD file becomes a corpus of its own with each paragraph a document, and a sample of its questions. The results
are discussed in docs/retrieval.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np

import ragqa
from ragqa.evaluation import load_questions
from ragqa.evaluation.questions import GoldSpan

DEPTH = 50
CUTOFFS = (1, 5, 8, 10)
Ranking = list[tuple[int, float]]
Gold = list[tuple[str, list[GoldSpan]]]
Case = tuple[Ranking, Ranking, set[int]]


def reciprocal(offset: int, lexical: float) -> Callable[[Ranking, Ranking], list[int]]:
    def fuse(dense: Ranking, words: Ranking) -> list[int]:
        scores: dict[int, float] = {}
        for weight, ranking in ((1.0, dense), (lexical, words)):
            for rank, (number, _) in enumerate(ranking, 1):
                scores[number] = scores.get(number, 0) + weight / (offset + rank)
        return sorted(scores, key=lambda number: (-scores[number], number))

    return fuse


def convex(lexical: float, from_zero: bool) -> Callable[[Ranking, Ranking], list[int]]:
    def scaled(ranking: Ranking) -> dict[int, float]:
        if not ranking:
            return {}
        best, last = ranking[0][1], 0.0 if from_zero else ranking[-1][1]
        return {number: (score - last) / (best - last + 1e-9) for number, score in ranking}

    def fuse(dense: Ranking, words: Ranking) -> list[int]:
        scores: dict[int, float] = {}
        both = ((1 - lexical, scaled(dense)), (lexical, scaled(words)))
        for number in {number for _, part in both for number in part}:
            scores[number] = sum(w * part.get(number, min(part.values(), default=0)) for w, part in both)
        return sorted(scores, key=lambda number: (-scores[number], number))

    return fuse


METHODS: dict[str, Callable[[Ranking, Ranking], list[int]]] = {
    "dense only": lambda dense, _: [number for number, _ in dense],
    "lexical only": lambda _, words: [number for number, _ in words],
    **{f"RRF {k}, 1 : {w}": reciprocal(k, w) for k in (10, 60) for w in (1.0, 1.5)},
    **{f"convex {w}, by maximum": convex(w, True) for w in (0.3, 0.5)},
    **{f"convex {w}, by range": convex(w, False) for w in (0.3, 0.5)},
}


def from_squad(path: Path, sample: int) -> tuple[list[ragqa.Document], Gold]:
    content = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    paragraphs = [paragraph for article in content["data"] for paragraph in article["paragraphs"]]
    documents = [ragqa.Document(id=str(i), text=p["context"]) for i, p in enumerate(paragraphs) if p["context"].strip()]
    questions = [
        (qa["question"], [_gold(str(i), answer) for answer in qa["answers"]])
        for i, paragraph in enumerate(paragraphs)
        for qa in paragraph["qas"]
        if qa["question"].strip()
    ]
    return documents, random.Random(1).sample(questions, min(sample, len(questions)))


def _gold(document: str, answer: dict[str, object]) -> GoldSpan:
    start, text = int(str(answer["answer_start"])), str(answer["text"])
    return GoldSpan(doc=document, start=start, end=start + len(text), text=text)


def cases(index: ragqa.Index, questions: Gold) -> list[Case]:
    """Both rankings and the relevant passages of each question."""
    inner = index._index
    vectors = index._embed([question for question, _ in questions])
    found = []
    for (question, golds), dense in zip(questions, inner.search_vectors(vectors, DEPTH), strict=True):
        words = inner.search_words(question, DEPTH)
        numbers = list(dict.fromkeys(number for number, _ in (*dense, *words)))
        relevant = {
            number
            for number, p in zip(numbers, inner.passages(numbers), strict=True)
            if any(p.document_id == g.doc and p.start <= g.start and g.end <= p.end for g in golds)
        }
        found.append((dense, words, relevant))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, nargs="*", default=[])
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--sample", type=int, default=600)
    arguments = parser.parse_args()
    sets: dict[str, tuple[object, Gold]] = {
        p.name.split(".")[0]: from_squad(p, arguments.sample) for p in arguments.squad
    }
    if arguments.questions:
        asked = [q for q in load_questions(arguments.questions) if not q.unanswerable]
        sets[arguments.corpus.name] = (arguments.corpus, [(q.question, list(q.answers)) for q in asked])
    for name, (source, questions) in sets.items():
        with ragqa.Index.build(source) as index:  # type: ignore[arg-type]
            measured = cases(index, questions)
            print(f"\n{name}: {len(index)} documents, {index.info['passages']} passages, {len(questions)} questions\n")
        print("| fusion |", " | ".join(f"recall@{k}" for k in CUTOFFS), "| MRR |")
        print("| --- |" + " ---: |" * (len(CUTOFFS) + 1))
        for method, fuse in METHODS.items():
            ranks = [
                next((rank for rank, number in enumerate(fuse(dense, words), 1) if number in relevant), np.inf)
                for dense, words, relevant in measured
            ]
            figures = [np.mean(np.array(ranks) <= k) for k in CUTOFFS] + [np.mean(1 / np.array(ranks))]
            print(f"| {method} |", " | ".join(f"{figure:.3f}" for figure in figures), "|")


if __name__ == "__main__":
    main()
