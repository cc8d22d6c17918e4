"""A tiny embedding, and indexes made with it in milliseconds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragqa.chunking import ChunkSettings, chunk
from ragqa.index import PassageIndex
from ragqa.index.folder import EmbeddingRecord
from ragqa.schema import Document

COMMON = "common"  # a word of every passage that `documents` gives


class HashedWords:
    """A hashed bag of words, with the members of `ragqa.embedding.Embedding`."""

    name = "hashed-words"
    fingerprint = "hashed-words-64"
    dimension = 64
    max_tokens = 200

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split() or [""]:
                vector[zlib.crc32(word.encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_questions = embed_passages


EMBEDDING = HashedWords()
RECORD = EmbeddingRecord(name=EMBEDDING.name, fingerprint=EMBEDDING.fingerprint, dimension=EMBEDDING.dimension)


def documents(version: int, count: int = 3) -> list[Document]:
    """Documents of one version: the same ids in every version, other texts."""
    return [
        Document(id=f"doc{i}", title=f"Title {i}", text=f"{COMMON} version{version} document{i} 🦊\r\nend.")
        for i in range(count)
    ]


def add(index: PassageIndex, added: Sequence[Document]) -> None:
    passages = [p for document in added for p in chunk(document, EMBEDDING.count_tokens, index.chunking)]
    index.add(added, passages, EMBEDDING.embed_passages([p.text for p in passages]))


def new_index(added: Sequence[Document], path: Path | None = None) -> PassageIndex:
    """An index with these documents, saved if there is a path."""
    index = PassageIndex(RECORD, ChunkSettings(), path)
    add(index, added)
    if path is not None:
        index.save()
    return index


def contents(index: PassageIndex) -> dict[str, str]:
    """Text by document id, after checking that store, vectors and words hold the same passages."""
    ids = index.document_ids()
    assert index.counts == (len(ids), len(ids))  # these documents are one passage each
    everything = len(ids) + 10
    by_vector = index.search_vectors(EMBEDDING.embed_questions([COMMON]), everything)[0]
    by_word = index.search_words(COMMON, everything)
    numbers = sorted(number for number, _ in by_vector)
    assert numbers == sorted(number for number, _ in by_word)
    texts = {document_id: index.document(document_id).text for document_id in ids}
    assert {p.document_id: p.text for p in index.passages(numbers)} == texts
    return texts


def texts(of: Sequence[Document]) -> dict[str, str]:
    return {document.id: document.text for document in of}
