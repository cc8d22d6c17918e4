"""From a span of a document to a citation: its sentence, line and page."""

from __future__ import annotations

from ragqa.chunking import sentences
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
    """The sentence, or the run of sentences, that holds text[start:end]; a line break after a blank line ends one."""
    left = max(text.rfind("\n\n", 0, start) + 2, text.rfind("\r\n\r\n", 0, start) + 4, start - CONTEXT, 0)
    right = min(x for x in (text.find("\n\n", end), text.find("\r\n\r\n", end), end + CONTEXT, len(text)) if x >= 0)
    first, last = start, end
    for begin, stop in sentences(text, left, right):
        if begin < end and stop > start:
            first, last = min(first, begin), max(last, stop)
    return first, last
