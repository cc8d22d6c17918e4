"""What one object does: change, search, save, fail."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ragqa.chunking import ChunkSettings
from ragqa.errors import (
    DuplicateDocumentError,
    IndexExistsError,
    IndexFolderError,
    UnknownDocumentError,
)
from ragqa.index import PassageIndex
from ragqa.index import folder as disk
from ragqa.index.lexical import Lexical
from ragqa.index.store import Store
from ragqa.index.vectors import Vectors
from ragqa.schema import Document

from .fakes import EMBEDDING, RECORD, add, contents, documents, new_index, texts

Fail = Callable[..., None]


def no_room(*_args: object, **_kwargs: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def extra(text: str = "common extra") -> Document:
    return Document(id="extra", text=text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved index with the documents of version 1."""
    new_index(documents(1), tmp_path / "my.index").close()
    return tmp_path / "my.index"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the private copies of indexes without a place go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in folder.iterdir())


def test_what_was_saved_is_what_opens(path: Path) -> None:
    index = PassageIndex.open(path)
    assert contents(index) == texts(documents(1))
    assert index.document("doc1") == documents(1)[1]
    assert (index.embedding, index.chunking, index.path) == (RECORD, ChunkSettings(), path)
    assert index.vector_factory == "IDMap2,Flat"
    assert names(path) == [".lock", "gen", "manifest.json"]


def test_nothing_is_pickled(path: Path) -> None:
    files = [file for file in path.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} >= {".sqlite", ".faiss", ".json", ".term"}
    for file in files:
        content = file.read_bytes()
        assert not content.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")), file
        assert file.suffix not in (".pkl", ".pickle", ".npy", ".pt")
        assert b"cpickle" not in content.lower()


def test_changes_are_seen_here_at_once_and_there_after_saving(path: Path) -> None:
    mine, theirs = PassageIndex.open(path), PassageIndex.open(path)
    mine.remove(["doc0"])
    add(mine, [extra()])
    expected = {**texts(documents(1)[1:]), "extra": "common extra"}
    assert contents(mine) == expected
    assert contents(theirs) == contents(PassageIndex.open(path)) == texts(documents(1))
    before = mine.generation
    mine.save()
    assert mine.generation not in (before, None)
    assert contents(mine) == contents(PassageIndex.open(path)) == expected
    assert names(path) == [".lock", "gen", "manifest.json"]


def test_a_document_may_come_back_changed(path: Path) -> None:
    index = PassageIndex.open(path)
    index.remove([d.id for d in documents(1)])
    assert contents(index) == {}
    add(index, documents(2))
    index.save()
    assert contents(PassageIndex.open(path)) == texts(documents(2))


def test_an_empty_index_can_be_saved_and_opened(tmp_path: Path) -> None:
    new_index([], tmp_path / "empty")
    index = PassageIndex.open(tmp_path / "empty")
    assert contents(index) == {}
    add(index, documents(1))
    assert contents(index) == texts(documents(1))


def test_saving_without_changes_writes_nothing(path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}
    index = PassageIndex.open(path)
    index.save()
    index.save(path)
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before


def test_an_index_without_a_place_gets_one(tmp_path: Path, temporary: Path) -> None:
    index = new_index(documents(1))
    assert (index.path, index.generation) == (None, None)
    with pytest.raises(IndexFolderError, match=r"no path yet; call save\(path\)"):
        index.save()
    index.save(tmp_path / "deep" / "down")
    assert index.path == tmp_path / "deep" / "down"
    assert contents(index) == contents(PassageIndex.open(tmp_path / "deep" / "down")) == texts(documents(1))
    assert not list(temporary.iterdir())


def test_saving_elsewhere_leaves_the_first_place_and_moves_on(path: Path, tmp_path: Path) -> None:
    index = PassageIndex.open(path)
    add(index, [extra()])
    index.save(tmp_path / "second")
    assert contents(PassageIndex.open(path)) == texts(documents(1))
    index.remove(["extra"])
    index.save()
    assert contents(PassageIndex.open(tmp_path / "second")) == texts(documents(1))
    assert names(path) == names(tmp_path / "second") == [".lock", "gen", "manifest.json"]


@pytest.mark.parametrize("name", ["link", "temporary/../my.index"])
def test_home_is_home_by_any_name(path: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(path)
    mine, theirs = PassageIndex.open(path), PassageIndex.open(path)
    add(mine, [extra("common lost")])
    add(theirs, [extra()])
    theirs.save()
    with pytest.raises(IndexFolderError, match="open it again"):
        mine.save(tmp_path / name)
    assert contents(PassageIndex.open(path))["extra"] == "common extra"


def test_closing_drops_what_was_not_saved(path: Path, temporary: Path) -> None:
    index = PassageIndex.open(path)
    add(index, [extra()])
    index.close()
    unplaced = new_index(documents(1))
    unplaced.close()
    assert contents(PassageIndex.open(path)) == texts(documents(1))
    assert names(path) == [".lock", "gen", "manifest.json"]
    assert not list(temporary.iterdir())


def test_an_index_that_is_forgotten_leaves_nothing(path: Path, temporary: Path) -> None:
    add(PassageIndex.open(path), [extra()])
    new_index(documents(1))
    assert names(path) == [".lock", "gen", "manifest.json"]
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("saved", [True, False])
def test_wrong_ids_change_nothing_and_keep_unsaved_changes(path: Path, saved: bool) -> None:
    index = PassageIndex.open(path) if saved else new_index(documents(1))
    add(index, [extra()])
    expected = contents(index)
    with pytest.raises(DuplicateDocumentError, match="'extra'"):
        add(index, [Document(id="new", text="new"), extra()])
    with pytest.raises(UnknownDocumentError, match="'nowhere'"):
        index.remove(["extra", "nowhere"])
    with pytest.raises(DuplicateDocumentError, match="'doc0'"):
        index.check_new(["new", "doc0"])
    assert contents(index) == expected


@pytest.mark.parametrize(
    ("room", "method"),
    [(Store, "add"), (Vectors, "add"), (Lexical, "add"), (Lexical, "commit"), (Vectors, "remove"), (Lexical, "remove")],
)
@pytest.mark.parametrize("saved", [True, False])
def test_a_failure_in_the_middle_goes_back_to_what_was_saved(
    path: Path, monkeypatch: pytest.MonkeyPatch, room: type, method: str, saved: bool
) -> None:
    index = PassageIndex.open(path) if saved else new_index(documents(1))
    add(index, [extra()])
    with monkeypatch.context() as patch:
        patch.setattr(room, method, no_room)
        with pytest.raises(IndexFolderError, match=r"No space left on device.*unsaved changes were dropped"):
            index.remove(["doc0"]) if method == "remove" else add(index, [Document(id="new", text="new")])
    assert contents(index) == (texts(documents(1)) if saved else {})
    add(index, [extra()])
    assert "extra" in contents(index)
    assert contents(PassageIndex.open(path)) == texts(documents(1))


def test_an_interruption_goes_back_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object) -> None:
        raise KeyboardInterrupt

    index = PassageIndex.open(path)
    with monkeypatch.context() as patch:
        patch.setattr(Lexical, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            add(index, [extra()])
    assert contents(index) == texts(documents(1))


def test_no_room_for_the_private_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PassageIndex.open(path)
    with monkeypatch.context() as patch:
        patch.setattr(disk.shutil, "copyfile", no_room)
        with pytest.raises(IndexFolderError, match=r"my\.index.*No space left on device"):
            add(index, [extra()])
    assert contents(index) == texts(documents(1))
    assert names(path) == [".lock", "gen", "manifest.json"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (os, "fsync"),
        (Path, "rename"),
        (Path, "replace"),
        (Path, "write_text"),
        (Vectors, "save"),
        (disk, "file_sha256"),
    ],
)
@pytest.mark.parametrize("rebuilding", [False, True])
def test_a_save_that_fails_leaves_the_old_index_and_can_be_repeated(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, rebuilding: bool
) -> None:
    index = PassageIndex(RECORD, ChunkSettings(), path) if rebuilding else PassageIndex.open(path)
    add(index, [extra()])
    expected = contents(index)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, no_room)
        with pytest.raises(IndexFolderError, match=r"my\.index.*No space left on device.*as it was"):
            index.save()
    assert contents(PassageIndex.open(path)) == texts(documents(1))
    assert contents(index) == expected
    index.save()
    assert contents(PassageIndex.open(path, full_check=True)) == expected
    assert names(path) == [".lock", "gen", "manifest.json"]


def test_what_fails_after_publishing_is_no_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PassageIndex.open(path)
    add(index, [extra()])
    with monkeypatch.context() as patch:
        patch.setattr(disk, "_collect_garbage", no_room)
        index.save()
    add(index, [Document(id="another", text="common another")])
    index.save()
    assert contents(PassageIndex.open(path, full_check=True)).keys() == {"doc0", "doc1", "doc2", "extra", "another"}


def test_an_index_that_can_t_be_written_can_be_changed_and_saved_elsewhere(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda p, mode: access(p, mode) and not (mode & os.W_OK and path in (p, *p.parents))
    )
    before = sorted(path.rglob("*"))
    index = PassageIndex.open(path)
    add(index, [extra()])
    assert sorted(path.rglob("*")) == before
    index.save(tmp_path / "second")
    assert "extra" in contents(PassageIndex.open(tmp_path / "second"))
    del index
    assert not list(temporary.iterdir())


def test_a_copy_doesn_t_take_over_read_only_permissions(path: Path) -> None:
    for file in path.rglob("*"):
        if file.is_file():
            file.chmod(0o444)
    index = PassageIndex.open(path)
    add(index, [extra()])
    index.save()
    (generation,) = path.glob("gen-*")
    assert all(file.stat().st_mode & 0o200 for file in generation.rglob("*"))


def test_an_index_that_is_moved_opens(path: Path, tmp_path: Path) -> None:
    moved = path.rename(tmp_path / "elsewhere 100% é #1")
    index = PassageIndex.open(moved)
    add(index, [extra()])
    index.save()
    assert contents(PassageIndex.open(moved)) == {**texts(documents(1)), "extra": "common extra"}


def test_a_place_that_is_taken_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IndexExistsError, match=r"notes\.txt"):
        PassageIndex(RECORD, ChunkSettings(), tmp_path / "notes.txt")
    index = new_index(documents(1))
    with pytest.raises(IndexExistsError, match=r"notes\.txt"):
        index.save(tmp_path)
    assert contents(index) == texts(documents(1))


def test_a_large_index_is_checked_by_size_and_on_request_in_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "CHECKED_BYTES", 0)
    (file,) = path.glob("gen-*/vectors.faiss")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    PassageIndex.open(path)
    with pytest.raises(IndexFolderError, match=r"vectors\.faiss: has changed"):
        PassageIndex.open(path, full_check=True)
    file.write_bytes(content + b"\0")
    with pytest.raises(IndexFolderError, match=r"vectors\.faiss: has .* bytes instead of"):
        PassageIndex.open(path)


def test_vectors_and_manifest_must_agree(path: Path) -> None:
    manifest = disk.read_manifest(path)
    changed = manifest.model_copy(update={"passages": manifest.passages + 1})
    (path / disk.MANIFEST).write_text(changed.model_dump_json())
    with pytest.raises(IndexFolderError, match="disagree; build the index again"):
        PassageIndex.open(path)


def test_passages_are_ranked_by_both_searches(path: Path) -> None:
    index = PassageIndex.open(path)
    vector = EMBEDDING.embed_questions(["version1 document2"])
    ((nearest, similarity), *_) = index.search_vectors(vector, 2)[0]
    ((best, _),) = index.search_words("document2", 2)
    assert nearest == best
    (passage,) = index.passages([best])
    assert passage.document_id == "doc2"
    assert similarity == pytest.approx(float(np.dot(vector[0], EMBEDDING.embed_passages([passage.text])[0])), abs=1e-6)
