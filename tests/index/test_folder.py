"""What is found in a folder, and what is done about it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ragqa.chunking import ChunkSettings
from ragqa.errors import (
    DamagedIndexError,
    IndexExistsError,
    IndexFolderError,
    IndexNotFoundError,
    IndexVersionError,
)
from ragqa.index import PassageIndex
from ragqa.index import folder as disk
from ragqa.index.folder import FORMAT, MANIFEST

from .fakes import RECORD, add, contents, documents, new_index, texts


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "my.index"
    new_index(documents(1), path).close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """A saved index with the documents of version 1."""
    return Path(shutil.copytree(template, tmp_path / "my.index"))


def generation(path: Path) -> Path:
    (found,) = path.glob("gen-*")
    return found


def files(path: Path) -> dict[str, bytes]:
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def change_manifest(path: Path, **fields: Any) -> None:
    manifest = json.loads((path / MANIFEST).read_text())
    (path / MANIFEST).write_text(json.dumps({**manifest, **fields}))


def renamed(manifest: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {"files": {new if name == old else name: record for name, record in manifest["files"].items()}}


class TestManifest:
    @pytest.mark.parametrize("place", [".", "nowhere", "file.txt", "file.txt/below"])
    def test_no_index_there(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "file.txt").write_text("text")
        with pytest.raises(IndexNotFoundError, match=r"no index there; make one with ragqa\.Index\.build"):
            PassageIndex.open(tmp_path / place)

    @pytest.mark.parametrize("version", [FORMAT + 1, 0, -1, 10**30])
    def test_another_format(self, path: Path, version: int) -> None:
        change_manifest(path, format=version, a_field_of_the_future=True)
        with pytest.raises(
            IndexVersionError, match=rf"my\.index: .*format {version}, .*{FORMAT}; build the index again"
        ):
            PassageIndex.open(path)

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b"\0" * 200, b"[" * 100_000, b'{"name": "a web app"}'],
    )
    def test_no_manifest(self, path: Path, content: bytes) -> None:
        (path / MANIFEST).write_bytes(content)
        with pytest.raises(DamagedIndexError, match=r"manifest\.json: .*build the index again"):
            PassageIndex.open(path)

    @pytest.mark.parametrize("cut", [1, 100, -3])
    def test_a_truncated_manifest(self, path: Path, cut: int) -> None:
        (path / MANIFEST).write_bytes((path / MANIFEST).read_bytes()[:cut])
        with pytest.raises(DamagedIndexError, match=r"manifest\.json: .*build the index again"):
            PassageIndex.open(path)

    @pytest.mark.parametrize(
        "name", ["../elsewhere", "gen-000001", "gen-", "", ".", "/etc", "work-vm-1-00000000", "gen-../../x1y2z3", 7]
    )
    def test_another_generation_name(self, path: Path, name: object) -> None:
        shutil.copytree(generation(path), path.parent / "elsewhere")
        change_manifest(path, generation=name)
        with pytest.raises(DamagedIndexError, match=r"manifest\.json: .*generation.*build the index again"):
            PassageIndex.open(path)

    @pytest.mark.parametrize(
        "name", ["../store.sqlite", "/etc/passwd", "lexical/../../x", "", "./x", "a//b", "..\\x", "C:x"]
    )
    def test_a_file_outside(self, path: Path, name: str) -> None:
        manifest = json.loads((path / MANIFEST).read_text())
        change_manifest(path, **renamed(manifest, "store.sqlite", name))
        shutil.copy(generation(path) / "store.sqlite", path)
        with pytest.raises(DamagedIndexError, match=r"manifest\.json: .*files.*build the index again"):
            PassageIndex.open(path)

    def test_a_generation_that_is_gone(self, path: Path) -> None:
        shutil.rmtree(generation(path))
        with pytest.raises(DamagedIndexError, match=r"gen-.*can't be read.*build it again"):
            PassageIndex.open(path)

    def test_a_name_that_is_too_long_or_impossible(self, tmp_path: Path) -> None:
        for name in ("x" * 300, "a\0b"):
            with pytest.raises(DamagedIndexError, match="can't be read"):
                PassageIndex.open(tmp_path / name)


PARTS = [
    "store.sqlite",
    "vectors.faiss",
    "lexical/meta.json",
    "lexical/.managed.json",
    "lexical/*.term",
    "lexical/*.idx",
]


class TestDamage:
    @pytest.mark.parametrize("pattern", PARTS)
    @pytest.mark.parametrize("harm", ["missing", "truncated", "longer", "changed", "a folder"])
    def test_a_damaged_file_is_named(self, path: Path, pattern: str, harm: str) -> None:
        (file,) = generation(path).glob(pattern)
        content = file.read_bytes()
        middle = len(content) // 2
        file.unlink()
        if harm == "truncated":
            file.write_bytes(content[:-1])
        elif harm == "longer":
            file.write_bytes(content + b"\0")
        elif harm == "changed":
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        elif harm == "a folder":
            file.mkdir()
        with pytest.raises(DamagedIndexError) as caught:
            PassageIndex.open(path)
        assert str(file) in str(caught.value)
        assert str(caught.value).endswith("the index is damaged, build it again")

    def test_what_came_to_lie_beside_our_files_is_left_alone_and_not_taken_over(self, path: Path) -> None:
        for folder in (path, generation(path), generation(path) / "lexical"):
            (folder / ".DS_Store").write_text("a file manager was here")
        index = PassageIndex.open(path)
        assert contents(index) == texts(documents(1))
        add(index, documents(1, 4)[3:])
        index.save()
        assert (path / ".DS_Store").exists()
        assert not list(generation(path).rglob(".DS_Store"))
        assert not any(".DS_Store" in name for name in disk.read_manifest(path).files)

    def test_every_file_is_recorded(self, path: Path) -> None:
        recorded = disk.read_manifest(path).files
        assert {name for name in files(generation(path)) if not name.endswith(".lock")} == recorded.keys()

    @pytest.mark.parametrize("harm", [lambda p: shutil.rmtree(generation(p)), lambda p: (p / MANIFEST).write_text("{")])
    @pytest.mark.parametrize("foreign", [False, True])
    def test_a_damaged_index_can_be_built_again(self, path: Path, harm: Callable[[Path], None], foreign: bool) -> None:
        harm(path)
        if foreign and generation_left(path):
            (path / ".DS_Store").touch()
        new_index(documents(2), path)
        assert contents(PassageIndex.open(path)) == texts(documents(2))
        assert len(list(path.glob("gen-*"))) == 1

    def test_an_index_of_another_format_can_be_built_again(self, path: Path) -> None:
        """Whatever its generations are called there."""
        change_manifest(path, format=FORMAT + 1)
        generation(path).rename(path / "generation-1")
        new_index(documents(2), path)
        assert contents(PassageIndex.open(path)) == texts(documents(2))


def generation_left(path: Path) -> bool:
    return bool(list(path.glob("gen-*")))


class TestTarget:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("thesis.txt", "my thesis"),
            ("manifest.json", '{"name": "a web app"}'),
            ("manifest.json.bak", "{}"),
            ("gen-reports/may.txt", "my reports"),
            ("gen-000001/may.txt", "my reports"),
            ("work-notes/may.txt", "my notes"),
            (f"work-{socket.gethostname()}-99-notes/may.txt", "my notes"),
            (".git/config", ""),
        ],
    )
    def test_a_foreign_folder_is_refused_and_untouched(self, tmp_path: Path, name: str, content: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
        before = files(tmp_path)
        index = new_index(documents(1))
        for attempt in (lambda: PassageIndex(RECORD, ChunkSettings(), tmp_path), lambda: index.save(tmp_path)):
            with pytest.raises(IndexExistsError) as caught:
                attempt()
            assert f"{tmp_path}: holds {name.split('/')[0]!r}" in str(caught.value)
            assert "choose another path" in str(caught.value)
        assert files(tmp_path) == before
        assert len(list(tmp_path.iterdir())) == 1

    @pytest.mark.parametrize("name", ["gen-reports", "work-notes", "manifest.json.bak", "gen-0123456789ab.zip"])
    def test_foreign_things_in_an_index_survive_its_writers(self, path: Path, name: str) -> None:
        (path / name).write_text("mine")
        new_index(documents(2), path)
        assert (path / name).read_text() == "mine"
        assert contents(PassageIndex.open(path)) == texts(documents(2))

    @pytest.mark.parametrize("kind", ["file", "dangling link", "loop"])
    def test_a_file_in_the_way(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "there"
        path.write_text("mine") if kind == "file" else path.symlink_to("there" if kind == "loop" else "nowhere")
        with pytest.raises(IndexExistsError, match="there: a file is in the way; choose another path"):
            new_index(documents(1), path)
        with pytest.raises(IndexExistsError, match="there: a file is in the way"):
            new_index(documents(1)).save(path)

    @pytest.mark.parametrize("name", ["x" * 300, "file/below", os.fsdecode(b"\xff")])
    def test_a_place_where_nothing_can_be(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(IndexFolderError, match="an index can't be written there"):
            new_index(documents(1), tmp_path / name)
        assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def test_a_folder_that_can_t_be_listed(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_folder: Path) -> Iterator[Path]:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refuse)
        with pytest.raises(IndexFolderError, match=r"my\.index: .*Permission denied.*choose another path"):
            PassageIndex(RECORD, ChunkSettings(), path)

    def test_a_folder_that_can_t_be_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_folder: Path, **_how: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
        with pytest.raises(IndexFolderError, match=r"there: an index can't be written there \(Permission denied\)"):
            PassageIndex(RECORD, ChunkSettings(), tmp_path / "there")

    def test_an_empty_folder_and_a_link_to_one_will_do(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "link").symlink_to("empty")
        new_index(documents(1), tmp_path / "link")
        assert contents(PassageIndex.open(tmp_path / "empty")) == texts(documents(1))


def a_process(*, alive: bool) -> int:
    """The id of a process that has ended, or of this one's parent."""
    if alive:
        return os.getppid()
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        process.wait()
    return process.pid


class TestGarbage:
    def test_what_dead_writers_left_goes_and_what_live_ones_write_stays(self, path: Path) -> None:
        here, dead, alive = disk._host(), a_process(alive=False), a_process(alive=True)
        kept = [
            f"work-{here}-{alive}-00000000",
            f"work-{here}-{os.getpid()}-00000000",
            f"work-elsewhere-{dead}-00000000",
        ]
        for name in (*kept, f"work-{here}-{dead}-00000000", "gen-0123456789ab"):
            (path / name / "lexical").mkdir(parents=True)
            (path / name / "lexical" / "file").touch()
        (path / f"{MANIFEST}.{dead}").write_text("{")
        old = generation_names(path)
        new_index(documents(2), path)
        (current,) = generation_names(path) - old
        assert {p.name for p in path.iterdir()} == {*kept, current, MANIFEST, ".lock"}

    def test_the_first_build_of_all_may_have_been_killed(self, tmp_path: Path) -> None:
        dead = a_process(alive=False)
        (tmp_path / f"work-{disk._host()}-{dead}-00000000").mkdir()
        (tmp_path / ".lock").touch()
        with pytest.raises(IndexNotFoundError):
            PassageIndex.open(tmp_path)
        new_index(documents(1), tmp_path)
        assert {p.name for p in tmp_path.iterdir()} == {disk.read_manifest(tmp_path).generation, MANIFEST, ".lock"}


def generation_names(path: Path) -> set[str]:
    return {p.name for p in path.glob("gen-*")}
