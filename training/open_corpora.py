"""Development questions over whole corpora: find the passage, read it, or say that none answers.

    python training/open_corpora.py --examples training/runs/*.jsonl --readers default READER_FOLDER ...

Each source's development paragraphs are one corpus. Where a source has no unanswerable questions, every other paragraph
is left out, so that the questions about it become unanswerable. `seeds` is eval/dev.jsonl over seeds/. Per reader:
the share of answerable questions whose best claim is right (F1 of at least 0.5), its mean F1, and the AUROC of its
score for answerable against unanswerable questions.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import ragqa
from ragqa.calibration import Calibration
from ragqa.evaluation import load_questions
from ragqa.evaluation.metrics import auroc, token_f1
from ragqa.reader import Span, load_reader
from ragqa.resolve import resolve, weigh

ROOT = Path(__file__).parents[1]
SYNTHETIC = "training/data"
BATCH = 32
RAW = Calibration(slope=1.0, intercept=0.0, min_confidence=0.0)  # confidence is then the logistic of the score


@dataclass(frozen=True)
class Asked:
    question: str
    golds: Sequence[str]  # none when it is unanswerable
    conflict: bool = False  # whether the sources answer it in ways that cannot all be true


@dataclass(frozen=True)
class Corpus:
    name: str
    source: Path | list[ragqa.Document]
    asked: Sequence[Asked]


@dataclass(frozen=True)
class Reading:
    """What a reader finds in a corpus: one entry a question."""

    asked: Sequence[Asked]
    hits: Sequence[Sequence[ragqa.Retrieved]]
    spans: Sequence[Sequence[Span]]
    documents: Mapping[str, ragqa.Document]


@dataclass(frozen=True)
class Outcome:
    """One entry a question, each of shape (n,)."""

    scores: np.ndarray  # log-odds of the best claim
    f1: np.ndarray  # of its text
    answerable: np.ndarray
    conflict: np.ndarray  # whether one was found
    expected: np.ndarray  # whether there is one

    @property
    def right(self) -> np.ndarray:
        return self.f1 >= 0.5


def corpora(paths: Sequence[Path], sample: int) -> Iterator[Corpus]:
    questions = load_questions(ROOT / "eval" / "dev.jsonl")
    yield Corpus("seeds", ROOT / "seeds", [Asked(q.question, q.texts, q.conflict) for q in questions])
    sources: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            example = json.loads(line)
            if example["split"] == "dev" and example["context"].strip():
                source = SYNTHETIC if example["source"].startswith("own/") else example["source"]
                sources.setdefault(source, []).append(example)
    for source, examples in sources.items():
        yield _corpus(source, examples, sample)


def _corpus(source: str, examples: Sequence[dict[str, Any]], sample: int) -> Corpus:
    golds: dict[tuple[str, str], list[str]] = {}  # by the paragraph or cluster that a question is about
    contexts: dict[str, set[str]] = {}
    for example in examples:
        about = example.get("cluster") or example["context"]
        contexts.setdefault(about, set()).add(example["context"])
        texts = [example["context"][start:end] for start, end in example["answers"]]
        golds.setdefault((about, example["question"]), []).extend(texts)
    conflicts = {(e["cluster"], e["question"]) for e in examples if e.get("conflict")}
    kept = set(contexts) if source == SYNTHETIC else set(sorted(contexts)[::2])
    asked = [
        Asked(question, texts if about in kept else [], (about, question) in conflicts)
        for (about, question), texts in sorted(golds.items())
    ]
    passages = sorted(text for about in kept for text in contexts[about])
    documents = [ragqa.Document(id=str(i), text=text) for i, text in enumerate(passages)]
    return Corpus(source, documents, random.Random(0).sample(asked, min(sample, len(asked))))


def read(corpus: Corpus, index: ragqa.Index, reader: str | None = None) -> Reading:
    """What a reader makes of a corpus's questions; the index is the corpus's, made once for all readers."""
    index.__dict__["_reader"] = load_reader(reader)
    hits: list[Sequence[ragqa.Retrieved]] = []
    spans: list[Sequence[Span]] = []
    for first in range(0, len(corpus.asked), BATCH):
        found = index._read([asked.question for asked in corpus.asked[first : first + BATCH]])
        hits += found[0]
        spans += found[1]
    return Reading(corpus.asked, hits, spans, {name: index.document(name) for name in index.document_ids})


def outcome(reading: Reading, calibration: Calibration = RAW) -> Outcome:
    """How its claims turn out under a calibration."""
    rows = []
    for asked, hits, own in zip(reading.asked, reading.hits, reading.spans, strict=True):
        spans = weigh(asked.question, own, hits)
        found = resolve(asked.question, spans, hits, reading.documents.__getitem__, calibration)
        best = found.claims[0] if found.claims else None
        confidence = min(max(best.confidence if best else 0.0, 1e-15), 1 - 1e-15)
        f1 = token_f1(best and best.text, asked.golds) if asked.golds else 0.0
        rows.append(
            (math.log(confidence / (1 - confidence)), f1, bool(asked.golds), bool(found.rivals), asked.conflict)
        )
    scores, f1s, answerable, conflict, expected = (np.array(column) for column in zip(*rows, strict=True))
    return Outcome(scores, f1s, answerable, conflict, expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--readers", nargs="+", default=["default"])
    parser.add_argument("--sample", type=int, default=500, help="questions of a corpus")
    arguments = parser.parse_args()
    print("| corpus | reader | answerable | unanswerable | right | F1 | AUROC |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for corpus in corpora(arguments.examples, arguments.sample):
        index = ragqa.Index.build(corpus.source)
        for reader in arguments.readers:
            found = outcome(read(corpus, index, reader))
            yes, no = found.answerable.sum(), (~found.answerable).sum()
            f1, right = found.f1[found.answerable].mean(), found.right[found.answerable].mean()
            value = auroc(found.scores, found.answerable)
            name = Path(reader).name
            print(f"| {corpus.name} | {name} | {yes} | {no} | {right:.3f} | {f1:.3f} | {value:.3f} |", flush=True)


if __name__ == "__main__":
    main()
