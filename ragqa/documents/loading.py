"""`load`: whatever a caller names as a corpus, as documents with unique ids."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ragqa.documents.content import printable
from ragqa.documents.reading import SUFFIXES, load_file
from ragqa.documents.walking import find
from ragqa.errors import (
    DuplicateDocumentError,
    InvalidArgumentError,
    NoDocumentsError,
    UnreadableDocumentError,
)
from ragqa.schema import Document, Skipped

_SHOWN = 3


class Loaded(NamedTuple):
    """The documents of a corpus, what was left out of it, and which documents each file gave (by the file's id)."""

    documents: list[Document]
    skipped: list[Skipped]
    ids_by_file: dict[str, list[str]]


def load(source: str | os.PathLike[str] | Iterable[Document]) -> Loaded:
    """Load a folder, a file, a JSONL file, or documents in memory.

    A string is always a path. A folder is read with its subfolders, hidden entries left out, in the order of the
    ids, which are the paths relative to it; what can't be read is reported in `skipped`. Documents in memory are
    kept as they are, blank ones reported in `skipped`.

    Raises:
        NoDocumentsError: the path doesn't exist, or nothing in it can be read.
        UnreadableDocumentError: the one file that was given can't be turned into text.
        DuplicateDocumentError: two documents carry the same id.
        InvalidArgumentError: the source is neither a path nor an iterable of documents.
        MissingExtraError: a package that reads one of the formats is not installed.
    """
    if isinstance(source, str | os.PathLike):
        return _load_path(source)
    if isinstance(source, Iterable) and not isinstance(source, Document | Mapping | bytes | bytearray):
        return _load_documents(source)
    hint = "; pass [document] for a single one" if isinstance(source, Document) else ""
    raise InvalidArgumentError(
        f"documents must be a path or an iterable of Document, not {type(source).__name__}{hint}"
    )


def _load_path(source: str | os.PathLike[str]) -> Loaded:
    files, skipped = find(source)
    root = Path(os.fsdecode(source)).absolute()
    a_single_file = not root.is_dir()
    documents: list[Document] = []
    place_of: dict[str, str] = {}
    ids_by_file: dict[str, list[str]] = {}
    for id, path in files:
        try:
            found = load_file(path, id)
        except UnreadableDocumentError as error:
            if a_single_file:
                raise
            skipped.append(Skipped(source=error.source, reason=error.reason))
            continue
        for document in found:
            _note(document, printable(path), place_of)
        documents += found
        ids_by_file[id] = [document.id for document in found]
    skipped.sort(key=lambda skip: skip.source)
    if not documents:
        raise NoDocumentsError(f"nothing to read in {printable(root)}{_because(skipped)}")
    return Loaded(documents, skipped, ids_by_file)


def _load_documents(source: Iterable[object]) -> Loaded:
    documents: list[Document] = []
    skipped: list[Skipped] = []
    place_of: dict[str, str] = {}
    for position, document in enumerate(source):
        if not isinstance(document, Document):
            raise InvalidArgumentError(f"item {position} of the documents is {type(document).__name__}, not Document")
        _note(document, f"item {position}", place_of)
        if document.text.strip():
            documents.append(document)
        else:
            skipped.append(Skipped(source=document.source or document.id, reason="empty"))
    if not documents:
        raise NoDocumentsError(f"the documents given hold nothing to read{_because(skipped)}")
    return Loaded(documents, skipped, {})


def _note(document: Document, place: str, place_of: dict[str, str]) -> None:
    """Remember where an id was seen.

    Raises:
        DuplicateDocumentError: it was seen before.
    """
    if document.id in place_of:
        raise DuplicateDocumentError(
            f"document id {document.id!r} occurs twice, in {place_of[document.id]} and in {place}; each must be unique"
        )
    place_of[document.id] = place


def _because(skipped: list[Skipped]) -> str:
    if not skipped:
        return f"; supported file types: {' '.join(SUFFIXES)}"
    shown = "; ".join(f"{skip.source}: {skip.reason}" for skip in skipped[:_SHOWN])
    more = f"; and {len(skipped) - _SHOWN} more" if len(skipped) > _SHOWN else ""
    return f", skipped {len(skipped)}: {shown}{more}"
