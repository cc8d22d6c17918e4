"""Ask an index every question of a set and measure what it says."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import ragqa
from ragqa.errors import InvalidArgumentError, UnknownDocumentError
from ragqa.evaluation import metrics
from ragqa.evaluation.evidence import excerpts
from ragqa.evaluation.figures import RECALL_CUTOFFS, Row
from ragqa.evaluation.questions import HasDocuments, Question, check_against
from ragqa.evaluation.report import Report
from ragqa.schema import Answer, Citation, Retrieved


class Evaluable(HasDocuments, Protocol):
    """What `evaluate` needs of an index; `ragqa.Index` has it, and so can another system that one compares with.

    An `info` mapping is copied into the report's environment if there is one.
    """

    def ask(self, question: str, /) -> Answer: ...

    def retrieve(self, question: str, k: int, /) -> Sequence[Retrieved]: ...

    def __len__(self) -> int: ...


def evaluate(
    index: Evaluable,
    questions: Sequence[Question],
    *,
    k: int = 10,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Ask the questions one by one, as a user would, and measure every figure of the report.

    `k` is how many passages are retrieved to look for gold spans: MRR is cut off there. `progress` is called
    with the number of questions done. Raises `QuestionSetError` when the gold spans don't fit the documents.
    """
    if k < max(RECALL_CUTOFFS):
        raise InvalidArgumentError(f"k={k}: recall@{max(RECALL_CUTOFFS)} needs at least that many passages")
    if not questions:
        raise InvalidArgumentError("no questions to evaluate on: pass at least one")
    check_against(questions, index)
    index.ask(questions[0].question)  # loads the models, so that the first question measured is like the others
    rows = []
    for done, question in enumerate(questions, start=1):
        rows.append(_measure(index, question, k))
        if progress is not None:
            progress(done)
    return Report.from_rows(rows, _environment(index))


def _measure(index: Evaluable, question: Question, k: int) -> Row:
    # Timed from outside: what a caller waits for, whatever the index says of itself.
    began = time.perf_counter()
    answer = index.ask(question.question)
    latency_ms = (time.perf_counter() - began) * 1000
    best = answer.claims[0] if answer.claims else None
    citations = _citations(answer)
    answerable, texts = not question.unanswerable, question.texts
    best_text = best.text if best else None
    best_citations = best.citations if best else ()
    row = Row(
        id=question.id,
        question=question.question,
        tags=question.tags,
        unanswerable=question.unanswerable,
        expected=texts,
        got=answer.text,
        best=best_text,
        confidence=answer.confidence,
        abstained=not answer.answered,
        exact_match=metrics.exact_match(answer.text, texts) if answerable else None,
        f1=metrics.token_f1(answer.text, texts) if answerable else None,
        f1_best=metrics.token_f1(best_text, texts) if answerable else None,
        rank=metrics.first_relevant_rank(index.retrieve(question.question, k), question.answers)
        if answerable
        else None,
        citations=len(citations),
        valid_citations=sum(_is_valid(citation, index) for citation in citations),
        cites_gold=metrics.cites_gold(best_citations, question.answers) if answerable and answer.answered else None,
        conflict_expected=question.conflict,
        conflict_got=answer.conflict,
        latency_ms=latency_ms,
    )
    return row.model_copy(update={"sources": excerpts(answer, question, index)}) if row.fault else row


def _citations(answer: Answer) -> set[Citation]:
    """Every citation that a caller can see; those of the answer are normally its best claim's again."""
    return {*answer.citations, *(citation for claim in answer.claims for citation in claim.citations)}


def _is_valid(citation: Citation, index: HasDocuments) -> bool:
    try:
        document = index.document(citation.document_id)
    except UnknownDocumentError:
        return False
    return metrics.citation_is_valid(citation, document)


def _environment(index: Evaluable) -> dict[str, str]:
    info = getattr(index, "info", None)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "CPUs": str(os.cpu_count() or "unknown"),
        "ragqa": ragqa.__version__,
        "documents": str(len(index)),
        **(_flat(info) if isinstance(info, Mapping) else {}),
    }


def _flat(info: Mapping[Any, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in info.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
