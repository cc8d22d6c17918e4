"""What callers pass in, checked before any work is done with it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ragqa.chunking import ChunkSettings
from ragqa.embedding import Embedding
from ragqa.errors import InvalidArgumentError, InvalidQuestionError, UnknownDocumentError
from ragqa.schema import LONGEST_QUESTION, is_unicode


def check_question(question: object) -> None:
    """Raises `InvalidQuestionError` unless it is a string with something in it, not too long."""
    if not isinstance(question, str):
        raise InvalidQuestionError(f"the question must be a string, not {type(question).__name__}")
    if not question.strip():
        raise InvalidQuestionError("the question is empty; ask something")
    if len(question) > LONGEST_QUESTION:
        raise InvalidQuestionError(
            f"the question has {len(question):,} characters, the limit is {LONGEST_QUESTION:,}; shorten it"
        )
    if not is_unicode(question):
        raise InvalidQuestionError("the question holds half a character (a lone surrogate); decode its bytes as UTF-8")


def check_questions(questions: object) -> list[str]:
    """The questions as a list. Raises `InvalidArgumentError` or, for one of them, `InvalidQuestionError`."""
    if isinstance(questions, str) or not isinstance(questions, Iterable):
        raise InvalidArgumentError(f"questions: a list of questions is needed, not {_one(questions)}; see ask")
    listed = list(questions)
    for question in listed:
        check_question(question)
    return listed


def check_count(name: str, value: object) -> int:
    """Raises `InvalidArgumentError` unless the value is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InvalidArgumentError(f"{name}: {value!r} is not a positive integer")
    return int(value)


def check_share(name: str, value: object) -> float:
    """Raises `InvalidArgumentError` unless the value is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1:
        raise InvalidArgumentError(f"{name}: {value!r} is not a number from 0 to 1")
    return float(value)


def check_ids(document_ids: object) -> list[str]:
    """The ids as a list. Raises `InvalidArgumentError`, or `UnknownDocumentError` for what can be nobody's id."""
    if isinstance(document_ids, str) or not isinstance(document_ids, Iterable):
        raise InvalidArgumentError(f"document_ids: a list of ids is needed, not {_one(document_ids)}")
    listed = list(document_ids)
    for document_id in listed:
        if not isinstance(document_id, str):
            raise InvalidArgumentError(f"document id {document_id!r}: not a string")
        if not is_unicode(document_id):
            raise UnknownDocumentError(f"no document {document_id!r} in this index; it is not Unicode")
    return listed


def check_path(path: object) -> Path:
    """The absolute path, as the current folder may change. Raises `InvalidArgumentError` for what can't be a path."""
    name = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(name, str) or not name or "\0" in name:  # Path("") would be the current folder
        raise InvalidArgumentError(f"path: {path!r} is not the path of a folder")
    return Path(name).absolute()


def fitting(settings: ChunkSettings | None, embedding: Embedding) -> ChunkSettings:
    """Settings within the embedding model's limit: the defaults shrink to it, explicit ones must respect it."""
    if settings is None:
        defaults = ChunkSettings()
        if defaults.max_tokens <= embedding.max_tokens:
            return defaults
        budget = max(8, embedding.max_tokens)
        return ChunkSettings(max_tokens=budget, overlap_tokens=budget // 4, min_tokens=budget // 4)
    if settings.max_tokens > embedding.max_tokens:
        raise InvalidArgumentError(
            f"chunking.max_tokens: {settings.max_tokens} is more than the {embedding.max_tokens} tokens that embedding "
            f"model {embedding.name!r} reads"
        )
    return settings


def _one(value: object) -> str:
    return "one string" if isinstance(value, str) else type(value).__name__
