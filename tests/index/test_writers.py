"""Several processes or threads at one folder."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import DamagedIndexError, IndexBusyError, IndexNotFoundError
from ragqa.index import PassageIndex
from ragqa.index import folder as disk
from ragqa.index.vectors import Vectors
from ragqa.schema import Document

from .fakes import add, contents, documents, new_index, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved index with the documents of version 1."""
    new_index(documents(1), tmp_path / "my.index").close()
    return tmp_path / "my.index"


def document(id: str) -> Document:
    return Document(id=id, text=f"common {id}")


def publish(path: Path, id: str) -> None:
    """What another process does."""
    index = PassageIndex.open(path)
    add(index, [document(id)])
    index.save()
    index.close()


def test_a_change_that_another_would_overwrite_is_refused(path: Path) -> None:
    mine = PassageIndex.open(path)
    add(mine, [document("mine")])
    publish(path, "theirs")
    with pytest.raises(IndexBusyError, match=r"my\.index: another process has changed.*open it again and repeat"):
        mine.save()
    assert contents(PassageIndex.open(path)) == {**texts(documents(1)), "theirs": "common theirs"}


def test_what_was_refused_can_be_saved_elsewhere(path: Path, tmp_path: Path) -> None:
    mine = PassageIndex.open(path)
    add(mine, [document("mine")])
    publish(path, "theirs")
    mine.save(tmp_path / "second")
    assert contents(PassageIndex.open(tmp_path / "second")) == {**texts(documents(1)), "mine": "common mine"}


def test_an_index_that_was_replaced_can_t_be_changed_any_more(path: Path) -> None:
    mine = PassageIndex.open(path)
    publish(path, "theirs")
    with pytest.raises(IndexBusyError, match="open it again and repeat"):
        add(mine, [document("mine")])
    assert contents(mine) == texts(documents(1))
    assert not list(path.glob("work-*"))


@pytest.mark.parametrize("rebuilt", [False, True])
def test_an_index_that_was_deleted_is_missed(path: Path, rebuilt: bool) -> None:
    """The second index has as many generations as the first one had, and is another one all the same."""
    mine, late = PassageIndex.open(path), PassageIndex.open(path)
    add(mine, [document("mine")])
    work = next(path.glob("work-*"))
    kept = work.rename(path.parent / work.name)
    shutil.rmtree(path)
    if rebuilt:
        new_index(documents(2), path).close()
    else:
        path.mkdir()
    kept.rename(path / work.name)
    with pytest.raises(IndexBusyError if rebuilt else IndexNotFoundError):
        mine.save()
    with pytest.raises(IndexBusyError):
        add(late, [document("late")])
    if rebuilt:
        assert contents(PassageIndex.open(path)) == texts(documents(2))


def test_a_build_replaces_whatever_is_there(path: Path) -> None:
    publish(path, "theirs")
    new_index(documents(2), path)
    assert contents(PassageIndex.open(path)) == texts(documents(2))


def test_a_second_writer_waits_then_gives_up_then_may_try_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOCK_SECONDS", 0.05)
    index = PassageIndex.open(path)
    add(index, [document("mine")])
    with disk.locked(path), pytest.raises(IndexBusyError, match="is writing this index; try again when it is done"):
        index.save()
    index.save()
    assert "mine" in contents(PassageIndex.open(path))


def test_of_many_writers_at_once_one_wins_and_the_others_know(path: Path) -> None:
    indexes = [PassageIndex.open(path) for _ in range(6)]
    for i, index in enumerate(indexes):
        add(index, [document(f"by{i}")])
    saved: list[int] = []
    barrier = threading.Barrier(len(indexes))

    def save(i: int) -> None:
        barrier.wait()
        try:
            indexes[i].save()
            saved.append(i)
        except IndexBusyError:
            pass

    threads = [threading.Thread(target=save, args=(i,)) for i in range(len(indexes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 1
    assert contents(PassageIndex.open(path, full_check=True)).keys() == {*texts(documents(1)), f"by{saved[0]}"}


def test_a_reader_keeps_what_it_opened(path: Path) -> None:
    reader = PassageIndex.open(path)
    for id in ("first", "second"):
        publish(path, id)
    assert reader.generation not in {p.name for p in path.iterdir()}
    assert contents(reader) == texts(documents(1))


def test_readers_see_one_generation_or_another_while_a_writer_publishes(path: Path) -> None:
    """They open and read as fast as they can while twelve generations go by."""
    allowed = [texts(documents(version)) for version in range(1, 14)]
    seen: list[Any] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                index = PassageIndex.open(path)
                seen.append(contents(index))
                index.close()
        except BaseException as error:
            seen.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    for version in range(2, 14):
        new_index(documents(version), path).close()
    done.set()
    for thread in readers:
        thread.join()
    assert len(seen) >= 2
    assert [one for one in seen if one not in allowed] == []


Step = Callable[..., Any]


def during(step: Step, times: int, event: Callable[[int], None]) -> Step:
    """The step, with something else happening just before its first so many calls."""
    calls: list[None] = []

    def stepping(*args: Any, **kwargs: Any) -> Any:
        if len(calls) < times:
            calls.append(None)
            event(len(calls))
        return step(*args, **kwargs)

    return stepping


@pytest.mark.parametrize(("owner", "name"), [(disk, "verify"), (Vectors, "load")])
def test_a_generation_replaced_while_it_is_being_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    other = PassageIndex.open(path)
    add(other, [document("theirs")])
    monkeypatch.setattr(owner, name, during(getattr(owner, name), 1, lambda _: other.save()))
    assert "theirs" in contents(PassageIndex.open(path))


def test_an_index_that_never_stands_still_can_t_be_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanish(_call: int) -> None:
        (generation,) = path.glob("gen-*")
        shutil.rmtree(generation)
        new_index(documents(2), path).close()

    monkeypatch.setattr(disk, "verify", during(disk.verify, 100, vanish))
    with pytest.raises(DamagedIndexError, match="gen-"):
        PassageIndex.open(path)


def test_damage_is_reported_without_trying_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(disk, "verify", during(disk.verify, 100, calls.append))
    (path / disk.read_manifest(path).generation / "store.sqlite").unlink()
    with pytest.raises(DamagedIndexError, match=r"store\.sqlite"):
        PassageIndex.open(path)
    assert calls == [1]


def test_a_writer_copying_a_generation_that_is_replaced_meanwhile(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = PassageIndex.open(path)
    other = PassageIndex.open(path)
    add(other, [document("theirs")])
    copyfile = disk.shutil.copyfile
    with monkeypatch.context() as patch:
        copied = during(copyfile, 3, lambda call: other.save() if call == 3 else None)
        patch.setattr(disk.shutil, "copyfile", copied)
        with pytest.raises(IndexBusyError, match="open it again and repeat"):
            add(mine, [document("mine")])
    assert contents(mine) == texts(documents(1))
    assert [p.name for p in path.glob("work-*")] == []
