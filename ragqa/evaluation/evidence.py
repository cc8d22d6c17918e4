"""What the documents say around an answer, cut out so that a report shows it without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field

from ragqa.errors import UnknownDocumentError
from ragqa.evaluation.questions import GoldSpan, HasDocuments, Question
from ragqa.schema import Answer, Citation, Document

_CONTEXT = 240  # code points shown on each side of a span
_LONGEST = 1_000  # code points of a span beyond which it is shown in part
_MOST = 3  # citations shown of an answer, and gold spans

Range = tuple[int, int]


class Excerpt(BaseModel):
    """A part of one document; offsets are code points of the document, as everywhere, half-open.

    Invariant: `document.text[start : start + len(text)] == text`, and every range is within it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_id: str
    title: str
    line: int = Field(description="Line, from 1, of the span that it was cut out for.")
    start: int = Field(description="First code point of `text` in the document.")
    text: str
    cited: tuple[Range, ...] = Field(description="Parts that the answer cites, in order, apart from each other.")
    gold: tuple[Range, ...] = Field(description="Parts that the question set gives as answers, likewise.")
    cut_before: bool = Field(description="Whether the document begins earlier.")
    cut_after: bool = Field(description="Whether the document goes on.")


def excerpts(answer: Answer, question: Question, index: HasDocuments) -> tuple[Excerpt, ...]:
    """What the answer rests on, then gold spans that this doesn't show.

    The first citation of the best claim, and of the next ones where the answer says that they disagree; a gold span
    of each group of which nothing is in sight yet. Citations of documents that are not there, or of no text, are
    left out.
    """
    claims = answer.sides[:_MOST]
    cited = [citation for claim in claims for citation in claim.citations]
    shown: list[Excerpt] = []
    for citation in (claim.citations[0] for claim in claims if claim.citations):
        _show(shown, citation.document_id, citation.start, citation.end, cited, question.answers, index)
    for gold in _golds_to_show(question, shown):
        _show(shown, gold.doc, gold.start, gold.end, cited, question.answers, index)
    return tuple(shown)


def _golds_to_show(question: Question, shown: Sequence[Excerpt]) -> Iterator[GoldSpan]:
    """The first span of each group of which nothing is shown so far."""
    groups: dict[str | int | None, list[GoldSpan]] = {}
    for gold in question.answers:
        groups.setdefault(gold.group, []).append(gold)
    missing = (golds[0] for golds in groups.values() if not any(_is_shown(gold, shown) for gold in golds))
    for _, gold in zip(range(_MOST), missing, strict=False):
        yield gold


def _is_shown(gold: GoldSpan, shown: Sequence[Excerpt]) -> bool:
    return any(
        excerpt.document_id == gold.doc and _clipped(excerpt.start, len(excerpt.text), gold.start, gold.end)
        for excerpt in shown
    )


def _show(
    shown: list[Excerpt],
    document_id: str,
    start: int,
    end: int,
    cited: Iterable[Citation],
    golds: Iterable[GoldSpan],
    index: HasDocuments,
) -> None:
    """Append the excerpt around a span, unless that is shown already or can't be."""
    seen = any(
        excerpt.document_id == document_id and excerpt.start <= start and end <= excerpt.start + len(excerpt.text)
        for excerpt in shown
    )
    try:
        document = index.document(document_id)
    except UnknownDocumentError:
        return
    end = min(end, start + _LONGEST, len(document.text))
    if seen or start >= end:
        return
    left, right = _window(document, start, end)
    here = [(citation.start, citation.end) for citation in cited if citation.document_id == document_id]
    gold = [(span.start, span.end) for span in golds if span.doc == document_id]
    shown.append(
        Excerpt(
            document_id=document_id,
            title=document.title,
            line=document.line(start),
            start=left,
            text=document.text[left:right],
            cited=_merged(left, right - left, here),
            gold=_merged(left, right - left, gold),
            cut_before=left > 0,
            cut_after=right < len(document.text),
        )
    )


def _window(document: Document, start: int, end: int) -> Range:
    """The span with its context, in whole words where there are any."""
    text = document.text
    left, right = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    if left and (space := text.find(" ", left, start)) >= 0:
        left = space + 1
    if right < len(text) and (space := text.rfind(" ", end, right)) >= 0:
        right = space
    return left, right


def _merged(left: int, length: int, ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The ranges within [left, left + length), sorted, those that overlap or touch made one."""
    merged: list[Range] = []
    for start, end in sorted(filter(None, (_clipped(left, length, *part) for part in ranges))):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def _clipped(left: int, length: int, start: int, end: int) -> Range | None:
    start, end = max(start, left), min(end, left + length)
    return (start, end) if start < end else None
