from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.documents import load, load_file
from ragqa.errors import DuplicateDocumentError
from ragqa.schema import Document

Refuse = Callable[[str, bytes], str]


def documents(path: Path, data: bytes) -> list[Document]:
    path = path / "corpus.jsonl"
    path.write_bytes(data)
    assert load(path).documents == load_file(path, "not used")
    return load(path).documents


def test_each_line_is_a_document(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "First", "title": "T", "source": "https://example.org", "page_starts": [9], "x": null}',
        "",
        '  {"id": 7, "text": " Second\\r\\n", "title": null, "source": 5}\r',
        " ",
        '{"text": "Third", "id": "c"}',
    ]
    source = (tmp_path / "corpus.jsonl").as_posix()
    assert documents(tmp_path, "\n".join(lines).encode()) == [
        Document(id="a", text="First", title="T", source="https://example.org"),
        Document(id="7", text=" Second\r\n", source=f"{source}#L3"),
        Document(id="c", text="Third", source=f"{source}#L5"),
    ]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip), min_size=1))
def test_text_is_kept_exactly(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    lines = (json.dumps({"id": str(number), "text": text}, ensure_ascii=False) for number, text in enumerate(texts))
    loaded = documents(tmp_path_factory.mktemp("corpus"), "\n".join(lines).encode())
    assert [document.text for document in loaded] == texts


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, separator: str) -> None:
    data = f'{{"id": "a", "text": "one{separator}two"}}'.encode()
    assert [document.text for document in documents(tmp_path, data)] == [f"one{separator}two"]


def test_a_lone_carriage_return_does_not_end_a_line(refuse: Refuse) -> None:
    assert refuse("corpus.jsonl", (GOOD + '{"id": "b",\r "text": ""}').encode()) == 'line 3: "text" is blank'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings(tmp_path: Path, encoding: str) -> None:
    data = '{"id": "ä", "text": "café 👩🏽"}\r\n{"id": "b", "text": "plain"}\r\n'.encode(encoding)
    assert [(found.id, found.text) for found in documents(tmp_path, data)] == [("ä", "café 👩🏽"), ("b", "plain")]


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    line = rb'{"id": "a", "text": "\ud83d\ude00 \ud83d", "title": "\ude00", "source": "\ud83d"}'
    assert documents(tmp_path, line) == [Document(id="a", text="\U0001f600 \ufffd", title="\ufffd", source="\ufffd")]


GOOD = '{"id": "a", "text": "x"}\n\n'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ('{"id": "b", "text": "x"} {', "not valid JSON"),
        ("plain text", "not valid JSON"),
        ("[" * 100_000, "not usable JSON"),
        ('{"id": ' + "9" * 10_000 + "}", "not usable JSON"),
        ("[1]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"text": "x"}', '"id" must be'),
        ('{"id": "", "text": "x"}', '"id" must be'),
        ('{"id": " ", "text": "x"}', '"id" must be'),
        ('{"id": true, "text": "x"}', '"id" must be'),
        ('{"id": 1.5, "text": "x"}', '"id" must be'),
        ('{"id": "\\ud800", "text": "x"}', '"id" must be'),
        ('{"id": "b"}', '"text" must be a string'),
        ('{"id": "b", "text": ["x"]}', '"text" must be a string'),
        ('{"id": "b", "text": ""}', '"text" is blank'),
        ('{"id": "b", "text": " \\n\\u00a0"}', '"text" is blank'),
        ('{"id": "b", "text": "x", "title": 5}', '"title" must be a string'),
    ],
)
def test_a_malformed_line_is_named(refuse: Refuse, line: str, reason: str) -> None:
    found = refuse("corpus.jsonl", (GOOD + line).encode())
    assert found.startswith("line 3: ")
    assert reason in found


def test_text_that_is_not_utf8_is_named(refuse: Refuse) -> None:
    data = GOOD.encode() + '{"id": "b", "text": "café"}'.encode("latin-1")
    assert refuse("corpus.jsonl", data) == "line 3: not valid UTF-8"
    assert refuse("corpus.jsonl", GOOD.encode("utf-16") + b"\x00\xd8\n\0").startswith("not valid utf-16")


def test_binary_data_is_refused(refuse: Refuse) -> None:
    refuse("corpus.jsonl", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


@pytest.mark.parametrize("data", [b"", b"\n\n", "\ufeff \r\n".encode()])
def test_a_file_without_records_is_empty(refuse: Refuse, data: bytes) -> None:
    assert refuse("corpus.jsonl", data) == "empty"


def test_the_same_id_on_two_lines_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(GOOD + '{"id": "b", "text": "x"}\n{"id": "a", "text": "y"}')
    with pytest.raises(
        DuplicateDocumentError, match=r"corpus\.jsonl: document id 'a' is on line 1 and again on line 4"
    ):
        load(tmp_path)
