"""From a span of a document to a citation: its sentence, line and page."""

from __future__ import annotations

import re

from ragqa.layout import blocks
from ragqa.schema import Citation, Document
from ragqa.sentences import pieces

CONTEXT = 600  # characters on each side in which the sentence's ends are looked for
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


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
    left, right = _surroundings(text, start, end)
    first, last = start, end
    for block in blocks(text[left:right]):
        for begin, stop in pieces(text, block.kind, left + block.start, left + block.end):
            if begin < end and stop > start:
                first, last = min(first, begin), max(last, stop)
    return first, last


def _surroundings(text: str, start: int, end: int) -> tuple[int, int]:
    """The paragraph around text[start:end]; of a long one what is near, in whole lines or at least whole words."""
    left, right = max(0, start - CONTEXT), min(len(text), end + CONTEXT)
    if gaps := [gap.end() for gap in _BLANK_LINE.finditer(text, left, start)]:
        left = gaps[-1]
    elif left:
        left = max(left, text.find("\n" if "\n" in text[left:start] else " ", left, start))
    if gap := _BLANK_LINE.search(text, end, right):
        right = gap.start()
    elif right < len(text):
        space = max(text.rfind(" ", end, right), text.rfind("\n", end, right))
        right = space if space >= end else right
    return left, right
