from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ragqa.documents import docx as docx_reader
from ragqa.documents.docx import read_docx
from ragqa.schema import Document

Read = Callable[[str, bytes], Document]
Refuse = Callable[[str, bytes], str]


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def text_of(document: Any) -> str:
    return read_docx(saved(document), "stem").text


def with_xml(xml: str) -> Any:
    """A document whose body begins with the given elements."""
    document = docx.Document()
    body = parse_xml(f"<w:body {nsdecls('w', 'm')}>{xml}</w:body>")
    for element in reversed(list(body)):
        document.element.body.insert(0, element)
    return document


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_everything_stands_in_document_order(read: Read) -> None:
    document = docx.Document()
    document.add_heading("Tea", 0)
    document.add_paragraph("It is a drink.")
    document.add_paragraph("")
    document.add_paragraph("black", style="List Bullet")
    document.add_paragraph("green", style="List Number")
    document.add_heading("Prices", 1)
    table = document.add_table(2, 2)
    for cell, text in zip(
        [cell for row in table.rows for cell in row.cells], ["kind", "price", "green", "3 €"], strict=True
    ):
        cell.text = text
    document.add_paragraph("e\u0301 👩🏽\u200d🚀 \ufb01")
    loaded = read("tea.docx", saved(document))
    assert loaded.title == "Tea"
    assert loaded.text == (
        "Tea\n\nIt is a drink.\n\n- black\n- green\n\nPrices\n\nkind | price\ngreen | 3 €\n\n"
        "e\u0301 👩🏽\u200d🚀 \ufb01"
    )


def test_lists_that_are_numbered_directly() -> None:
    numbering = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    heading = numbering.replace("<w:pPr>", '<w:pPr><w:pStyle w:val="Heading1"/>')
    document = with_xml(f"<w:p>{heading}{run('Heading')}</w:p><w:p>{numbering}{run('item')}</w:p>")
    assert text_of(document) == "Heading\n\n- item"


def test_merged_cells_stand_once() -> None:
    document = docx.Document()
    table = document.add_table(3, 3)
    for row_number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            cell.text = f"{row_number}{column}"
    for first, last in (((0, 0), (0, 1)), ((1, 0), (2, 0))):
        merged = table.cell(*first).merge(table.cell(*last))
        merged.text = "merged"
    assert text_of(document) == "merged | 02\nmerged | 11 | 12\n| 21 | 22"


def test_what_word_hides_behind_a_merged_cell_is_left_out() -> None:
    def row(merge: str, *texts: str) -> str:
        first, second = (f"<w:p>{run(text)}</w:p>" for text in texts)
        return f"<w:tr><w:tc><w:tcPr><w:vMerge {merge}/></w:tcPr>{first}</w:tc><w:tc>{second}</w:tc></w:tr>"

    rows = row("w:val='restart'", "seen", "a") + row("", "hidden", "b")
    document = with_xml(f"<w:tbl>{rows}</w:tbl>")
    assert text_of(document) == "seen | a\n| b"


def test_a_cell_stays_on_the_line_of_its_row() -> None:
    document = docx.Document()
    table = document.add_table(3, 2)
    table.cell(0, 0).text = "two\nlines"
    table.cell(0, 0).add_paragraph("more")
    nested = table.cell(0, 1).add_table(1, 2)
    nested.cell(0, 0).text, nested.cell(0, 1).text = "a", "b"
    table.cell(2, 1).text = "end"
    assert text_of(document) == "two lines more | a | b\n| end"


def test_a_frame_around_text_is_no_table() -> None:
    document = docx.Document()
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "First paragraph."
    cell.add_paragraph("Second paragraph.")
    assert text_of(document) == "First paragraph.\n\nSecond paragraph."


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (f"<w:p>{run('a')}<w:r><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a\tb\nc"),
        (f"<w:p><w:hyperlink>{run('a link')}</w:hyperlink></w:p>", "a link"),
        (
            f"<w:p>{run('old ')}<w:del><w:r><w:delText>x</w:delText><w:tab/></w:r></w:del>"
            f"<w:ins>{run('new')}</w:ins></w:p>",
            "old new",
        ),
        (f"<w:p>{run('kept')}<w:moveFrom>{run('moved')}</w:moveFrom></w:p>", "kept"),
        (f"<w:sdt><w:sdtContent><w:p>{run('in a control')}</w:p></w:sdtContent></w:sdt>", "in a control"),
        (f"<w:p>{run('in ')}<w:sdt><w:sdtContent>{run('line')}</w:sdtContent></w:sdt></w:p>", "in line"),
        (f"<w:p>{run('E = ')}<m:oMath><m:r><m:t>mc²</m:t></m:r></m:oMath></w:p>", "E = mc²"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>" + f"<w:p>{run('x')}</w:p>", "x"),
    ],
)
def test_all_that_a_reader_sees_and_nothing_else(xml: str, text: str) -> None:
    assert text_of(with_xml(xml)) == text


def test_a_text_box_stands_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent><w:p>{run('boxed')}</w:p></w:txbxContent>"
    compatibility = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    choice = f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    alternatives = f"<mc:AlternateContent {compatibility}>{choice}</mc:AlternateContent>"
    document = with_xml(f"<w:p>{run('before')}<w:r>{alternatives}</w:r>{run(' and on')}</w:p><w:p>{run('after')}</w:p>")
    assert text_of(document) == "before and on\n\nboxed\n\nafter"


@pytest.mark.parametrize(
    ("metadata", "title"), [("Real title", "Real title"), ("", "First line"), ("Word Document", "First line")]
)
def test_title(metadata: str, title: str) -> None:
    document = docx.Document()
    document.core_properties.title = metadata
    document.add_paragraph("First line")
    assert read_docx(saved(document), "stem").title == title


def test_title_is_the_file_name_where_there_is_no_other() -> None:
    document = docx.Document()
    document.add_paragraph("It begins at once.")
    assert read_docx(saved(document), "stem").title == "stem"


def a_document() -> bytes:
    document = docx.Document()
    document.add_paragraph("Some text.")
    return saved(document)


def repacked(change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The document with its parts changed, or left out where `change` gives None."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_document())) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [a_document()[:-100], a_document()[:100], b"garbage", b"PK\x03\x04"])
def test_a_damaged_document_is_refused(refuse: Refuse, data: bytes) -> None:
    assert refuse("bad.docx", data).startswith("not a Word document, or a damaged one")


@pytest.mark.parametrize(
    "change",
    [
        lambda name, part: None if name == "word/document.xml" else part,
        lambda name, part: None if name == "[Content_Types].xml" else part,
        lambda name, part: part[: len(part) // 2] if name == "word/document.xml" else part,
        lambda name, part: part.replace(b"wordprocessingml.document", b"spreadsheetml.sheet") if "[" in name else part,
    ],
)
def test_an_archive_that_is_no_document_is_refused(
    refuse: Refuse, change: Callable[[str, bytes], bytes | None]
) -> None:
    assert refuse("bad.docx", repacked(change)).startswith("can't be read as .docx: ")


def test_a_flipped_byte_is_refused(refuse: Refuse) -> None:
    data = bytearray(a_document())
    data[data.index(b"word/document.xml") + 40] ^= 0xFF
    refuse("bad.docx", bytes(data))


def test_an_encrypted_document_is_refused(refuse: Refuse) -> None:
    assert "encrypted" in refuse("bad.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))


def test_a_zip_bomb_is_refused(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_reader, "_MOST_UNPACKED", 2**20)
    bomb = repacked(lambda name, part: part + b" " * 2**21 if name == "word/styles.xml" else part)
    assert "unpacks to 2 MiB" in refuse("bomb.docx", bomb)


def test_absurd_nesting_is_refused(refuse: Refuse) -> None:
    deep = b"<w:sdt><w:sdtContent>" * 20_000 + b"</w:sdtContent></w:sdt>" * 20_000
    data = repacked(
        lambda name, part: part.replace(b"<w:p>", deep + b"<w:p>", 1) if name == "word/document.xml" else part
    )
    assert refuse("deep.docx", data).startswith("can't be read as .docx: ")


def test_a_document_without_text_is_empty(refuse: Refuse) -> None:
    assert refuse("empty.docx", saved(docx.Document())) == "empty"
