"""Score embedding models on held-out questions over several corpora, side by side.

    python training/evaluate_embedding.py --examples training/runs/*.jsonl --models default FOLDER ...

Every corpus is a source's paragraphs of both splits (to make it hard), the questions are those of its development
paragraphs; `seeds` is eval/dev.jsonl over seeds/. Recall@1 and @8 and the mean reciprocal rank of the first 10, of the
vectors alone and of the whole index (vectors and BM25 fused).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import ragqa
from ragqa.embedding import load_embedding
from ragqa.evaluation import load_questions

ROOT = Path(__file__).parents[1]
DEPTH = 10


def figures(ranks: Sequence[int | None]) -> str:
    """ranks: of the first right passage, from 0; None when it is not among the first DEPTH."""
    found = np.array([np.inf if rank is None else rank for rank in ranks])
    reciprocal = np.where(np.isfinite(found), 1 / (found + 1), 0.0)
    return f"{(found < 1).mean():.3f} | {(found < 8).mean():.3f} | {reciprocal.mean():.3f}"


def rank_of(hits: Sequence[Any], right: Callable[[Any], bool]) -> int | None:
    return next((rank for rank, hit in enumerate(hits) if right(hit)), None)


def paragraphs(name: str, examples: list[dict[str, Any]], sample: int) -> str:
    contexts = sorted({example["context"] for example in examples if example["context"].strip()})
    asked = [example for example in examples if example["split"] == "dev" and example["answers"]]
    asked = random.Random(0).sample(asked, min(sample, len(asked)))
    documents = [ragqa.Document(id=str(i), text=context) for i, context in enumerate(contexts)]
    index = ragqa.Index.build(documents, embedding=name)
    whole = [
        rank_of(
            index.retrieve(e["question"], DEPTH),
            lambda hit, e=e: contexts[int(hit.passage.document_id)] == e["context"],
        )
        for e in asked
    ]
    embedding = load_embedding(name)
    vectors = embedding.embed_passages(contexts)
    questions = embedding.embed_questions([e["question"] for e in asked])
    order = np.argsort(-(questions @ vectors.T), axis=1)[:, :DEPTH]
    alone = [rank_of(row, lambda i, e=e: contexts[i] == e["context"]) for row, e in zip(order, asked, strict=True)]
    return f"{len(contexts):,} | {len(asked):,} | {figures(alone)} | {figures(whole)}"


def seeds(name: str) -> str:
    asked = [question for question in load_questions(ROOT / "eval" / "dev.jsonl") if question.texts]
    index = ragqa.Index.build(ROOT / "seeds", embedding=name)
    whole = []
    for question in asked:
        golds = [text.casefold() for text in question.texts]
        hits = index.retrieve(question.question, DEPTH)
        whole.append(rank_of(hits, lambda hit, golds=golds: any(gold in hit.passage.text.casefold() for gold in golds)))
    return f"5 | {len(asked)} |  |  |  | {figures(whole)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--models", nargs="+", default=["default"])
    parser.add_argument("--sample", type=int, default=500, help="questions of a corpus")
    arguments = parser.parse_args()
    by_source: dict[str, list[dict[str, Any]]] = {}
    for path in arguments.examples:
        for line in path.read_text("utf-8").splitlines():
            example = json.loads(line)
            source = "synthetic (training/data)" if example["source"].startswith("own/") else example["source"]
            by_source.setdefault(source, []).append(example)
    print("| corpus | model | passages | questions | R@1 | R@8 | MRR@10 | index R@1 | index R@8 | index MRR@10 |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in arguments.models:
        print(f"| seeds | {name} | {seeds(name)} |", flush=True)
    for source, examples in by_source.items():
        for name in arguments.models:
            print(f"| {source} | {name} | {paragraphs(name, examples, arguments.sample)} |", flush=True)


if __name__ == "__main__":
    main()
