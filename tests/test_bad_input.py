"""Bad input in Python: an error of its own class that says what was wrong, and everything as it was before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ragqa
from ragqa import ChunkSettings, Document, Index, RagqaError
from ragqa.embedding import Embedding
from ragqa.errors import (
    DamagedIndexError,
    DuplicateDocumentError,
    IndexExistsError,
    IndexFolderError,
    IndexModelError,
    IndexNotFoundError,
    IndexVersionError,
    InvalidArgumentError,
    InvalidQuestionError,
    ModelError,
    NoDocumentsError,
    UnknownDocumentError,
    UnreadableDocumentError,
)

KING = ("king", "Bob is the king of France.")

Build = Callable[..., Index]


@pytest.fixture(scope="module")
def index(build: Build) -> Index:
    return build(KING)


@pytest.fixture(scope="module")
def saved(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "my.index"
    build(KING, path=path).close()
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "empty"),
        (" \t\r\n\u2003", "empty"),
        ("Who? " * 20_000, "100,000 characters"),
        ("x" * 2_001, "2,000"),
        (None, "NoneType"),
        (b"Who?", "bytes"),
        (5, "int"),
        (["Who?"], "list"),
        ("Who is \ud83d?", "surrogate"),
    ],
    ids=["empty", "blank", "huge", "long", "none", "bytes", "number", "list", "surrogate"],
)
def test_questions_that_are_none(index: Index, question: Any, said: str) -> None:
    for ask in (index.ask, index.retrieve, lambda bad: index.ask_many(["Who?", bad])):
        with pytest.raises(InvalidQuestionError, match=said):
            ask(question)


@pytest.mark.parametrize(
    "question", ["x" * 2_000, "?", "\0", "\u200b", "🎉", "\u0301", '[SEP] a:"b" AND (NOT', "%s{0}\\"]
)
def test_questions_that_are_merely_odd(index: Index, question: Any) -> None:
    assert index.ask(question).question == question


@pytest.mark.parametrize("value", [0, -1, True, False, 1.0, 2.5, "3", None, float("nan")])
def test_counts_that_are_none(index: Index, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="top_k"):
        index.ask("Who?", top_k=value)
    with pytest.raises(InvalidArgumentError, match="top_k"):
        index.ask_many([], top_k=value)
    with pytest.raises(InvalidArgumentError, match="k: "):
        index.retrieve("Who?", value)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf"), "0.5", True, 1j, [0.5]])
def test_confidences_that_are_none(index: Index, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="min_confidence"):
        index.ask("Who?", min_confidence=value)


def test_numbers_of_numpy_are_numbers(index: Index) -> None:
    assert index.ask("Who?", top_k=np.int32(1), min_confidence=np.float32(0)).answered


@pytest.mark.parametrize("questions", ["Who?", None, 5])
def test_question_lists_that_are_none(index: Index, questions: list[str]) -> None:
    with pytest.raises(InvalidArgumentError, match="list of questions"):
        index.ask_many(questions)


@pytest.mark.parametrize("ids", ["king", None, 5, [5], [None], [["king"]], [b"king"]])
def test_ids_that_are_none_leave_unsaved_changes_alone(build: Build, ids: Any) -> None:
    index = build(("5", "Five is a number."))
    with pytest.raises(InvalidArgumentError, match="id"):
        index.remove(ids)
    assert index.document_ids == ["5"]


def test_ids_that_nobody_can_have(build: Build) -> None:
    index = build(KING)
    for use in (index.document, lambda bad: index.remove([bad])):
        with pytest.raises(UnknownDocumentError, match="ud800"):
            use("\ud800")
    number: Any = 5
    with pytest.raises(InvalidArgumentError, match="5"):
        index.document(number)
    assert index.document_ids == ["king"]


@pytest.mark.parametrize("source", [None, 5, b"docs", {}, Document(id="a", text="b"), [KING]])
def test_sources_that_are_none(source: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=type(source if not isinstance(source, list) else KING).__name__):
        Index.build(source)


@pytest.mark.parametrize("path", ["", "a\0b", 5, b"my.index"])
def test_index_paths_that_are_none(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for use in (index.save, Index.open, lambda bad: Index.build([Document(id="a", text="b")], bad)):
        with pytest.raises(InvalidArgumentError, match="path"):
            use(path)
    assert list(tmp_path.iterdir()) == []


def test_corpora_with_nothing_in_them(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source, said in ((tmp_path / "missing", "missing"), (tmp_path / "empty", "empty"), ([], "nothing")):
        with pytest.raises(NoDocumentsError, match=said):
            Index.build(source, tmp_path / "my.index")
        with pytest.raises(NoDocumentsError, match=said):
            ragqa.ask("Who?", corpus=source)
    assert not (tmp_path / "my.index").exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.txt", b""),
        ("blank.md", b" \r\n\t"),
        ("binary.txt", bytes(range(256)) * 20),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog"),
        ("cut.docx", b"PK\x03\x04\x14\0\6\0\x08\0\0\0!\0"),
        ("broken.jsonl", b'{"id": "a", "text": "A."}\n{"id": "b", "text"\n'),
    ],
)
def test_unreadable_files_stop_alone_but_not_a_folder(
    tmp_path: Path, embedding: Embedding, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableDocumentError, match=name):
        Index.build(tmp_path / name, embedding=embedding)
    (tmp_path / "good.txt").write_text("Bob is the king.")
    index = Index.build(tmp_path, embedding=embedding)
    assert index.document_ids == ["good.txt"]
    (skipped,) = index.skipped
    assert Path(skipped.source).name == name
    assert skipped.reason


def test_malformed_jsonl_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text('{"id": "a", "text": "A."}\n\n{"id": "b"}\n')
    with pytest.raises(UnreadableDocumentError, match=r"all\.jsonl: line 3: .*text"):
        Index.build(tmp_path / "all.jsonl")


def test_duplicate_ids_name_the_id(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text('{"id": "same", "text": "A."}\n{"id": "same", "text": "B."}\n')
    for source in (tmp_path / "all.jsonl", tmp_path, [Document(id="same", text=text) for text in "AB"]):
        with pytest.raises(DuplicateDocumentError, match="same"):
            Index.build(source)


def test_chunks_longer_than_the_model_reads() -> None:
    with pytest.raises(InvalidArgumentError, match=r"max_tokens: 5000 .* 254"):
        Index.build([Document(id="a", text="b")], chunking=ChunkSettings(max_tokens=5_000))


class TestIndexFolders:
    def test_missing(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("not an index")
        for path in (tmp_path / "missing", tmp_path, tmp_path / "file"):
            with pytest.raises(IndexNotFoundError, match="make one with"):
                Index.open(path)

    def test_something_else_is_never_overwritten(self, build: Build, index: Index, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")
        for path in (tmp_path, tmp_path / "notes.txt"):
            for write in (lambda target: build(KING, path=target), index.save):
                with pytest.raises(IndexExistsError, match="choose another path"):
                    write(path)
        assert contents(tmp_path) == {"notes.txt": b"mine"}

    def test_a_file_for_a_parent(self, build: Build, index: Index, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        for write in (lambda target: build(KING, path=target), index.save):
            with pytest.raises(IndexFolderError, match=r"my\.index"):
                write(tmp_path / "file" / "my.index")

    def test_a_failed_build_leaves_the_old_index_whole(self, saved: Path, hash_embedding: Any) -> None:
        before = contents(saved)
        hash_embedding.embed_passages = lambda texts: np.zeros((len(texts), 3))
        twice = [Document(id="a", text="A."), Document(id="a", text="B.")]
        for documents, error in ((twice, DuplicateDocumentError), ([], NoDocumentsError), (twice[:1], ModelError)):
            with pytest.raises(error):
                Index.build(documents, saved, embedding=hash_embedding)
            assert contents(saved) == before

    def test_another_format_version(self, saved: Path, tmp_path: Path) -> None:
        manifest = self._edited(saved, tmp_path, format=999)
        with pytest.raises(IndexVersionError, match=r"999.*build the index again"):
            Index.open(manifest.parent)

    def test_another_model(self, saved: Path, tmp_path: Path, hash_embedding: Any) -> None:
        with pytest.raises(IndexModelError, match=r"'default'.*'word-hashes'.*build it again"):
            Index.open(saved, embedding=hash_embedding)
        embedding = {"name": "default", "fingerprint": "feedfacefeedface", "dimension": 384}
        manifest = self._edited(saved, tmp_path, embedding=embedding)
        with pytest.raises(IndexModelError, match="feedface"):
            Index.open(manifest.parent)

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "\0\0", "[" * 100_000])
    def test_a_damaged_manifest(self, saved: Path, tmp_path: Path, text: str) -> None:
        copy = shutil.copytree(saved, tmp_path / "copy")
        (copy / "manifest.json").write_text(text)
        with pytest.raises(DamagedIndexError, match=r"manifest\.json.*build the index again"):
            Index.open(copy)

    @pytest.mark.parametrize("damage", ["delete", "cut", "flip", "empty"])
    def test_any_damaged_file(self, saved: Path, tmp_path: Path, damage: str) -> None:
        names = [name for name in contents(saved) if "/" in name and not name.endswith(".lock")]
        assert len(names) >= 3
        for name in names:
            copy = shutil.copytree(saved, tmp_path / name.replace("/", "_"))
            file = copy / name
            data = file.read_bytes()
            middle = len(data) // 2
            changed = {"cut": data[:middle], "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]}
            file.unlink() if damage == "delete" else file.write_bytes(changed.get(damage, b""))
            with pytest.raises(DamagedIndexError, match="build"):
                Index.open(copy)

    def test_only_its_manifest_left(self, saved: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(saved, tmp_path / "copy")
        for path in copy.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        with pytest.raises(DamagedIndexError, match="copy"):
            Index.open(copy)

    @staticmethod
    def _edited(saved: Path, tmp_path: Path, **fields: object) -> Path:
        manifest = shutil.copytree(saved, tmp_path / "copy") / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | fields))
        return manifest


class TestModels:
    @pytest.mark.parametrize("option", ["embedding", "reader"])
    def test_objects_that_are_none(self, option: str, saved: Path) -> None:
        given: dict[str, Any] = {option: object()}
        with pytest.raises(InvalidArgumentError, match=f"^{option}: .*object"):
            Index.build([Document(id="a", text="b")], **given)
        with pytest.raises(InvalidArgumentError, match=f"^{option}: .*object"):
            Index.open(saved, **given)

    @pytest.mark.parametrize(
        "vectors",
        [
            np.zeros((1, 3)),
            np.zeros(64),
            np.zeros((2, 64)),
            np.full((1, 64), np.nan),
            [["a"] * 64],
            [[1.0], [1.0, 2.0]],
            None,
        ],
    )
    def test_vectors_that_are_none(self, hash_embedding: Any, vectors: object) -> None:
        index = Index.build([Document(id="a", text="A.")], embedding=hash_embedding)
        hash_embedding.embed_passages = hash_embedding.embed_questions = lambda _: vectors
        with pytest.raises(ModelError, match="word-hashes"):
            index.add([Document(id="b", text="B.")])
        with pytest.raises(ModelError, match="word-hashes"):
            index.retrieve("Who?")
        assert index.document_ids == ["a"]


def test_all_are_of_one_tree() -> None:
    errors = [value for value in vars(ragqa.errors).values() if isinstance(value, type)]
    assert len(errors) > 15
    assert all(issubclass(error, RagqaError) for error in errors)
