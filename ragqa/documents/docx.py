"""DOCX to text over python-docx's element tree.

Its `Document.iter_inner_content` leaves out what stands in content controls, text boxes and tracked insertions,
so the tree is walked here. Headers, footers, footnotes and comments are not read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from ragqa.documents.content import Content, RefusedError, first_line_title, one_line, require, usable_title

_OLE_MARK = b"\xd0\xcf\x11\xe0"
# A real document rarely unpacks to ten times its size, and a small one may unpack to any factor.
_MOST_UNPACKED = 256 * 2**20
_MOST_INFLATION = 10

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH, _TABLE, _ROW, _CELL, _RUN = (_WORD + name for name in ("p", "tbl", "tr", "tc", "r"))
_TEXT_BOX = _WORD + "txbxContent"
_FORMULA_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
# Deleted text, and the second copy of a text box that is there for old versions of Word.
_UNSEEN = (_WORD + "del", _WORD + "moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")


class _Block(NamedTuple):
    kind: str  # "paragraph", "item" or "row": items and rows follow each other without a blank line
    text: str


def read_docx(data: bytes, stem: str) -> Content:
    """Paragraphs, list items and table rows in the order in which they stand.

    Raises:
        RefusedError: the file is damaged, encrypted, of the old format, or unpacks to a suspicious size.
        MissingExtraError: python-docx is not installed.
    """
    docx = require("docx", "python-docx")
    _check_archive(data)
    document = docx.Document(io.BytesIO(data))
    text = ""
    previous = ""
    for block in _blocks(document.element.body, document):
        if text:
            text += "\n" if block.kind == previous != "paragraph" else "\n\n"
        text += block.text
        previous = block.kind
    return Content(text, usable_title(document.core_properties.title) or first_line_title(text) or stem)


def _check_archive(data: bytes) -> None:
    if data.startswith(_OLE_MARK):
        raise RefusedError("encrypted, or in the old .doc format; save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise RefusedError(f"not a Word document, or a damaged one: {error}") from error
    if unpacked > max(_MOST_UNPACKED, _MOST_INFLATION * len(data)):
        raise RefusedError(f"unpacks to {unpacked // 2**20} MiB, which no real document of its size does")


def _blocks(parent: Any, document: Any) -> Iterator[_Block]:
    for element in parent:
        if element.tag == _PARAGRAPH:
            if text := _text(element):
                yield _Block("item", "- " + text) if _is_item(element, document) else _Block("paragraph", text)
            for box in _own(element, _PARAGRAPH, _TEXT_BOX):
                yield from _blocks(box, document)
        elif element.tag == _TABLE:
            for row in _own(element, _TABLE, _ROW):
                yield from _row(row, document)
        elif element.tag not in _UNSEEN:
            yield from _blocks(element, document)


def _own(element: Any, kind: str, *tags: str) -> Iterator[Any]:
    """Descendants with one of the tags that belong to this element, not to one of its kind inside it, and are seen."""
    for descendant in element.iter(*tags):
        if next(descendant.iterancestors(kind, *_UNSEEN)) is element:
            yield descendant


def _text(paragraph: Any) -> str:
    return "".join(part.text or "" for part in _own(paragraph, _PARAGRAPH, _RUN, _FORMULA_TEXT)).strip()


def _is_item(paragraph: Any, document: Any) -> bool:
    docx_text = require("docx.text.paragraph", "python-docx")
    style = docx_text.Paragraph(paragraph, document).style.name or ""
    numbered = paragraph.pPr is not None and paragraph.pPr.numPr is not None
    return style.startswith(("List Bullet", "List Number")) or (numbered and not style.startswith("Heading"))


def _row(row: Any, document: Any) -> Iterator[_Block]:
    cells = list(_own(row, _ROW, _CELL))
    if len(cells) == 1:  # a frame around text rather than data
        yield from _blocks(cells[0], document)
        return
    # The cells that continue one above stay empty: its text stands once, and the columns stay in line.
    texts = ["" if cell.vMerge == "continue" else _cell_text(cell, document) for cell in cells]
    if any(texts):
        yield _Block("row", " | ".join(texts).strip())


def _cell_text(cell: Any, document: Any) -> str:
    return one_line(" ".join(block.text for block in _blocks(cell, document)))
