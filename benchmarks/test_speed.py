"""How fast each room is, over the seed articles and over a larger corpus made from them.

python benchmarks/run.py          # runs this file and writes benchmarks/RESULTS.md
pytest benchmarks/test_speed.py   # the same figures on the terminal
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ragqa
from ragqa.chunking import chunk
from ragqa.documents import load
from ragqa.embedding import Embedding, load_embedding
from ragqa.reader import load_reader
from ragqa.schema import Document
from ragqa.sentences import sentences

SEEDS = Path(__file__).parents[1] / "seeds"
QUESTIONS = [
    "What share of Scale AI did Meta buy?",
    "Who founded Scale AI?",
    "How many people label data for the company?",
    "Why did Google look for another supplier?",
    "When was the deal announced?",
    "What is active learning?",
    "Which laws protect the data of users?",
    "How much did Microsoft put into OpenAI?",
]
LARGE = 1_000  # documents of the larger corpus


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    return load_embedding()


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return load(SEEDS).documents


@pytest.fixture(scope="module")
def index(documents: list[Document]) -> Iterator[ragqa.Index]:
    with ragqa.Index.build(documents) as built:
        built.ask(QUESTIONS[0])
        yield built


@pytest.fixture(scope="module")
def large(documents: list[Document]) -> Iterator[ragqa.Index]:
    """Articles of thirty sentences drawn at random from the seed articles."""
    rng = random.Random(0)
    pool = [d.text[start:end] for d in documents for start, end in sentences(d.text, 0, len(d.text))]
    drawn = (" ".join(rng.choice(pool) for _ in range(30)) for _ in range(LARGE))
    with ragqa.Index.build([Document(id=str(i), text=text) for i, text in enumerate(drawn)]) as built:
        yield built


def test_chunking(benchmark: BenchmarkFixture, documents: list[Document], embedding: Embedding) -> None:
    passages = benchmark(lambda: [p for d in documents for p in chunk(d, embedding.count_tokens)])
    benchmark.extra_info["unit"] = f"{sum(len(d.text) for d in documents):,} characters"
    assert passages


def test_embedding_question(benchmark: BenchmarkFixture, embedding: Embedding) -> None:
    benchmark.extra_info["unit"] = "1 question"
    assert benchmark(embedding.embed_questions, QUESTIONS[:1]).shape == (1, embedding.dimension)


def test_embedding_passages(benchmark: BenchmarkFixture, index: ragqa.Index, embedding: Embedding) -> None:
    texts = [hit.passage.text for hit in index.retrieve(QUESTIONS[0], 32)]
    benchmark.extra_info["unit"] = f"{len(texts)} passages"
    assert len(benchmark(embedding.embed_passages, texts)) == len(texts)


def test_indexing(benchmark: BenchmarkFixture, documents: list[Document], tmp_path: Path) -> None:
    benchmark.extra_info["unit"] = f"{len(documents)} articles, to disk"
    built = benchmark(lambda: ragqa.Index.build(documents, tmp_path / "index"))
    assert len(built) == len(documents)


def test_opening(benchmark: BenchmarkFixture, documents: list[Document], tmp_path: Path) -> None:
    ragqa.Index.build(documents, tmp_path / "index").close()
    benchmark.extra_info["unit"] = "seeds index"
    assert len(benchmark(lambda: ragqa.Index.open(tmp_path / "index"))) == len(documents)


def test_search_dense(benchmark: BenchmarkFixture, large: ragqa.Index, embedding: Embedding) -> None:
    vectors = embedding.embed_questions(QUESTIONS[:1])
    benchmark.extra_info["unit"] = f"1 question, {large.info['passages']:,} passages"
    assert benchmark(large._index.search_vectors, vectors, 50)[0]


def test_search_lexical(benchmark: BenchmarkFixture, large: ragqa.Index) -> None:
    benchmark.extra_info["unit"] = f"1 question, {large.info['passages']:,} passages"
    assert benchmark(large._index.search_words, QUESTIONS[0], 50)


def test_retrieve(benchmark: BenchmarkFixture, large: ragqa.Index) -> None:
    benchmark.extra_info["unit"] = f"1 question, {large.info['passages']:,} passages"
    assert benchmark(large.retrieve, QUESTIONS[0], 10)


def test_reading(benchmark: BenchmarkFixture, index: ragqa.Index) -> None:
    passages = [hit.passage for hit in index.retrieve(QUESTIONS[0], 8)]
    reader = load_reader()
    benchmark.extra_info["unit"] = "1 question, 8 passages"
    assert benchmark(reader.read, QUESTIONS[:1], [passages])[0]


def test_ask(benchmark: BenchmarkFixture, index: ragqa.Index) -> None:
    benchmark.extra_info["unit"] = "1 question, seeds index"
    assert benchmark(index.ask, QUESTIONS[0]).claims


def test_ask_many(benchmark: BenchmarkFixture, index: ragqa.Index) -> None:
    benchmark.extra_info["unit"] = f"{len(QUESTIONS)} questions, seeds index"
    assert len(benchmark(index.ask_many, QUESTIONS)) == len(QUESTIONS)


def test_ask_large(benchmark: BenchmarkFixture, large: ragqa.Index) -> None:
    benchmark.extra_info["unit"] = f"1 question, {large.info['passages']:,} passages"
    assert benchmark(large.ask, QUESTIONS[0]).claims
