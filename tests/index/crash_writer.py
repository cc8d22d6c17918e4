"""A process that writes an index until it is killed; test_crashes.py runs it.

Each line of its input is a job, "how path version kill": a fork of this process, which has paid for the imports,
publishes one version after another, and says so on a line each, until somebody kills it; or, if `kill` is not 0, one
version, and dies without a word before its so-manyth step on the disk. "dead" follows when the fork has ended.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes import EMBEDDING, documents

import ragqa.index.lexical
import ragqa.index.vectors  # noqa: F401
from ragqa.pipeline import Index

# What changes the folder that others read. To die before a sync is to die after the step before it.
STEPS: list[tuple[Any, str]] = [
    (Path, "rename"),
    (Path, "replace"),
    (Path, "write_text"),
    (shutil, "rmtree"),
]


def size(version: int) -> int:
    return 2 + version % 3


def edit(path: str, version: int) -> None:
    index = Index.open(path, embedding=EMBEDDING)
    index.remove(index.document_ids)
    index.add(documents(version, size(version)))
    index.save()


def build(path: str, version: int) -> None:
    Index.build(documents(version, size(version)), path, embedding=EMBEDDING)


def die_before(step: int) -> None:
    done = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                os._exit(1)
            return function(*args, **kwargs)

        return counting

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


def work(how: str, path: str, version: int, kill: int) -> None:
    say(f"pid {os.getpid()}")
    if kill:
        die_before(kill)
    while True:
        {"edit": edit, "build": build}[how](path, version)
        say(f"saved {version}")
        if kill:
            os._exit(0)
        version += 1


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    for job in sys.stdin:
        how, path, version, kill = job.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            try:
                work(how, path, int(version), int(kill))
            except BaseException as error:
                say(f"failed {error!r}")
            os._exit(2)
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    main()
