"""Fixtures that need the shipped models, made once for all tests."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from ragqa import Answer, Document, Index
from ragqa.embedding import Embedding, load_embedding
from ragqa.reader import Reader, load_reader

settings.register_profile("ragqa", deadline=None)  # the first example of a test may load a model
settings.load_profile("ragqa")

Facts = Callable[[Answer], dict[str, Any]]
Build = Callable[..., Index]


class HashEmbedding:
    """Counts words by their hash: an embedding as a user might write one, without any base class."""

    name = "word-hashes"
    dimension = 64
    max_tokens = 200

    def __init__(self, fingerprint: str = "0123456789abcdef") -> None:
        self.fingerprint = fingerprint

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                vector[zlib.crc32(word.strip(".?!,").encode()) % self.dimension] += 1
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors

    embed_questions = embed_passages


@pytest.fixture(scope="session", autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`ragqa.ask` and the command line keep indexes: never in the folder of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAGQA_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    return Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="session")
def embedding() -> Embedding:
    return load_embedding()


@pytest.fixture(scope="session")
def reader() -> Reader:
    return load_reader()


@pytest.fixture(scope="session")
def build(embedding: Embedding, reader: Reader) -> Build:
    """Builds an index of (id, text) pairs or documents with the shipped models, which are loaded once."""

    def build_index(*documents: tuple[str, str] | Document, path: Path | None = None) -> Index:
        made = [d if isinstance(d, Document) else Document(id=d[0], text=d[1]) for d in documents]
        return Index.build(made, path, embedding=embedding, reader=reader)

    return build_index


@pytest.fixture(scope="session")
def seeds(seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The index of the corpus that ships, saved. Not to be changed."""
    with Index.build(seeds_folder, tmp_path_factory.mktemp("seeds") / "seeds.index") as index:
        yield index


@pytest.fixture(scope="session")
def facts() -> Facts:
    """All that an answer says but how long it took."""
    return lambda answer: answer.model_dump(mode="json", exclude={"timings"})


@pytest.fixture
def hash_embedding() -> HashEmbedding:
    return HashEmbedding()
