"""An index whose answers are written down beforehand, and short ways to make what it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ragqa.errors import UnknownDocumentError
from ragqa.evaluation import GoldSpan, Question
from ragqa.evaluation.figures import Row
from ragqa.schema import Answer, Citation, Claim, Document, Passage, Retrieved


class FakeIndex:
    def __init__(
        self,
        documents: Sequence[Document],
        answers: Mapping[str, Answer] | None = None,
        hits: Mapping[str, Sequence[Retrieved]] | None = None,
    ) -> None:
        self._documents = {document.id: document for document in documents}
        self._answers = answers or {}
        self._hits = hits or {}
        self.asked: list[str] = []
        self.info = {"reader": {"name": "tiny", "layers": 2}, "embedding model": "mini"}

    def ask(self, question: str, /) -> Answer:
        self.asked.append(question)
        return self._answers[question]

    def retrieve(self, question: str, k: int, /) -> Sequence[Retrieved]:
        return self._hits.get(question, ())[:k]

    def document(self, document_id: str, /) -> Document:
        if document_id not in self._documents:
            raise UnknownDocumentError(document_id)
        return self._documents[document_id]

    def __len__(self) -> int:
        return len(self._documents)


def gold(document: Document, text: str, group: str | None = None) -> GoldSpan:
    start = document.text.index(text)
    return GoldSpan(doc=document.id, start=start, end=start + len(text), text=text, group=group)


def question(name: str, *answers: GoldSpan, tags: Sequence[str] = ()) -> Question:
    return Question(id=name, question=f"{name}?", answers=answers, unanswerable=not answers, tags=tuple(tags))


def citation(document: Document, quote: str, /, **changes: Any) -> Citation:
    """A valid citation, the whole document being one sentence, apart from the changes."""
    start = document.text.index(quote)
    fields: dict[str, Any] = {
        "document_id": document.id,
        "title": document.title,
        "source": document.source,
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "sentence": document.text,
        "sentence_start": 0,
        "page": document.page(start),
        "line": document.line(start),
    }
    return Citation(**(fields | changes))


def answer(
    name: str, *citations: Citation, confidence: float = 0.5, answered: bool = True, conflict: bool = False
) -> Answer:
    """One claim a citation."""
    claims = tuple(Claim(text=cited.quote, confidence=confidence, citations=(cited,)) for cited in citations)
    return Answer(
        question=f"{name}?",
        text=claims[0].text if answered else None,
        answered=answered,
        confidence=confidence,
        claims=claims,
        conflict=conflict,
        rivals=tuple(range(len(claims))) if conflict else (),
        citations=claims[0].citations if answered else (),
        timings={"total": 1.0},
    )


def hit(document: Document, start: int, end: int) -> Retrieved:
    return Retrieved(
        passage=Passage(document_id=document.id, start=start, end=end, text=document.text[start:end]), score=1.0
    )


def row(name: str = "q", **changes: Any) -> Row:
    """A flawlessly answered question, apart from the changes."""
    fields: dict[str, Any] = {
        "id": name,
        "question": f"{name}?",
        "tags": (),
        "unanswerable": False,
        "expected": ("gold",),
        "got": "gold",
        "best": "gold",
        "confidence": 0.9,
        "abstained": False,
        "exact_match": 1.0,
        "f1": 1.0,
        "f1_best": 1.0,
        "rank": 1,
        "citations": 1,
        "valid_citations": 1,
        "cites_gold": True,
        "conflict_expected": False,
        "conflict_got": False,
        "latency_ms": 10.0,
    }
    return Row(**(fields | changes))


def unanswerable_row(name: str = "u", **changes: Any) -> Row:
    """A question rightly refused, apart from the changes."""
    refused: dict[str, Any] = {"unanswerable": True, "expected": (), "got": None, "confidence": 0.1, "abstained": True}
    unmeasured = dict.fromkeys(("exact_match", "f1", "f1_best", "rank", "cites_gold"))
    return row(name, **(refused | unmeasured | changes))
