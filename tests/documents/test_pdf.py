from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pytest
from fpdf import FPDF
from pypdfium2 import PdfDocument

from ragqa.documents import pdf as pdf_reader
from ragqa.documents.pdf import read_pdf
from ragqa.schema import Document

Read = Callable[[str, bytes], Document]
Refuse = Callable[[str, bytes], str]


def pdf(*pages: str, title: str = "", password: str = "") -> bytes:
    writer = FPDF(format=(150, 100))
    if title:
        writer.set_title(title)
    if password:
        writer.set_encryption(owner_password="owner", user_password=password)
    writer.set_font("helvetica", size=12)
    for page in pages:
        writer.add_page()
        if page:
            writer.multi_cell(0, None, page, align="L")
    return bytes(writer.output())


def test_pages_follow_each_other_and_can_be_told_apart(read: Read) -> None:
    document = read("report.pdf", pdf("Page one\nhas two lines.", "Page two.", "Page three."))
    assert document.text == "Page one\nhas two lines.\n\nPage two.\n\nPage three."
    assert document.page_starts == tuple(document.text.index(page) for page in ("Page one", "Page two", "Page three"))
    assert [document.page(document.text.index(word)) for word in ("lines", "two.", "three")] == [1, 2, 3]


def test_a_sentence_runs_on_over_a_page_break() -> None:
    assert read_pdf(pdf("It goes on", "to the next page"), "stem").text == "It goes on\nto the next page"
    assert read_pdf(pdf("It goes on", "To the next page"), "stem").text == "It goes on\n\nTo the next page"


@pytest.mark.parametrize("pages", [("", "one", "two"), ("one", "", "two"), ("one", "", "", "two", ""), ("one",)])
def test_pages_without_text_are_counted(pages: tuple[str, ...]) -> None:
    text, _, starts = read_pdf(pdf(*pages), "stem")
    document = Document(id="x", text=text, page_starts=starts)
    assert len(starts) == len(pages)
    assert list(starts) == sorted(starts)
    for number, page in enumerate(pages, start=1):
        if page:
            assert text[starts[number - 1] :].startswith(page)
            assert document.page(text.index(page)) == number


def test_a_word_hyphenated_at_the_end_of_a_line_is_joined() -> None:
    text = read_pdf(pdf("They were exam-\nined for COVID-\n19 by Anglo-\nSaxon e-mail - or\nnot."), "stem").text
    assert text == "They were examined for COVID-19 by Anglo-Saxon e-mail - or\nnot."


def test_the_marks_of_other_pdfium_versions_are_hyphens_too() -> None:
    assert [
        pdf_reader._without_marks(text) for text in ("ab\x02cd", "ab\ufffe\r\ncd", "ab\x02", "A\ufffe1", "a\x02b\x02c")
    ] == [
        "abcd",
        "abcd",
        "ab-",
        "A-1",
        "abc",
    ]


def test_other_scripts_are_kept() -> None:
    writer = FPDF()
    writer.add_page()
    font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    try:
        writer.add_font("dejavu", fname=font)
    except FileNotFoundError:
        pytest.skip(f"no {font}")
    writer.set_font("dejavu", size=12)
    writer.cell(text="Привет, café, \U0001d7d8")
    assert read_pdf(bytes(writer.output()), "stem").text == "Привет, café, \U0001d7d8"


@pytest.mark.parametrize(
    ("metadata", "title"),
    [
        ("The  real title", "The real title"),
        ("Ünïcode ✓", "Ünïcode ✓"),
        ("Documentary", "Documentary"),
        ("A report on .docx files", "A report on .docx files"),
        ("", "First line"),
        (" ", "First line"),
        ("untitled", "First line"),
        ("Untitled 1", "First line"),
        ("Document1", "First line"),
        ("Microsoft Word - final", "First line"),
        ("final_v2.docx", "First line"),
        ("my notes.PDF", "First line"),
    ],
)
def test_title(metadata: str, title: str) -> None:
    assert read_pdf(pdf("First line\nof text.", title=metadata), "stem").title == title


def test_title_is_the_file_name_where_there_is_no_other(read: Read) -> None:
    assert read("report.pdf", pdf("It begins at once.")).title == "report"


def test_a_scanned_pdf_is_refused(refuse: Refuse) -> None:
    assert refuse("scan.pdf", pdf("", "")) == "no text layer (scanned pages?)"


def test_an_encrypted_pdf_is_refused(refuse: Refuse) -> None:
    assert "encrypted" in refuse("secret.pdf", pdf("Secret", password="1234"))


def test_a_pdf_that_anyone_may_open_is_read() -> None:
    writer = FPDF()
    writer.set_encryption(owner_password="owner", user_password="")
    writer.add_page()
    writer.set_font("helvetica", size=12)
    writer.cell(text="Not secret")
    assert read_pdf(bytes(writer.output()), "stem").text == "Not secret"


@pytest.mark.parametrize(
    "data", [pdf("One page")[:-300], pdf("One page")[:200], b"%PDF-1.7\ngarbage", b"garbage", b"\0" * 1000]
)
def test_a_damaged_pdf_is_refused(refuse: Refuse, data: bytes) -> None:
    assert refuse("bad.pdf", data) == "not a PDF, or one that is damaged or has no pages"


def test_an_empty_file_is_empty(refuse: Refuse) -> None:
    assert refuse("bad.pdf", b"") == "empty"


def test_a_pdf_without_pages_is_refused(refuse: Refuse) -> None:
    empty, buffer = PdfDocument.new(), io.BytesIO()
    empty.save(buffer)
    refuse("secret.pdf", pdf("Secret", password="1234"))
    assert refuse("none.pdf", buffer.getvalue()) == "not a PDF, or one that is damaged or has no pages"


def test_threads_take_turns() -> None:
    data = pdf("Some text", "More text")
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.extend(read_pdf(data, "stem").text for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["Some text\n\nMore text"] * 160


def test_the_lock_is_free_after_a_failure(refuse: Refuse) -> None:
    refuse("bad.pdf", b"garbage")
    assert not pdf_reader._PDFIUM.locked()
