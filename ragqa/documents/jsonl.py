"""JSONL: one document a line, read as a stream, since such a file may hold a whole corpus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragqa.documents.content import RefusedError
from ragqa.documents.decoding import wide_encoding
from ragqa.errors import DuplicateDocumentError
from ragqa.schema import Document

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_jsonl(path: Path, source: str) -> list[Document]:
    """Every record of the file; blank lines count as lines and hold none.

    Raises:
        RefusedError: a line is no record; the message names the line and what is wrong.
        DuplicateDocumentError: two lines carry the same id.
    """
    documents: list[Document] = []
    line_of: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            document = _document(_record(line), f"{source}#L{number}")
        except RefusedError as refused:
            raise RefusedError(f"line {number}: {refused}") from refused
        first = line_of.setdefault(document.id, number)
        if first != number:
            raise DuplicateDocumentError(
                f"{source}: document id {document.id!r} is on line {first} and again on line {number}; "
                "each id must be unique"
            )
        documents.append(document)
    return documents


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank; only a line feed ends a line, as JSON strings may hold U+2028."""
    with path.open("rb") as head:
        encoding = wide_encoding(head.read(1024)) or "utf-8"
    # Escaping lets a broken line of UTF-8 through as far as `_record`, which can be told its number.
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    number = 0
    try:
        with path.open(encoding=encoding, errors=errors, newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise RefusedError(f"not valid {encoding} after line {number}") from error


def _record(line: str) -> dict[str, Any]:
    if _LONE_SURROGATE.search(line):
        raise RefusedError("not valid UTF-8")
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise RefusedError(f"not valid JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets thousands deep
        raise RefusedError(f"not usable JSON: {error}") from error
    if not isinstance(record, dict):
        raise RefusedError('not a JSON object such as {"id": "1", "text": "..."}')
    return record


def _document(record: dict[str, Any], place: str) -> Document:
    identifier, text, title, source = (record.get(key) for key in ("id", "text", "title", "source"))
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    if not isinstance(identifier, str) or not identifier.strip() or _LONE_SURROGATE.search(identifier):
        raise RefusedError('"id" must be a string that is not blank, or an integer')
    if not isinstance(text, str):
        raise RefusedError('"text" must be a string')
    if not text.strip():
        raise RefusedError('"text" is blank')
    if title is not None and not isinstance(title, str):
        raise RefusedError('"title" must be a string')
    return Document(
        id=identifier,
        text=_whole(text),
        title=_whole(title or ""),
        source=_whole(source) if isinstance(source, str) else place,
    )


def _whole(text: str) -> str:
    """The text with U+FFFD for halves of characters, which JSON can escape and nothing else can carry."""
    return _LONE_SURROGATE.sub("\ufffd", text)
