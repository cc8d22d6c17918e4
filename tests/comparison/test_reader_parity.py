"""The int8 reader that ships against the same weights in fp32, run by transformers: only the arithmetic differs.

The weights are read back from the graph (training/dequantise.py). A processor whose int8 products overflow, or a
runtime that fuses the graph wrongly, shows here. training/parity.py compares with the weights before quantisation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ragqa
from ragqa.evaluation import load_questions
from ragqa.evaluation.metrics import token_f1
from ragqa.reader import Reader, Span, load_reader

QUESTIONS = 60
PASSAGES = 3


@pytest.fixture(scope="module")
def fp32(fp32_folder: Callable[[str], Path]) -> Reader:
    return load_reader(fp32_folder("reader"))


@pytest.fixture(scope="module")
def spans(fp32: Reader, seeds_folder: Path) -> list[tuple[list[str], Span, Span]]:
    """Gold texts, and the best span of either reader, for answerable development questions."""
    asked = [q for q in load_questions(seeds_folder.parent / "eval" / "dev.jsonl") if q.texts][:QUESTIONS]
    with ragqa.Index.build(seeds_folder) as index:
        passages = [[hit.passage for hit in index.retrieve(q.question, PASSAGES)] for q in asked]
    questions = [q.question for q in asked]
    read = [[found[0] for found in reader.read(questions, passages)] for reader in (load_reader(), fp32)]
    return [(list(q.texts), ours, theirs) for q, ours, theirs in zip(asked, *read, strict=True)]


def test_the_best_spans_agree(spans: list[tuple[list[str], Span, Span]]) -> None:
    same = np.array([ours.text == theirs.text for _, ours, theirs in spans])
    sure = np.array([theirs.score for *_, theirs in spans]) >= np.median([theirs.score for *_, theirs in spans])
    assert same.mean() >= 0.85  # among spans that are nearly as good as each other, either may win
    assert same[sure].mean() >= 0.9


def test_scores_differ_little(spans: list[tuple[list[str], Span, Span]]) -> None:
    differences = [abs(ours.score - theirs.score) for _, ours, theirs in spans]
    assert np.median(differences) < 0.5


def test_answers_are_as_good(spans: list[tuple[list[str], Span, Span]]) -> None:
    ours, theirs = (np.mean([token_f1(row[i].text, row[0]) for row in spans]) for i in (1, 2))
    assert ours >= theirs - 0.03  # of so few questions; training/parity.py measures the half point
