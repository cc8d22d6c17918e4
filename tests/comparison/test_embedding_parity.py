"""The int8 embedding that ships against the same weights in fp32, run by sentence-transformers.

As with the reader, only the arithmetic differs; training/parity.py compares with the weights before quantisation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ragqa.chunking import chunk
from ragqa.documents import load
from ragqa.embedding import Embedding, load_embedding

QUESTIONS = [
    "What share of Scale AI did Meta buy?",
    "How much did the stake cost?",
    "Who leads Scale AI now?",
    "Which customers left after the deal?",
    "What is data labeling?",
    "Why did Meta not buy the whole company?",
    "What happened to the contractors?",
    "What do regulators think of it?",
]


@pytest.fixture(scope="module")
def original(fp32_folder: Callable[[str], Path]) -> Embedding:
    return load_embedding(fp32_folder("embedding"))


@pytest.fixture(scope="module")
def passages(seeds_folder: Path, embedding: Embedding) -> list[str]:
    return [p.text for document in load(seeds_folder).documents for p in chunk(document, embedding.count_tokens)]


def test_tokens_are_counted_alike(original: Embedding, embedding: Embedding, passages: list[str]) -> None:
    odd = ["", "naïve Café", "東京 🎉\u200b", "x" * 200, "\x00"]
    assert embedding.count_tokens([*passages, *odd]) == original.count_tokens([*passages, *odd])
    assert embedding.max_tokens == original.max_tokens


def test_vectors_are_nearly_the_same(original: Embedding, embedding: Embedding, passages: list[str]) -> None:
    texts = [*passages, *QUESTIONS]
    cosines = (embedding.embed_passages(texts) * original.embed_passages(texts)).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97


def test_retrieval_finds_nearly_the_same(original: Embedding, embedding: Embedding, passages: list[str]) -> None:
    found = []
    for model in (original, embedding):
        scores = model.embed_questions(QUESTIONS) @ model.embed_passages(passages).T
        found.append([set(np.argsort(-row)[:10].tolist()) for row in scores])
    overlaps = [len(ours & theirs) / 10 for ours, theirs in zip(*found, strict=True)]
    assert np.mean(overlaps) >= 0.9
