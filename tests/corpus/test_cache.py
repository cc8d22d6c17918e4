"""The folder in which the indexes of `ask` are kept."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa import ChunkSettings, Index, corpus
from ragqa.corpus import INDEX, RECORD, corpus_index
from ragqa.errors import IndexBusyError
from ragqa.index import folder as disk

from .conftest import Work

Follow = Callable[[Path], dict[str, str]]
Forget = Callable[[], None]
THREE = {"a.txt": "Text of a.", "b.txt": "Text of b.", "c.txt": "Text of c."}
CHANGED = {**THREE, "a.txt": "Text, changed."}


def change(folder: Path) -> None:
    (folder / "a.txt").write_text("Text, changed.")


def home(cache: Path) -> Path:
    (found,) = cache.iterdir()
    return found


def one_file(cache: Path, pattern: str) -> Path:
    (found,) = home(cache).glob(pattern)
    return found


def remove_generation(cache: Path) -> None:
    shutil.rmtree(one_file(cache, "index/gen-*"))


def rewrite(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


HARMS: dict[str, Callable[[Path], object]] = {
    "no index": lambda cache: shutil.rmtree(home(cache) / INDEX),
    "no generation": remove_generation,
    "no record": lambda cache: (home(cache) / RECORD).unlink(),
    "broken record": lambda cache: (home(cache) / RECORD).write_text("{"),
    "record of another generation": lambda cache: rewrite(home(cache) / RECORD, generation="gen-0123456789ab"),
    "record of an older kind": lambda cache: rewrite(home(cache) / RECORD, version=0),
    "broken manifest": lambda cache: (home(cache) / INDEX / "manifest.json").write_text(""),
    "another format": lambda cache: rewrite(home(cache) / INDEX / "manifest.json", format=99),
    "another version": lambda cache: rewrite(home(cache) / INDEX / "manifest.json", ragqa="0.0.1"),
    "truncated store": lambda cache: os.truncate(one_file(cache, "index/gen-*/store.sqlite"), 100),
    "truncated vectors": lambda cache: os.truncate(one_file(cache, "index/gen-*/vectors.faiss"), 100),
    "empty words": lambda cache: os.truncate(one_file(cache, "index/gen-*/lexical/meta.json"), 0),
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_damaged_or_outdated_is_built_again(
    folder: Path, cache: Path, follow: Follow, work: Work, forget: Forget, harm: str
) -> None:
    follow(folder)
    work.done()
    HARMS[harm](cache)
    forget()
    assert follow(folder) == THREE
    assert work.done()[:2] == (1, 3)
    forget()
    change(folder)
    assert follow(folder) == CHANGED
    assert work.done()[:2] == (0, 1)


def test_an_index_cut_in_another_way_is_built_again(
    folder: Path, cache: Path, follow: Follow, work: Work, forget: Forget
) -> None:
    follow(folder)
    other = Index.build(folder, home(cache) / INDEX, chunking=ChunkSettings(max_tokens=32, overlap_tokens=8))
    rewrite(home(cache) / RECORD, generation=other.generation)
    work.done()
    forget()
    assert follow(folder) == THREE
    assert work.done()[:2] == (1, 3)
    assert Index.open(home(cache) / INDEX).is_default


def test_an_index_of_another_model_is_built_again(
    folder: Path, follow: Follow, work: Work, forget: Forget, hash_embedding: Any
) -> None:
    follow(folder)
    hash_embedding.fingerprint = "another"
    work.done()
    forget()
    assert follow(folder) == THREE
    assert work.done()[:2] == (1, 3)


@pytest.mark.usefixtures("work")
def test_a_cache_that_is_deleted_while_in_use_comes_back(folder: Path, cache: Path, follow: Follow) -> None:
    follow(folder)
    shutil.rmtree(cache)
    change(folder)
    assert follow(folder) == CHANGED
    assert (home(cache) / RECORD).exists()


def test_a_cache_that_another_process_has_replaced_is_opened_again(
    folder: Path, cache: Path, follow: Follow, work: Work, forget: Forget
) -> None:
    follow(folder)
    mine = corpus._kept.copy()
    shutil.rmtree(cache)
    (folder / "d.txt").write_text("Text of d.")
    forget()
    follow(folder)
    corpus._kept.update(mine)
    work.done()
    assert follow(folder) == {**THREE, "d.txt": "Text of d."}
    assert work.done()[:2] == (0, 0)


def no_room(*_args: object, **_kwargs: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("kind", ["a file", "below a file", "not ours to write"])
def test_without_a_place_the_index_stays_in_memory(
    folder: Path, tmp_path: Path, follow: Follow, work: Work, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place = tmp_path / "place"
    if kind == "not ours to write":
        access = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: place not in Path(path).parents and access(path, mode))
    else:
        place.touch()
    monkeypatch.setenv(corpus.CACHE_VARIABLE, str(place / "below" if kind == "below a file" else place))
    assert follow(folder) == follow(folder) == THREE
    assert work.done()[:2] == (1, 3)
    change(folder)
    assert follow(folder) == follow(folder) == CHANGED
    assert work.done()[0] == 1
    assert not list(place.rglob("*.json"))


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (disk.os, "fsync"),
        (disk.Path, "replace"),
        (disk.shutil, "copyfile"),
        (corpus, "locked"),
        (corpus.Record, "model_dump_json"),
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_a_disk_that_is_full_sends_the_index_to_memory(
    folder: Path,
    follow: Follow,
    forget: Forget,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    first: bool,
) -> None:
    if not first:
        follow(folder)
        change(folder)
    expected = THREE if first else CHANGED
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, no_room)
        assert follow(folder) == follow(folder) == expected
        (folder / "d.txt").write_text("Text of d.")
        assert follow(folder) == {**expected, "d.txt": "Text of d."}
    forget()
    assert follow(folder) == {**expected, "d.txt": "Text of d."}


@pytest.mark.usefixtures("work")
def test_a_process_that_takes_too_long_is_reported(
    folder: Path, cache: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "BUILD_SECONDS", 0.05)
    follow(folder)
    with disk.locked(home(cache)), pytest.raises(IndexBusyError, match="try again when it is done"):
        corpus_index(folder)
    assert follow(folder) == THREE


ASK = """
import sys
from ragqa.corpus import corpus_index
index = corpus_index(sys.argv[1])
print(index.generation, sorted(index.document_ids), len(index.retrieve("text", 9)))
"""


def test_two_processes_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second waits, and opens what the first has built."""
    processes = [
        subprocess.Popen([sys.executable, "-c", ASK, str(folder)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert said[0] == said[1]
    assert f"{list(THREE)} 3" in said[0]
    monkeypatch.setattr(Index, "build", None)
    assert corpus_index(folder).generation == said[0].split()[0]


@pytest.mark.usefixtures("work")
def test_every_corpus_has_its_own(
    folder: Path, cache: Path, tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "other")
    change(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    assert follow(folder) == follow(Path("docs")) == THREE
    assert follow(tmp_path / "other") == CHANGED
    assert len(list(cache.iterdir())) == 2


@pytest.mark.usefixtures("work")
def test_a_relative_cache_folder_stays_where_it_was(
    folder: Path, tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(corpus.CACHE_VARIABLE, "kept")
    monkeypatch.chdir(tmp_path)
    first = corpus_index(folder)
    monkeypatch.chdir(folder)
    assert corpus_index(folder) is first
    change(folder)
    assert follow(folder) == CHANGED
    assert not (folder / "kept").exists()


@pytest.mark.usefixtures("work")
def test_few_indexes_are_kept_open(tmp_path: Path) -> None:
    for i in range(corpus.OPEN_INDEXES + 2):
        (tmp_path / f"{i}.txt").write_text("Text.")
        corpus_index(tmp_path / f"{i}.txt")
    last = corpus_index(tmp_path / f"{i}.txt")
    assert len(corpus._kept) == corpus.OPEN_INDEXES
    assert corpus_index(tmp_path / f"{i}.txt") is last


@pytest.mark.usefixtures("work")
def test_threads_may_ask_while_files_change(folder: Path) -> None:
    """Each sees all three documents, each of them in a version that it had."""
    allowed = {f"Text of {name}." for name in "abc"} | {
        f"Text number {i} of {name}." for i in range(4) for name in "abc"
    }
    seen: list[Any] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                index = corpus_index(folder)
                hits = index.retrieve("text", 9)
                seen.append({hit.passage.document_id: hit.passage.text for hit in hits})
        except BaseException as error:
            seen.append(error)

    corpus_index(folder)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(4):
        for name in "abc":
            replacement = folder.parent / "replacement"
            replacement.write_text(f"Text number {i} of {name}.")
            replacement.replace(folder / f"{name}.txt")
        assert corpus_index(folder).document_ids
    done.set()
    for thread in threads:
        thread.join()
    assert [
        one for one in seen if not isinstance(one, dict) or one.keys() != THREE.keys() or set(one.values()) - allowed
    ] == []
    assert len(seen) >= 3
