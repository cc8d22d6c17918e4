"""PDF to text by pdfium, page by page."""

from __future__ import annotations

import re
import threading
from contextlib import closing
from typing import Any

from ragqa.documents.content import Content, RefusedError, first_line_title, require, usable_title

# pdfium keeps global state and may be used by one thread at a time.
_PDFIUM = threading.Lock()
# In place of a hyphen at the end of a line, and of the line's end, pdfium puts one of these.
_HYPHEN = re.compile(r"(.?)[\x02\ufffe](?:\r?\n)?(?=(.?))")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def read_pdf(data: bytes, stem: str) -> Content:
    """The text layer of a PDF; `page_starts` tells where each page begins in it.

    Raises:
        RefusedError: the file is damaged, cut short or encrypted, or has no pages or no text.
        MissingExtraError: pypdfium2 is not installed.
    """
    pdfium = require("pypdfium2", "pypdfium2")
    with _PDFIUM:
        try:
            with closing(pdfium.PdfDocument(data)) as document:
                pages = [_page_text(document, number) for number in range(len(document))]
                metadata_title = document.get_metadata_value("Title")
        except pdfium.PdfiumError as error:
            raise RefusedError(_reason(error, data)) from error
    if not any(pages):
        raise RefusedError("no text layer (scanned pages?)")
    text, page_starts = _join(pages)
    return Content(text, usable_title(metadata_title) or first_line_title(text) or stem, page_starts)


def _reason(error: Exception, data: bytes) -> str:
    # For a file without pages pdfium repeats the reason of an earlier failure, so its word alone won't do.
    if "password" in str(error).lower() and b"/Encrypt" in data:
        return "the PDF is encrypted and needs a password; save it without one"
    return "not a PDF, or one that is damaged or has no pages"


def _page_text(document: Any, number: int) -> str:
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        return _without_marks(textpage.get_text_range())


def _without_marks(text: str) -> str:
    text = _HYPHEN.sub(_join_word, text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text).strip()


def _join_word(match: re.Match[str]) -> str:
    """A word hyphenated at the end of a line is one word; "COVID-19" and "Anglo-Saxon" keep their hyphen."""
    before, after = match.groups()
    return before + ("" if before.islower() and after.islower() else "-")


def _join(pages: list[str]) -> tuple[str, tuple[int, ...]]:
    """One text, and where each page begins in it; a page without text begins where the one before ends."""
    text, starts = "", []
    for page in pages:
        if page and text:
            # A sentence may run on over the page's end; anything else begins a new paragraph.
            runs_on = page[0].islower() and (text[-1].islower() or text[-1] == ",")
            text += "\n" if runs_on else "\n\n"
        starts.append(len(text))
        text += page
    return text, tuple(starts)
