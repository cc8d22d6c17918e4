from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.schema import Document

Read = Callable[[str, bytes], Document]


@pytest.mark.parametrize("suffix", [".txt", ".text", ".md", ".markdown", ".rst", ".csv", ".tsv", ".log", "", ".TXT"])
def test_text_is_kept_exactly(read: Read, suffix: str) -> None:
    text = "\r\n  One line\r\nold Mac\rUnix\n\ttab \u2028 e\u0301 é 👩🏽\u200d🚀 \ufb01 \xa0end  \r\n\r\n"
    document = read(f"notes{suffix}", text.encode())
    assert document.text == text
    assert document.page_starts == ()


def test_legacy_text_is_decoded(read: Read) -> None:
    assert read("menu.txt", "café crème à 5 £".encode("latin-1")).text == "café crème à 5 £"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", "\ufeff".encode(), "\xa0\u2003".encode(), "  ".encode("utf-16")])
def test_blank_files_are_refused(refuse: Callable[[str, bytes], str], name: str, data: bytes) -> None:
    assert refuse(name, data) == "empty"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html", "a"])
def test_binary_files_are_refused(refuse: Callable[[str, bytes], str], name: str) -> None:
    assert refuse(name, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == "binary, not text"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Annual report\n\nIt was good.", "Annual report"),
        ("\r\n \r\n  Annual \t report \r\nIt was good.", "Annual report"),
        ("=====\nTitle\n=====\n", "Title"),
        ("Wirklich?\nJa!", "Wirklich?"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "notes"),
        ("It was good.", "notes"),
        ("Dear all,\nIt was good", "notes"),
        ("One;\ntwo", "notes"),
        ("Contents:\ntwo", "notes"),
        ("***", "notes"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".txt", ".rst"])
def test_title_of_plain_text(read: Read, suffix: str, text: str, title: str) -> None:
    assert read(f"notes{suffix}", text.encode()).title == title


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".log"])
def test_title_of_tables_and_logs_is_the_file_name(read: Read, suffix: str) -> None:
    assert read(f"prices 2024{suffix}", b"item,price\ntea,3").title == "prices 2024"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Heading\n\ntext", "Heading"),
        ("text first\r\n\r\n#  The  heading ##\r\ntext", "The heading"),
        ("   # C# and F#\n", "C# and F#"),
        ("# Issue # 5 #\t##\r\n", "Issue # 5 #"),
        ("# a" + " " * 200_000 + "b", "a b"),
        ("## Second level\ntext", "notes"),
        ("#hashtag\ntext", "notes"),
        ("    # indented code\n", "notes"),
        ("```sh\n# comment\n```\n# Real\n", "Real"),
        ("````\n```\n# comment\n````\n~~~\n# other\n~~~\n# Real\n", "Real"),
        ("---\ntitle: Front matter\n---\n# Heading\n", "Front matter"),
        ("---\r\nauthor: x\r\nTitle:   Windows \r\n---\r\n# Heading\r\n", "Windows"),
        ('---\ntitle: "Say \\"hi\\": a guide" # really\n---\n', 'Say "hi": a guide'),
        ("---\ntitle: 'It''s here'\n...\n", "It's here"),
        ("---\ntitle: Plain # comment\n---\n", "Plain"),
        ("---\ntitle: C# in depth\n---\n", "C# in depth"),
        ('---\ntitle: it\'s "here"\n---\n', 'it\'s "here"'),
        ("---\ntitle: >\n  folded\n---\n# Heading\n", "Heading"),
        ("---\ntitle:\n# comment in front matter\n---\n# Heading\n", "Heading"),
        ("---\nnested:\n  title: not this\nsubtitle: nor this\n---\n# Heading\n", "Heading"),
        ("---\ntitle: never closed\n# Heading\n", "Heading"),
        ("text\n---\ntitle: not at the start\n---\n", "notes"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_title_of_markdown(read: Read, text: str, title: str, mark: str) -> None:
    document = read("notes.md", (mark + text).encode())
    assert (document.title, document.text) == (title, text)
