from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import ragqa.documents
from ragqa.documents import Loaded, load, load_file, reading, scan
from ragqa.errors import (
    DuplicateDocumentError,
    InvalidArgumentError,
    MissingExtraError,
    NoDocumentsError,
    UnreadableDocumentError,
)
from ragqa.schema import Document


def test_a_single_file_is_named_after_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Title\n\nText.")
    loaded = load(str(path))
    assert loaded == Loaded(
        [Document(id="a.txt", text="Title\n\nText.", title="Title", source=path.as_posix())], [], {"a.txt": ["a.txt"]}
    )
    assert load_file(path, "other")[0].id == "other"


@pytest.mark.parametrize("name", ["image.png", "data.json", "a.docm"])
def test_an_unsupported_file_given_directly_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("text")
    for read in (load, lambda path: load_file(path, "id")):
        with pytest.raises(UnreadableDocumentError, match=rf"{name}: unsupported file type .*\.docx \.jsonl"):
            read(tmp_path / name)


@pytest.mark.parametrize("source", ["no/such/folder", "Meta bought 49 % of Scale AI. " * 500, "", "a\0b", "a\nb"])
def test_a_path_that_does_not_exist_is_an_error_with_a_hint(source: str) -> None:
    for function in (load, scan):
        with pytest.raises(NoDocumentsError, match=r"Document\(id=") as caught:
            function(source)
        assert repr(source[:20])[1:-1] in str(caught.value)
        assert len(str(caught.value)) < 400


def test_documents_in_memory_are_kept_as_they_are() -> None:
    documents = [Document(id="b", text="x", page_starts=(0,)), Document(id="a", text=" y ", source="s")]
    assert load(documents) == load(iter(documents)) == Loaded(documents, [], {})


def test_blank_documents_in_memory_are_reported() -> None:
    good, blank = Document(id="a", text="x"), Document(id="b", text=" \n")
    loaded = load([blank, good])
    assert loaded.documents == [good]
    assert [(skip.source, skip.reason) for skip in loaded.skipped] == [("b", "empty")]
    with pytest.raises(NoDocumentsError, match="skipped 1: b: empty"):
        load([blank])
    with pytest.raises(NoDocumentsError):
        load([])


def test_the_same_id_twice_in_memory_is_an_error() -> None:
    with pytest.raises(DuplicateDocumentError, match="'a' occurs twice, in item 0 and in item 2"):
        load([Document(id="a", text="x"), Document(id="b", text="x"), Document(id="a", text="y")])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "not NoneType"),
        (5, "not int"),
        (b"folder", "not bytes"),
        ({"a": "text"}, "not dict"),
        (Document(id="a", text="x"), r"not Document; pass \[document\]"),
        (["text"], "item 0 of the documents is str"),
        ([Document(id="a", text="x"), None], "item 1 of the documents is NoneType"),
    ],
)
def test_a_wrong_argument_is_an_error(source: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        load(source)


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"gone\.txt: No such file"):
        load_file(tmp_path / "gone.txt", "id")


@pytest.mark.parametrize(
    ("module", "package", "name", "data"),
    [
        ("pypdfium2", "pypdfium2", "a.pdf", b"%PDF"),
        ("docx", "python-docx", "a.docx", b"PK"),
        ("inscriptis.html_engine", "inscriptis", "a.html", b"<p>x"),
        ("charset_normalizer", "charset-normalizer", "a.txt", "Привет, это русский текст".encode("cp1251")),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, package: str, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    monkeypatch.setitem(sys.modules, module, None)
    for source in (tmp_path, tmp_path / name):
        with pytest.raises(MissingExtraError, match=f"pip install {package}"):
            load(source)


@pytest.mark.parametrize("failure", [KeyError("x"), RecursionError(), MemoryError(), AssertionError(), StopIteration()])
def test_no_exception_of_a_parser_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_: object) -> None:
        raise failure

    for name in ("a.txt", "b.pdf"):
        (tmp_path / name).write_text("text")
    monkeypatch.setitem(reading._READERS, ".pdf", fail)
    assert load(tmp_path).skipped[0].reason.startswith(f"can't be read as .pdf: {type(failure).__name__}")
    with pytest.raises(UnreadableDocumentError) as caught:
        load(tmp_path / "b.pdf")
    assert caught.value.__cause__ is failure


def test_the_public_names() -> None:
    assert sorted(ragqa.documents.__all__) == ["Loaded", "load", "load_file", "scan"]
