"""From a span of a document to a citation: its sentence, line and page."""

from __future__ import annotations

from ragqa.chunking import pieces
from ragqa.layout import blocks
from ragqa.schema import Citation, Document

CONTEXT = 600  # characters on each side in which the sentence's ends are looked for


def cite(document: Document, start: int, end: int) -> Citation:
    """Cite document.text[start:end]."""
    first, last = sentence_around(document.text, start, end)
    return Citation(
        document_id=document.id,
        title=document.title,
        source=document.source,
        start=start,
        end=end,
        quote=document.text[start:end],
        sentence=document.text[first:last],
        sentence_start=first,
        page=document.page(start),
        line=document.line(start),
    )


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence, heading, list item or table row that holds text[start:end], or the run of them."""
    left, right = max(0, start - CONTEXT), min(len(text), end + CONTEXT)
    if left:  # begin with a whole line, or at least a whole word
        left = max(
            text.find("\n", left, start), text.find(" ", left, start) if "\n" not in text[left:start] else -1, left
        )
    first, last = start, end
    for block in blocks(text[left:right]):
        for begin, stop in pieces(text, block.kind, left + block.start, left + block.end):
            if begin < end and stop > start:
                first, last = min(first, begin), max(last, stop)
    return first, last
