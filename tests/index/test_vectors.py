from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragqa.errors import DamagedIndexError
from ragqa.index import vectors as vectors_module
from ragqa.index.vectors import FILE, PROBED, Vectors, factory

Array = NDArray[np.float32]
MAPS = Path("/proc/self/maps")


def unit(rows: NDArray[np.floating]) -> Array:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def random_unit(seed: int, count: int, dimension: int = 24) -> Array:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def clustered(seed: int, count: int, dimension: int = 32) -> Array:
    """Sixty tight clusters, as passages come in topics."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(60, dimension))
    return unit(centres[generator.integers(0, 60, count)] + 0.4 * generator.normal(size=(count, dimension)))


def filled(rows: Array, numbers: Sequence[int] | None = None) -> Vectors:
    vectors = Vectors(rows.shape[1])
    vectors.add(range(len(rows)) if numbers is None else numbers, rows)
    return vectors


def exact(rows: Array, question: Array, k: int) -> list[int]:
    return np.argsort(-(rows @ question), kind="stable")[:k].tolist()


def numbers(hits: list[tuple[int, float]]) -> list[int]:
    return [number for number, _ in hits]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 300), k=st.integers(1, 120))
def test_results_are_those_of_numpy(seed: int, count: int, k: int) -> None:
    rows, questions = random_unit(seed, count), random_unit(seed + 1, 3)
    shuffled = np.random.default_rng(seed).permutation(5 * count)[:count]
    for question, hits in zip(questions, filled(rows, shuffled.tolist()).search(questions, k), strict=True):
        expected = exact(rows, question, k)
        assert numbers(hits) == shuffled[expected].tolist()
        np.testing.assert_allclose([score for _, score in hits], (rows @ question)[expected], atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 400))
def test_the_first_k_are_the_same_for_every_k_and_ties_go_to_the_lower_number(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    few = random_unit(seed, 6)
    vectors = filled(few[generator.integers(0, 6, count)], generator.permutation(count).tolist())
    whole = vectors.search(few[:1], count)[0]
    assert whole == sorted(whole, key=lambda hit: (-hit[1], hit[0]))
    for k in (1, 2, 7, 50, 150, count - 1):
        assert vectors.search(few[:1], k)[0] == whole[:k]


def test_a_question_has_the_same_results_alone_and_among_others() -> None:
    rows, questions = random_unit(1, 500, 384), random_unit(2, 40, 384)
    vectors = filled(rows)
    assert vectors.search(questions, 20) == [vectors.search(question[None], 20)[0] for question in questions]


def test_what_was_removed_is_not_found_and_the_rest_is() -> None:
    rows = random_unit(3, 40)
    vectors = filled(rows)
    vectors.remove([*range(0, 40, 2)])
    vectors.remove([])
    assert len(vectors) == 20
    left = rows[1::2]
    assert numbers(vectors.search(rows[:1], 40)[0]) == [2 * i + 1 for i in exact(left, rows[0], 40)]
    vectors.add([0], rows[:1])
    assert numbers(vectors.search(rows[:1], 1)[0]) == [0]


@pytest.mark.parametrize("k", [1, 50])
def test_an_empty_index_finds_nothing(k: int) -> None:
    vectors = Vectors(24)
    assert vectors.search(random_unit(0, 3), k) == [[], [], []]
    vectors.add([], np.empty((0, 24), dtype=np.float32))
    vectors.add([7], random_unit(0, 1))
    vectors.remove([7])
    assert vectors.search(random_unit(0, 2), k) == [[], []]


def test_more_than_there_are_gives_all_there_are() -> None:
    assert sorted(numbers(filled(random_unit(0, 5)).search(random_unit(1, 1), 10**12)[0])) == [0, 1, 2, 3, 4]


def load(folder: Path, vectors: Vectors, *, writable: bool = False) -> Vectors:
    vectors.save(folder)
    return Vectors.load(folder, vectors.factory, writable=writable)


@pytest.mark.parametrize("limit", [10_000, 500], ids=["exact", "inverted lists"])
@pytest.mark.parametrize("writable", [False, True], ids=["mapped", "in memory"])
def test_saved_and_loaded_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, writable: bool
) -> None:
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", limit)
    vectors = filled(clustered(1, 1500))
    questions = clustered(2, 20)
    vectors.remove([3, 4])
    loaded = load(tmp_path, vectors, writable=writable)
    assert (len(loaded), loaded.dimension, loaded.factory) == (1498, 32, vectors.factory)
    assert loaded.search(questions, 15) == vectors.search(questions, 15)


def test_a_loaded_index_can_be_changed_without_changing_its_file(tmp_path: Path) -> None:
    rows = random_unit(0, 10)
    loaded = load(tmp_path, filled(rows), writable=True)
    before = (tmp_path / FILE).read_bytes()
    loaded.remove([0])
    loaded.add([50], rows[:1])
    assert numbers(loaded.search(rows[:1], 1)[0]) == [50]
    assert (tmp_path / FILE).read_bytes() == before


def test_the_kind_of_index_follows_the_number_of_vectors() -> None:
    assert factory(0) == factory(100_000) == "IDMap2,Flat"
    assert factory(100_001) == "IVF1024,SQ8"
    assert factory(10_000_000) == "IVF16384,SQ8"


@pytest.fixture
def switched(monkeypatch: pytest.MonkeyPatch) -> tuple[Vectors, Array]:
    """Vectors numbered from 1,000, that have moved to inverted lists on the second addition."""
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", 1500)
    rows = clustered(5, 4000)
    vectors = filled(rows[:1000], range(1000, 2000))
    assert vectors.factory == "IDMap2,Flat"
    vectors.add(range(2000, 5000), rows[1000:])
    assert vectors.factory == "IVF256,SQ8"
    return vectors, rows


def test_after_the_switch_nearly_all_neighbours_are_found(switched: tuple[Vectors, Array]) -> None:
    vectors, rows = switched
    questions = clustered(6, 60)
    found = 0
    for question, hits in zip(questions, vectors.search(questions, 10), strict=True):
        assert len(hits) == 10
        assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
        found += len({n - 1000 for n in numbers(hits)} & set(exact(rows, question, 10)))
    assert found / 600 > 0.9


def test_how_many_lists_are_visited_is_not_left_to_the_file(switched: tuple[Vectors, Array], tmp_path: Path) -> None:
    switched[0]._index.nprobe = 1
    assert load(tmp_path, switched[0])._index.nprobe == PROBED


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not tell which files are mapped")
def test_a_file_opened_to_be_searched_is_mapped(tmp_path: Path) -> None:
    vectors = load(tmp_path, filled(random_unit(0, 5000)))
    assert len(vectors) == 5000
    assert str(tmp_path / FILE) in MAPS.read_text()


def test_add_and_remove_after_the_switch(switched: tuple[Vectors, Array]) -> None:
    vectors, rows = switched
    new = random_unit(9, 1, 32)
    vectors.add([7], new)
    assert numbers(vectors.search(new, 1)[0]) == [7]
    vectors.remove([7, 1000])
    assert 7 not in numbers(vectors.search(new, 50)[0])
    assert 1000 not in numbers(vectors.search(rows[:1], 50)[0])
    assert len(vectors) == 3999


def test_an_index_that_shrank_can_still_grow(switched: tuple[Vectors, Array], tmp_path: Path) -> None:
    vectors, rows = switched
    vectors.remove(range(1100, 5000))
    loaded = load(tmp_path, vectors, writable=True)
    new = random_unit(9, 1, 32)
    loaded.add([1], new)
    assert len(loaded) == 101
    assert numbers(loaded.search(new, 1)[0]) == [1]
    assert numbers(loaded.search(rows[:1], 1)[0]) == [1000]


@pytest.mark.parametrize("content", [b"", b"not an index", None], ids=["empty", "foreign", "missing"])
@pytest.mark.parametrize("writable", [False, True])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, writable: bool) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DamagedIndexError, match=rf"{FILE}.*build the index again"):
        Vectors.load(tmp_path, "IDMap2,Flat", writable=writable)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")  # noqa: PTH110
def test_a_full_disk_is_noticed(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        filled(random_unit(0, 3)).save(tmp_path)
