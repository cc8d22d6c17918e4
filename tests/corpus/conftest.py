from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ragqa import corpus
from ragqa.embedding import DEFAULT
from ragqa.pipeline import Index


class Work:
    """What has been done so far, and what it was done to."""

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self.built: list[object] = []
        self.hashed: list[str] = []

    def done(self) -> tuple[int, int, int]:
        """(builds, passages embedded, files read for their checksum) since the last call."""
        counts = len(self.built), len(self.embedded), len(self.hashed)
        self.built.clear()
        self.embedded.clear()
        self.hashed.clear()
        return counts


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(corpus.CACHE_VARIABLE, str(tmp_path / "cache"))
    corpus._kept.clear()
    yield tmp_path / "cache"
    corpus._kept.clear()


@pytest.fixture
def forget() -> Callable[[], None]:
    """Makes this process know no more than a new one."""
    return corpus._kept.clear


@pytest.fixture
def work(hash_embedding: Any, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Counts the work. The embedding that it is done with is not the one that ships, and takes no time."""
    work = Work()

    embed = hash_embedding.embed_passages
    monkeypatch.setattr(hash_embedding, "name", DEFAULT)
    monkeypatch.setattr(hash_embedding, "embed_passages", lambda texts: work.embedded.extend(texts) or embed(texts))
    monkeypatch.setattr("ragqa.pipeline.load_embedding", lambda *_: hash_embedding)
    build, file_sha256 = Index.build, corpus.file_sha256
    monkeypatch.setattr(Index, "build", lambda *a, **k: work.built.append(a[0]) or build(*a, **k))
    monkeypatch.setattr(corpus, "file_sha256", lambda path: work.hashed.append(path.name) or file_sha256(path))
    return work


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three documents in three files."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(f"Text of {name}.")
    return folder


@pytest.fixture
def follow() -> Callable[[Path], dict[str, str]]:
    """The documents of the up-to-date index: text by id, all of them found by both searches."""

    def contents(path: Path) -> dict[str, str]:
        index = corpus.corpus_index(path)
        texts = {document_id: index.document(document_id).text for document_id in index.document_ids}
        found = index.retrieve("text", 1000)
        assert {hit.passage.document_id for hit in found} == texts.keys()
        return texts

    return contents


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled at once."""
    monkeypatch.setattr(corpus, "RECENT_NS", -(10**18))


@pytest.fixture
def write_jsonl() -> Callable[..., None]:
    def write(path: Path, **texts: Any) -> None:
        path.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in texts.items()))

    return write
