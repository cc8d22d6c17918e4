"""The passage index: store, vectors and words kept in step, edited in private and published whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragqa.chunking import ChunkSettings
from ragqa.errors import (
    DamagedIndexError,
    DuplicateDocumentError,
    IndexFolderError,
    RagqaError,
    UnknownDocumentError,
)
from ragqa.index import folder as disk
from ragqa.index.folder import EmbeddingRecord, Manifest
from ragqa.index.lexical import Lexical
from ragqa.index.store import Store
from ragqa.index.vectors import Vectors
from ragqa.schema import Document, Passage

OPEN_ATTEMPTS = 5


class PassageIndex:
    """Documents, their passages, and two ways to search them.

    Changes go to a private copy, are seen by this object at once, and by others after `save`. Reading from
    several threads is safe; changing is for one thread, with nobody reading meanwhile.
    """

    def __init__(self, embedding: EmbeddingRecord, chunking: ChunkSettings, path: Path | None = None) -> None:
        """An empty index that will be saved at `path`; with None it has no place until `save(path)`.

        Raises:
            IndexExistsError: the path holds something else than an index.
        """
        if path is not None:
            disk.check_target(path)
        self.embedding, self.chunking, self._path = embedding, chunking, path
        self._manifest: Manifest | None = None
        self._work: Path | None = None
        self._begin()

    @classmethod
    def open(cls, path: Path, *, full_check: bool | None = None) -> PassageIndex:
        """Open a saved index.

        Args:
            full_check: compare every byte with its checksum; None does so unless the index is large.

        Raises:
            IndexNotFoundError, IndexVersionError, DamagedIndexError: see `ragqa.index.folder`.
        """
        for attempt in range(OPEN_ATTEMPTS):
            manifest = disk.read_manifest(path)
            try:
                disk.verify(path, manifest, full=full_check)
                index = cls.__new__(cls)
                index._path, index._work = path, None
                index._use(manifest)
                # tantivy takes a file that went away while it was opening for one that was never there
                disk.verify(path, manifest, full=False)
                return index
            except DamagedIndexError:
                # a writer may have replaced the generation between our reading its name and its files
                if attempt == OPEN_ATTEMPTS - 1 or disk.read_manifest(path).generation == manifest.generation:
                    raise
        raise AssertionError("unreachable")

    def _use(self, manifest: Manifest) -> None:
        """Read from a published generation."""
        assert self._path is not None
        generation = self._path / manifest.generation
        self._manifest, self.embedding, self.chunking = manifest, manifest.embedding, manifest.chunking
        self._store = Store(generation)
        self._vectors = Vectors.load(generation, manifest.vectors)
        self._lexical = Lexical(generation)
        if self._vectors.dimension != manifest.embedding.dimension or len(self._vectors) != manifest.passages:
            raise DamagedIndexError(f"{generation}: vectors and manifest disagree; build the index again")

    @property
    def path(self) -> Path | None:
        """Where the index is, or will be, saved; None while it has no place."""
        return self._path

    @property
    def generation(self) -> str | None:
        """Name of the generation last opened or saved; None before the first save."""
        return self._manifest.generation if self._manifest else None

    @property
    def counts(self) -> tuple[int, int]:
        """(documents, passages)."""
        return self._store.counts()

    @property
    def vector_factory(self) -> str:
        """The FAISS factory string in use."""
        return self._vectors.factory

    def document_ids(self) -> list[str]:
        return self._store.ids()

    def document(self, document_id: str) -> Document:
        """Raises `UnknownDocumentError`."""
        return self._store.document(document_id)

    def check_new(self, document_ids: Iterable[str]) -> None:
        """Raises `DuplicateDocumentError` for an id that is taken."""
        self._store.check_new(document_ids)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        return self._store.passages(numbers)

    def search_vectors(self, questions: NDArray[np.float32], k: int) -> list[list[tuple[int, float]]]:
        """For each row the k nearest (passage number, cosine), best first."""
        return self._vectors.search(questions, k)

    def search_words(self, question: str, k: int) -> list[tuple[int, float]]:
        """The k best (passage number, BM25 score), best first."""
        return self._lexical.search(question, k)

    def add(self, documents: Sequence[Document], passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
        """Add documents with their passages and the passages' vectors, shape (len(passages), dimension).

        Raises:
            DuplicateDocumentError: an id is taken; nothing is added then.
        """
        titles = {document.id: document.title for document in documents}
        with self._editing():
            numbers = self._store.add(documents, passages)
            self._vectors.add(numbers, vectors)
            self._lexical.add(
                (number, f"{titles[p.document_id]}\n{p.heading}", p.text)
                for number, p in zip(numbers, passages, strict=True)
            )
            self._lexical.commit()

    def remove(self, document_ids: Sequence[str]) -> None:
        """Remove documents.

        Raises:
            UnknownDocumentError: an id is not there; nothing is removed then.
        """
        with self._editing():
            gone = self._store.remove(document_ids)
            self._vectors.remove(gone)
            self._lexical.remove(gone)
            self._lexical.commit()

    def save(self, path: Path | None = None) -> None:
        """Publish the changes, at `path` or where the index belongs.

        Raises:
            IndexBusyError: another process has changed the index since it was opened.
            IndexExistsError: the path holds something else than an index.
            IndexFolderError: there is no path, or it can't be written.
        """
        target = path or self._path
        if target is None:
            raise IndexFolderError("this index has no path yet; call save(path)")
        disk.check_target(target)
        at_home = self._path is not None and target.resolve() == self._path.resolve()
        if at_home and self._work is None:
            return
        self._begin()
        try:
            manifest = self._publish(target, at_home)
        except OSError as error:
            if isinstance(error, RagqaError):
                raise
            raise IndexFolderError(f"{target}: can't be written ({error}); what was there is as it was") from error
        self._store.close()
        self._discard_work()
        self._path = target
        self._use(manifest)

    def _publish(self, target: Path, at_home: bool) -> Manifest:
        assert self._work is not None
        from ragqa import __version__

        documents, passages = self.counts
        self._vectors.save(self._work)
        prepared = disk.new_work_folder(target)
        try:
            shutil.copytree(self._work, prepared, dirs_exist_ok=True, copy_function=_link_or_copy)
            return disk.publish(
                target,
                prepared,
                self._manifest.generation if at_home and self._manifest else None,
                ragqa=__version__,
                embedding=self.embedding,
                chunking=self.chunking,
                documents=documents,
                passages=passages,
                vectors=self._vectors.factory,
            )
        finally:
            shutil.rmtree(prepared, ignore_errors=True)

    def close(self) -> None:
        """Release files; unsaved changes are dropped."""
        self._store.close()
        self._discard_work()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def _begin(self) -> None:
        """Move to a private copy that can be changed, unless there is one."""
        if self._work is not None:
            return
        # an index that can't be written where it is can still be changed, and saved elsewhere
        stuck = self._path is not None and self._manifest is not None and not os.access(self._path, os.W_OK)
        work = disk.new_work_folder(None if stuck else self._path)
        try:
            if self._manifest is not None:
                assert self._path is not None
                disk.copy_generation(self._path, self._manifest, work)
                vectors = Vectors.load(work, self._manifest.vectors, writable=True)
            else:
                vectors = Vectors(self.embedding.dimension)
            lexical = Lexical(work, create=self._manifest is None)
            store = Store(work, writable=True)
        except BaseException as error:
            shutil.rmtree(work, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, RagqaError):
                raise IndexFolderError(f"{work}: can't be written ({error})") from error
            raise
        if self._manifest is not None:
            self._store.close()
        self._work, self._vectors, self._lexical, self._store = work, vectors, lexical, store

    @contextlib.contextmanager
    def _editing(self) -> Iterator[None]:
        """The three parts change together, or the object goes back to what was last saved."""
        self._begin()
        try:
            yield
        except (DuplicateDocumentError, UnknownDocumentError):  # found before anything was changed
            raise
        except BaseException as error:
            self._store.close()
            self._discard_work()
            self._use(self._manifest) if self._manifest else self._begin()
            if isinstance(error, (OSError, sqlite3.Error, RuntimeError, ValueError)):
                raise IndexFolderError(f"the index can't be changed ({error}); unsaved changes were dropped") from error
            raise

    def _discard_work(self) -> None:
        if self._work is not None:
            shutil.rmtree(self._work, ignore_errors=True)
            self._work = None


def _link_or_copy(source: str, target: str) -> str:
    """A second name for the same file where the file system allows it: the first one is removed soon after."""
    try:
        os.link(source, target)
        return target
    except OSError:
        return str(shutil.copy2(source, target))
