from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ragqa.documents import Loaded, load, load_file, scan
from ragqa.errors import (
    DuplicateDocumentError,
    NoDocumentsError,
    UnreadableDocumentError,
)


@pytest.fixture(autouse=True)
def _never_hang() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"Text of {name}")


def ids(loaded: Loaded) -> list[str]:
    return [document.id for document in loaded.documents]


def reasons(folder: Path, loaded: Loaded) -> dict[str, str]:
    return {Path(skip.source).relative_to(folder).as_posix(): skip.reason for skip in loaded.skipped}


def test_a_folder_is_read_with_its_subfolders_in_the_order_of_ids(tmp_path: Path) -> None:
    names = ["b.txt", "a/z.md", "a.txt", "README", "a/b/c.html", "B.TXT", "ä.txt", "a b.log"]
    write(tmp_path, *names)
    loaded = load(tmp_path)
    assert ids(loaded) == sorted(names)
    assert loaded.skipped == []
    assert {document.source for document in loaded.documents} == {(tmp_path / name).as_posix() for name in names}
    assert load(str(tmp_path) + "/") == loaded
    assert load(tmp_path.parent / tmp_path.name / "a" / "..").documents[0].text == loaded.documents[0].text


def test_a_relative_path_gives_the_same_ids_and_absolute_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "docs/a.txt")
    monkeypatch.chdir(tmp_path)
    for source in ("docs", "./docs", Path("docs")):
        (document,) = load(source).documents
        assert (document.id, document.source) == ("a.txt", (tmp_path / "docs/a.txt").as_posix())
        assert scan(source) == [("a.txt", tmp_path / "docs/a.txt")]


def test_hidden_entries_are_left_out_but_a_hidden_root_is_not(tmp_path: Path) -> None:
    root = tmp_path / ".notes"
    write(root, "a.txt", ".hidden.txt", ".git/b.txt", "c/.d.txt")
    loaded = load(root)
    assert (ids(loaded), loaded.skipped) == (["a.txt"], [])
    assert ids(load(root / ".hidden.txt")) == [".hidden.txt"]


def test_what_can_not_be_read_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "good.txt", "image.png", "sub/archive.tar.gz", "zzz.md")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "binary.txt").write_bytes(b"\0\1\2")
    (tmp_path / "sub/bad.pdf").write_bytes(b"bad")
    (tmp_path / "sub/bad.docx").write_bytes(b"bad")
    (tmp_path / "bad.jsonl").write_bytes(b'{"id": "x", "text": "y"}\n{')
    loaded = load(tmp_path)
    assert ids(loaded) == ["good.txt", "zzz.md"]
    found = reasons(tmp_path, loaded)
    assert list(found) == sorted(found)
    assert found["image.png"] == "unsupported file type '.png'"
    assert found["sub/archive.tar.gz"] == "unsupported file type '.gz'"
    assert found["empty.txt"] == "empty"
    assert found["binary.txt"] == "binary, not text"
    assert found["bad.jsonl"].startswith("line 2: not valid JSON")
    assert found["sub/bad.pdf"].startswith("not a PDF")
    assert found["sub/bad.docx"].startswith("not a Word document")
    assert len(found) == 7


def test_jsonl_in_a_folder_brings_its_own_ids(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "z.txt")
    (tmp_path / "m.JSONL").write_text('{"id": "two", "text": "x"}\n{"id": "one", "text": "x"}')
    loaded = load(tmp_path)
    assert ids(loaded) == ["a.txt", "two", "one", "z.txt"]
    assert loaded.ids_by_file == {"a.txt": ["a.txt"], "m.JSONL": ["two", "one"], "z.txt": ["z.txt"]}


def test_the_same_id_in_two_files_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / "b.jsonl").write_text('{"id": "a.txt", "text": "x"}')
    with pytest.raises(DuplicateDocumentError, match=r"'a\.txt' occurs twice.*/a\.txt and in .*/b\.jsonl"):
        load(tmp_path)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, ".hidden.txt")
    (tmp_path / "sub").mkdir()
    with pytest.raises(NoDocumentsError, match=rf"{tmp_path}.*supported file types: \.txt .*\.pdf"):
        load(tmp_path)
    assert scan(tmp_path) == []


def test_a_folder_without_readable_files_says_what_was_skipped(tmp_path: Path) -> None:
    write(tmp_path, *(f"{number}.png" for number in range(9)))
    with pytest.raises(NoDocumentsError, match=r"skipped 9: .*/0\.png: unsupported file type '.png';.*; and 6 more$"):
        load(tmp_path)


def test_symbolic_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    write(outside, "far.txt")
    write(root, "z/near.txt")
    (root / "z/up").symlink_to(root)
    (root / "a").symlink_to(root / "z")
    (root / "link").symlink_to(outside)
    (root / "link2").symlink_to(outside)
    (outside / "back").symlink_to(root)
    (root / "file.txt").symlink_to(outside / "far.txt")
    assert ids(load(root)) == ["file.txt", "link/far.txt", "z/near.txt"]


def test_links_that_lead_nowhere_are_reported(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / "broken.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    loaded = load(tmp_path)
    assert ids(loaded) == ["a.txt"]
    assert reasons(tmp_path, loaded) == {
        "broken.txt": "No such file or directory",
        "self.txt": "Too many levels of symbolic links",
    }


def test_pipes_and_sockets_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.txt")
        loaded = load(tmp_path)
    assert ids(loaded) == ["a.txt"]
    assert reasons(tmp_path, loaded) == {"pipe.txt": "not a regular file", "socket.txt": "not a regular file"}
    for read in (load, lambda path: load_file(path, "id")):
        with pytest.raises(UnreadableDocumentError, match=r"pipe\.txt: not a regular file"):
            read(tmp_path / "pipe.txt")


def deny(monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
    """Refuse one path to one method of `Path`; the permissions of the file system don't hold for root."""
    allowed: Callable[..., Any] = getattr(Path, method)

    def guarded(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return allowed(path, *args, **kwargs)

    monkeypatch.setattr(Path, method, guarded)


@pytest.mark.parametrize(("method", "name"), [("read_bytes", "b.txt"), ("iterdir", "sub"), ("stat", "b.txt")])
def test_what_may_not_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, name: str
) -> None:
    write(tmp_path, "a.txt", "b.txt", "sub/c.txt")
    deny(monkeypatch, method, name)
    loaded = load(tmp_path)
    assert "a.txt" in ids(loaded)
    assert reasons(tmp_path, loaded) == {name: "Permission denied"}


def test_a_folder_that_may_not_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "sub/a.txt")
    deny(monkeypatch, "iterdir", "sub")
    with pytest.raises(NoDocumentsError, match="Permission denied"):
        load(tmp_path / "sub")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes only there")
def test_a_name_that_is_not_utf8_can_be_stored(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("It ends here.")
    (document,) = load(tmp_path).documents
    assert (document.id, document.title) == ("caf\ufffd.txt", "caf\ufffd")
    assert document.source == f"{tmp_path}/caf\ufffd.txt"
    document.model_dump_json()


def test_scan_lists_what_load_reads_without_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "b.txt", "a/c.md", "x.png", ".hidden.txt")
    (tmp_path / "r.jsonl").write_text('{"id": "one", "text": "x"}')
    deny(monkeypatch, "open", "r.jsonl")
    deny(monkeypatch, "read_bytes", "b.txt")
    files = scan(tmp_path)
    assert files == [(name, tmp_path / name) for name in ("a/c.md", "b.txt", "r.jsonl")]
    monkeypatch.undo()
    assert [document for id, path in files for document in load_file(path, id)] == load(tmp_path).documents
    assert scan(tmp_path / "b.txt") == [("b.txt", tmp_path / "b.txt")]
