"""Score readers on held-out questions, given the right paragraph, side by side.

    python training/evaluate_reader.py --examples training/runs/*.jsonl --readers default READER_FOLDER ...

Exact match and F1 (SQuAD normalisation) of the best span on the answerable questions of the development split, by
source, with 95 % bootstrap intervals; and the AUROC of its score for questions with their own passage against
unanswerable ones and against the best-ranked passage that does not answer.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from ragqa import Passage
from ragqa.evaluation.metrics import auroc, exact_match, token_f1
from ragqa.reader import Reader, Span, load_reader

BATCH = 64


def read_all(reader: Reader, pairs: list[tuple[str, str]]) -> list[Span | None]:
    """The best span of each (question, context)."""
    best: list[Span | None] = []
    for first in range(0, len(pairs), BATCH):
        batch = pairs[first : first + BATCH]
        passages = [[Passage(document_id="d", start=0, end=len(text), text=text)] for _, text in batch]
        best += [spans[0] if spans else None for spans in reader.read([question for question, _ in batch], passages)]
    return best


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    drawn = np.random.default_rng(seed).choice(values, (1000, len(values))).mean(axis=1)
    return float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5))


def score(reader: Reader, examples: list[dict[str, Any]]) -> str:
    answerable = [example for example in examples if example["answers"]]
    unanswerable = [example for example in examples if not example["answers"]]
    own = read_all(reader, [(e["question"], e["context"]) for e in answerable])
    golds = [[e["context"][start:end] for start, end in e["answers"]] for e in answerable]
    em = np.array([exact_match(span and span.text, gold) for span, gold in zip(own, golds, strict=True)])
    f1 = np.array([token_f1(span and span.text, gold) for span, gold in zip(own, golds, strict=True)])
    low, high = interval(f1)
    cells = [f"{len(answerable):,}", f"{em.mean():.3f}", f"{f1.mean():.3f}", f"{low:.3f} to {high:.3f}"]
    negatives = [(e["question"], e["negatives"][0]) for e in answerable if e["negatives"]]
    for pairs in (negatives, [(e["question"], e["context"]) for e in unanswerable]):
        other = read_all(reader, pairs)
        scores = np.array([span.score if span else -99.0 for span in (*own, *other)])
        value = auroc(scores, np.array([True] * len(own) + [False] * len(other))) if other else None
        cells.append("" if value is None else f"{value:.3f}")
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--readers", nargs="+", default=["default"])
    parser.add_argument("--sample", type=int, default=600, help="questions of a source")
    arguments = parser.parse_args()
    by_source: dict[str, list[dict[str, Any]]] = {}
    for path in arguments.examples:
        for line in path.read_text("utf-8").splitlines():
            example = json.loads(line)
            if example["split"] == "dev":
                source = "synthetic (training/data)" if example["source"].startswith("own/") else example["source"]
                by_source.setdefault(source, []).append(example)
    print("| source | reader | n | EM | F1 | 95 % interval | AUROC, other passage | AUROC, unanswerable |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for source, examples in by_source.items():
        if len(examples) > arguments.sample:
            examples = random.Random(0).sample(examples, arguments.sample)
        for name in arguments.readers:
            print(f"| {source} | {name} |", score(load_reader(name), examples), "|", flush=True)


if __name__ == "__main__":
    main()
