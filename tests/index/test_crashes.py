"""Whenever a writer is killed, the folder holds one whole generation: the old one, or the new one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ragqa.errors import IndexNotFoundError
from ragqa.index import PassageIndex

from .fakes import contents, documents, new_index, texts

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forks")

KILLS = 15


def size(version: int) -> int:
    return 2 + version % 3


def version_in(path: Path) -> int:
    """The version that the folder holds, which must be all there."""
    index = PassageIndex.open(path, full_check=True)
    found = contents(index)
    version = int(found["doc0"].split()[1].removeprefix("version"))
    assert found == texts(documents(version, size(version)))
    index.close()
    return version


class Writer:
    """The process of crash_writer.py."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("crash_writer.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._alive = False

    def start(self, how: str, path: Path, version: int, kill: int = 0) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{how}\t{path}\t{version}\t{kill}\n")
        self._process.stdin.flush()
        self._alive = True
        return int(self._line().removeprefix("pid "))

    def saved(self, count: int | None = None) -> list[int]:
        """The next versions that the writer says it has saved: so many, or all until it has died."""
        versions: list[int] = []
        while self._alive and len(versions) != count:
            line = self._line()
            if line == "dead":
                self._alive = False
            else:
                assert line.startswith("saved "), line
                versions.append(int(line.removeprefix("saved ")))
        return versions

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(timeout=30) == 0
        finally:
            self._process.kill()


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved index of version 1."""
    new_index(documents(1, size(1)), tmp_path / "my.index").close()
    return tmp_path / "my.index"


def leftovers(path: Path) -> set[str]:
    names = {re.sub(r"[-\d].*", "", p.name) for p in path.iterdir()}
    return names - {".lock", "manifest.json", "gen"}


@pytest.mark.parametrize("how", ["edit", "build"])
def test_killed_before_any_step(writer: Writer, path: Path, how: str) -> None:
    """Every step of publishing in turn, until the writer gets through alive."""
    template = path.rename(path.parent / "template")
    outcomes: list[int] = []
    saved: list[int] = []
    while not saved:
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(template, path)
        writer.start(how, path, 2, kill=len(outcomes) + 1)
        saved = writer.saved()
        outcomes.append(version_in(path))
    assert outcomes == sorted(outcomes)  # the new one from one step on
    assert outcomes[-1] == 2
    assert outcomes.count(1) >= 3
    assert outcomes.count(2) >= 3


def test_what_a_killed_writer_leaves_is_removed_by_the_next(writer: Writer, path: Path) -> None:
    for kill in (1, 2, 3):
        writer.start("build", path, 2, kill=kill)
        assert writer.saved() == []
    assert leftovers(path) == {"work", "manifest.json."}
    assert len(list(path.glob("gen-*"))) == 3
    new_index(documents(3, size(3)), path).close()
    assert version_in(path) == 3
    assert leftovers(path) == set()
    assert len(list(path.glob("gen-*"))) == 1


@pytest.mark.parametrize("kill", [1, 2, 3])
def test_killed_before_there_was_an_index(writer: Writer, tmp_path: Path, kill: int) -> None:
    path = tmp_path / "new" / "my.index"
    writer.start("build", path, 1, kill=kill)
    assert writer.saved() == []
    with pytest.raises(IndexNotFoundError):
        PassageIndex.open(path)
    new_index(documents(2, size(2)), path).close()
    assert version_in(path) == 2
    assert leftovers(path) == set()


def test_killed_at_random_moments(writer: Writer, path: Path) -> None:
    """What was reported as saved must be there, or the version that came right after it."""
    random = Random(20)
    held = 1
    for kill in range(KILLS):
        pid = writer.start(("edit", "build")[kill % 2], path, held + 1)
        saved = writer.saved(random.randrange(3))
        timer = threading.Timer(random.uniform(0.0, 0.2), os.kill, (pid, signal.SIGKILL))
        timer.start()
        saved += writer.saved()
        timer.join()
        last = saved[-1] if saved else held
        held = version_in(path)
        assert held in (last, last + 1), f"kill {kill}"
