"""Documents and passages in one SQLite file.

A passage is kept as offsets only: its text is the slice of its document, so the two can't disagree.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ragqa.errors import DamagedIndexError, DuplicateDocumentError, UnknownDocumentError
from ragqa.schema import Document, Passage

FILE = "store.sqlite"
CACHED_CHARACTERS = 32_000_000

_SCHEMA = """
CREATE TABLE documents(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, source TEXT NOT NULL,
    text TEXT NOT NULL, page_starts TEXT NOT NULL
);
CREATE TABLE passages(
    number INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents(number),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages(document);
"""


class Store:
    """Numbers of passages grow and are never used twice; the vector and the lexical index refer to them."""

    def __init__(self, folder: Path, *, writable: bool = False) -> None:
        """Open `folder/store.sqlite`, created when missing and writable."""
        path = folder / FILE
        new = not path.exists()
        # `immutable` because a published file never changes: no locks, and it opens on read-only media
        mode = "mode=rwc" if writable else "mode=ro&immutable=1"
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, Document] = OrderedDict()
        self._cached_characters = 0
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, check_same_thread=False)
            if writable:
                self._db.execute("PRAGMA journal_mode=MEMORY")  # the file is a private copy until it is published
                self._db.execute("PRAGMA synchronous=OFF")  # and is synced then
                if new:
                    self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise _damaged(path, error) from error
        self._path = path

    def close(self) -> None:
        self._db.close()

    def counts(self) -> tuple[int, int]:
        """(documents, passages)."""
        rows = self._rows("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)")
        return int(rows[0][0]), int(rows[0][1])

    def ids(self) -> list[str]:
        """Document ids in the order of insertion."""
        return [str(row[0]) for row in self._rows("SELECT id FROM documents ORDER BY number")]

    def check_new(self, document_ids: Iterable[str]) -> None:
        """Raises `DuplicateDocumentError` for an id that is taken, or given twice."""
        seen: set[str] = set()
        for document_id in document_ids:
            if self._rows("SELECT 1 FROM documents WHERE id = ?", (document_id,)):
                raise DuplicateDocumentError(
                    f"document {document_id!r} is in the index already; remove it first or give another id"
                )
            if document_id in seen:
                raise DuplicateDocumentError(f"document {document_id!r} is given twice; give one of them another id")
            seen.add(document_id)

    def add(self, documents: Sequence[Document], passages: Iterable[Passage]) -> list[int]:
        """Store documents with their passages; the passages' new numbers, in order.

        Raises:
            DuplicateDocumentError: an id is taken, or given twice; nothing is stored then.
        """
        self.check_new(document.id for document in documents)
        with self._lock, self._db:
            numbers: dict[str, int] = {}
            for document in documents:
                row = (document.id, document.title, document.source, document.text, json.dumps(document.page_starts))
                cursor = self._db.execute(
                    "INSERT INTO documents(id, title, source, text, page_starts) VALUES (?, ?, ?, ?, ?)", row
                )
                numbers[document.id] = int(cursor.lastrowid or 0)
            insert = 'INSERT INTO passages(document, start, "end", heading) VALUES (?, ?, ?, ?)'
            return [
                int(self._db.execute(insert, (numbers[p.document_id], p.start, p.end, p.heading)).lastrowid or 0)
                for p in passages
            ]

    def remove(self, document_ids: Sequence[str]) -> list[int]:
        """Delete documents; the numbers of the passages that went with them.

        Raises:
            UnknownDocumentError: an id is not there; nothing is deleted then.
        """
        documents = [self._document_number(document_id) for document_id in dict.fromkeys(document_ids)]
        gone: list[int] = []
        with self._lock, self._db:
            for number in documents:
                gone += [
                    int(r[0]) for r in self._db.execute("SELECT number FROM passages WHERE document = ?", (number,))
                ]
                self._db.execute("DELETE FROM passages WHERE document = ?", (number,))
                self._db.execute("DELETE FROM documents WHERE number = ?", (number,))
                self._cached_characters -= len(self._cache.pop(number).text) if number in self._cache else 0
        return gone

    def document(self, document_id: str) -> Document:
        """Raises `UnknownDocumentError`."""
        return self._load(self._document_number(document_id))

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages of these numbers, in the same order."""
        result = []
        for number in numbers:
            rows = self._rows('SELECT document, start, "end", heading FROM passages WHERE number = ?', (int(number),))
            if not rows:
                raise DamagedIndexError(f"{self._path}: passage {number} is missing; build the index again")
            owner, start, end, heading = rows[0]
            document = self._load(owner)
            text = document.text[start:end]
            result.append(Passage(document_id=document.id, start=start, end=end, text=text, heading=heading))
        return result

    def _document_number(self, document_id: str) -> int:
        rows = self._rows("SELECT number FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise UnknownDocumentError(f"no document {document_id!r} in this index; index.document_ids lists them")
        return int(rows[0][0])

    def _load(self, number: int) -> Document:
        with self._lock:
            if number in self._cache:
                self._cache.move_to_end(number)
                return self._cache[number]
        rows = self._rows("SELECT id, title, source, text, page_starts FROM documents WHERE number = ?", (number,))
        if not rows:
            raise DamagedIndexError(f"{self._path}: document {number} is missing; build the index again")
        document_id, title, source, text, pages = rows[0]
        document = Document(id=document_id, title=title, source=source, text=text, page_starts=tuple(json.loads(pages)))
        with self._lock:
            if number not in self._cache:
                self._cache[number] = document
                self._cached_characters += len(text)
            while self._cached_characters > CACHED_CHARACTERS and len(self._cache) > 1:
                self._cached_characters -= len(self._cache.popitem(last=False)[1].text)
        return document

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self._path, error) from error


def _damaged(path: Path, error: Exception) -> DamagedIndexError:
    return DamagedIndexError(f"{path}: can't be read ({error}); build the index again")
