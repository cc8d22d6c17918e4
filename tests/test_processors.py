from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ragqa import processors

Count = Callable[[set[int], Mapping[str, str]], int]


def system(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return root


def topology(*cores: str) -> dict[str, str]:
    """One file a processor: the siblings that it has."""
    return {f"sys/devices/system/cpu/cpu{i}/topology/thread_siblings_list": f"{c}\n" for i, c in enumerate(cores)}


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Count]:
    """Counts the cores of a made-up system."""

    def count(allowed: set[int], files: Mapping[str, str]) -> int:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: allowed, raising=False)
        monkeypatch.setattr(processors, "SYSTEM", system(tmp_path, files))
        processors.cores.cache_clear()
        return processors.cores()

    yield count
    processors.cores.cache_clear()


def test_hardware_threads_of_a_core_count_once(cores: Count) -> None:
    assert cores({0, 1, 2, 3}, topology("0,2", "1,3", "0,2", "1,3")) == 2


def test_only_the_processors_that_the_process_may_use_count(cores: Count) -> None:
    assert cores({1, 3}, topology("0", "1", "2", "3")) == 2


def test_without_a_topology_every_processor_counts(cores: Count) -> None:
    assert cores({0, 1, 5}, {}) == 3


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max 100000", 4), ("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("garbage", 4), ("1 0", 4)],
)
def test_a_limit_on_processor_time_counts(cores: Count, limit: str, expected: int) -> None:
    assert cores({0, 1, 2, 3}, {**topology("0", "1", "2", "3"), "sys/fs/cgroup/cpu.max": limit}) == expected


def test_no_limit_is_infinite(tmp_path: Path) -> None:
    assert processors._granted(tmp_path) == math.inf


def test_systems_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    processors.cores.cache_clear()
    try:
        assert processors.cores() == (os.cpu_count() or 1)
    finally:
        processors.cores.cache_clear()
