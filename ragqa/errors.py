"""The error tree: every failure a caller can cause or meet is a `RagqaError`.

Each message says what was wrong, with which file or value, and what to do about it. Subclasses also
derive from the built-in exception that a Python programmer would expect, so `except ValueError` and
`except FileNotFoundError` work as usual.
"""

from __future__ import annotations


class RagqaError(Exception):
    """Base of every error that ragqa raises on purpose."""


class InvalidQuestionError(RagqaError, ValueError):
    """The question is not a string, is blank, or is longer than the limit."""


class InvalidArgumentError(RagqaError, ValueError):
    """An argument or setting is out of its range, such as `top_k=0`."""


class DocumentError(RagqaError):
    """Something about the documents is wrong."""


class NoDocumentsError(DocumentError, ValueError):
    """The corpus is missing or holds nothing that can be read."""


class UnreadableDocumentError(DocumentError, ValueError):
    """One file can't be turned into text: empty, binary, truncated, encrypted.

    `source` names the file and `reason` says why, so that a folder build can report it and go on.
    """

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        self.reason = reason
        super().__init__(f"{source}: {reason}")

    def __reduce__(self) -> tuple[type[UnreadableDocumentError], tuple[str, str]]:
        return (type(self), (self.source, self.reason))


class DuplicateDocumentError(DocumentError, ValueError):
    """Two documents carry the same id."""


class UnknownDocumentError(DocumentError, KeyError):
    """No document of the index has the id that was asked for."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0])


class IndexFolderError(RagqaError):
    """Something about an index folder is wrong."""


class IndexNotFoundError(IndexFolderError, FileNotFoundError):
    """There is no index at the path."""


class IndexVersionError(IndexFolderError):
    """The index was written in another format version."""


class IndexModelError(IndexFolderError):
    """The index was made by another embedding model than the one it is opened with."""


class DamagedIndexError(IndexFolderError):
    """A file of the index is missing, cut short or changed."""


class IndexBusyError(IndexFolderError):
    """Another process is writing this index."""


class IndexClosedError(RagqaError, ValueError):
    """The index was used after `close`."""


class IndexExistsError(IndexFolderError, FileExistsError):
    """The target path holds something that is not a ragqa index and would be overwritten."""


class ModelError(RagqaError):
    """A model folder is missing, incomplete, or not of the kind that is needed."""


class MissingExtraError(RagqaError, ImportError):
    """A feature needs a package that is not installed; the message names the extra to install."""


class QuestionSetError(RagqaError, ValueError):
    """A question set breaks its format; the message names the file and the line."""


class ReportError(RagqaError, OSError):
    """The report of an evaluation can't be written; the message names the file."""
