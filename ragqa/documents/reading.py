"""One file to its documents: which reader a suffix calls for, and every failure turned into ours."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from ragqa.documents.content import Content, RefusedError, printable
from ragqa.documents.docx import read_docx
from ragqa.documents.html import read_html
from ragqa.documents.jsonl import read_jsonl
from ragqa.documents.pdf import read_pdf
from ragqa.documents.plain import read_markdown, read_records, read_text
from ragqa.errors import RagqaError, UnreadableDocumentError
from ragqa.schema import Document

JSONL = ".jsonl"
# A file without a suffix, such as README, is tried as text.
_READERS: dict[str, Callable[[bytes, str], Content]] = {
    **dict.fromkeys(("", ".", ".txt", ".text", ".rst"), read_text),
    **dict.fromkeys((".csv", ".tsv", ".log"), read_records),
    **dict.fromkeys((".md", ".markdown"), read_markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_html),
    ".pdf": read_pdf,
    ".docx": read_docx,
}
SUFFIXES = (*(suffix for suffix in _READERS if len(suffix) > 1), JSONL)


def refusal(path: Path, mode: int) -> str:
    """Why a file is out of the question before it is opened, "" if it is not. To open a pipe would be to hang."""
    if not stat.S_ISREG(mode):
        return "not a regular file"
    if path.suffix.lower() not in (*_READERS, JSONL):
        return f"unsupported file type {path.suffix!r}"
    return ""


def load_file(path: str | os.PathLike[str], id: str) -> list[Document]:
    """Read one file: the document of that id, or for JSONL the documents of its lines, which bring their own ids.

    Raises:
        UnreadableDocumentError: the file can't be turned into text; it says why.
        DuplicateDocumentError: two lines of a JSONL file carry the same id.
        MissingExtraError: the package that reads this format is not installed.
    """
    path = Path(path).absolute()
    source = printable(path)
    try:
        if reason := refusal(path, path.stat().st_mode):
            raise RefusedError(f"{reason}; regular files of these types can be read: {' '.join(SUFFIXES)}")
        documents = read_jsonl(path, source) if path.suffix.lower() == JSONL else [_read(path, id, source)]
        if not documents or not documents[0].text.strip():
            raise RefusedError("empty")
        return documents
    except RagqaError:
        raise
    except RefusedError as error:
        raise UnreadableDocumentError(source, str(error)) from error
    except OSError as error:
        raise UnreadableDocumentError(source, error.strerror or str(error)) from error
    except Exception as error:  # whatever a parser makes of a damaged file
        reason = f"can't be read as {path.suffix.lower() or 'text'}: {type(error).__name__}: {error}"
        raise UnreadableDocumentError(source, reason) from error


def _read(path: Path, id: str, source: str) -> Document:
    data = path.read_bytes()
    if not data:
        raise RefusedError("empty")
    text, title, page_starts = _READERS[path.suffix.lower()](data, printable(path.stem))
    return Document(id=id, text=text, title=title, source=source, page_starts=page_starts)
