"""Question sets: one JSON object a line, each question with every span that answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ragqa.errors import QuestionSetError, UnknownDocumentError
from ragqa.schema import Document

if TYPE_CHECKING:
    from typing_extensions import Self

_MOST_PROBLEMS_SHOWN = 5


class HasDocuments(Protocol):
    """What `check_against` needs of an index."""

    def document(self, document_id: str, /) -> Document: ...


class GoldSpan(BaseModel):
    """One acceptable answer. Invariant, proven by `check_against`: `document.text[start:end] == text`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc: str = Field(min_length=1, description="Id of the document that the span stands in.")
    start: int = Field(ge=0, description="First code point of the span in the document's text.")
    end: int = Field(ge=0, description="One past the last code point of the span.")
    text: str = Field(min_length=1, description="The span itself, verbatim.")
    group: str | int | None = Field(default=None, description="Spans that state different facts differ in it.")

    @model_validator(mode="after")
    def _not_empty(self) -> GoldSpan:
        if self.start >= self.end:
            raise ValueError(f"start {self.start} is not before end {self.end}")
        return self


class Question(BaseModel):
    """One question and what an honest system says to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, description="Unique in the set.")
    question: str = Field(pattern=r"\S", description="As a user would type it.")
    answers: tuple[GoldSpan, ...] = Field(description="Every acceptable span; empty when unanswerable.")
    unanswerable: bool = Field(description="Whether the documents don't say.")
    tags: tuple[str, ...] = Field(description="Kinds of question, for the table by tag.")

    @model_validator(mode="after")
    def _answers_fit(self) -> Question:
        if self.unanswerable and self.answers:
            raise ValueError("an unanswerable question has no answers: empty the list or set unanswerable to false")
        if not self.unanswerable and not self.answers:
            raise ValueError("an answerable question needs at least one answer, or unanswerable set to true")
        return self

    @property
    def conflict(self) -> bool:
        """Whether the gold spans state two or more different facts; spans without a group are one group."""
        return len({span.group for span in self.answers}) > 1

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct gold wordings, in order."""
        return tuple(dict.fromkeys(span.text for span in self.answers))


def load_questions(path: str | Path) -> list[Question]:
    """Read a question set; blank lines are allowed.

    Raises `QuestionSetError`, which names the file and the line, for anything that breaks the format.
    """
    return load_records(path, Question)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...

    @classmethod
    def model_validate_json(cls, json_data: bytes, /, *, strict: bool) -> Self: ...


Record = TypeVar("Record", bound=_HasId)


def load_records(path: str | Path, kind: type[Record]) -> list[Record]:
    """Read a set of records with ids, one JSON object a line; errors as for `load_questions`."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise QuestionSetError(f"{path}: can't read the question set: {error.strerror or error}") from error
    questions: list[Record] = []
    first_line: dict[str, int] = {}
    # Bytes split at line feeds only, whereas str.splitlines would cut JSON strings at U+2028 and the like.
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            question = kind.model_validate_json(line, strict=True)
        except ValidationError as error:
            raise QuestionSetError(f"{path}, line {number}: {_explain(error)}") from error
        if question.id in first_line:
            raise QuestionSetError(
                f'{path}, line {number}: id "{question.id}" was used on line {first_line[question.id]}; '
                "give each question its own"
            )
        first_line[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionSetError(f"{path}, line 1: no questions in the file; write one JSON object a line")
    return questions


def check_against(questions: Iterable[Question], index: HasDocuments) -> None:
    """Prove that every gold span stands where it says in the indexed documents, or raise `QuestionSetError`."""
    problems = [
        f'question "{question.id}": {problem}'
        for question in questions
        for span in question.answers
        if (problem := _problem(span, index))
    ]
    if not problems:
        return
    shown = problems[:_MOST_PROBLEMS_SHOWN]
    if hidden := len(problems) - len(shown):
        shown.append(f"and {hidden} more")
    raise QuestionSetError("the question set doesn't fit the documents: " + "; ".join(shown))


def _problem(span: GoldSpan, index: HasDocuments) -> str | None:
    try:
        text = index.document(span.doc).text
    except UnknownDocumentError:
        return f'no document "{span.doc}" in the index'
    found = text[span.start : span.end]
    if found == span.text:
        return None
    return f'"{span.doc}"[{span.start}:{span.end}] is {found[:80]!r}, not {span.text[:80]!r}{_moved_to(span, text)}'


def _moved_to(span: GoldSpan, text: str) -> str:
    """Where the text stands now: after an edit of a document that is what its author needs to know."""
    places = [match.start() for match in re.finditer(re.escape(span.text), text)]
    if not places:
        return ", which is nowhere in the document"
    nearest = min(places, key=lambda at: abs(at - span.start))
    return f", which stands at {nearest}"


def _explain(error: ValidationError) -> str:
    """The first fault of a line: the field, then what is wrong with it."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
