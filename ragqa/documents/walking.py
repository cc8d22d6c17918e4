"""Which files a path stands for, without opening any."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ragqa.documents.content import printable
from ragqa.documents.reading import refusal
from ragqa.errors import NoDocumentsError
from ragqa.schema import Skipped


def scan(path: str | os.PathLike[str]) -> list[tuple[str, Path]]:
    """The files that `load` would read for a path, as (id, absolute path) sorted by id; a cache can watch these.

    A JSONL file is listed once, under its path. The list may be empty, and a file in it may prove unreadable.

    Raises:
        NoDocumentsError: there is no such path.
    """
    return find(path)[0]


def find(path: str | os.PathLike[str]) -> tuple[list[tuple[str, Path]], list[Skipped]]:
    """The files that a path stands for, and what was left out on the way.

    Raises:
        NoDocumentsError: there is no such path.
    """
    try:
        name = os.fsdecode(path)
        is_folder = stat.S_ISDIR(os.stat(name).st_mode)  # noqa: PTH116 -- Path("") would be the current folder
    except (OSError, ValueError) as error:
        raise NoDocumentsError(_missing(path, error)) from error
    absolute = Path(name).absolute()
    return _walk(absolute) if is_folder else ([(printable(absolute.name), absolute)], [])


def _missing(path: str | os.PathLike[str], error: Exception) -> str:
    shown = printable(os.fsdecode(path))
    shown = shown if len(shown) <= 100 else shown[:100] + "..."
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return (
        f"no documents at {shown!r}: {reason}. A string is taken as a path; "
        'for text in memory pass [Document(id="...", text="...")]'
    )


def _walk(root: Path) -> tuple[list[tuple[str, Path]], list[Skipped]]:
    files: list[tuple[str, Path]] = []
    skipped: list[Skipped] = []
    folders, links = [root], list[Path]()
    seen: set[tuple[int, int]] = set()
    # Real folders come before links to folders, so that a file keeps its id when someone adds a link to it;
    # each folder is read once, so that links can't lead in circles.
    while folders or links:
        links.sort()
        folder = folders.pop() if folders else links.pop(0)
        try:
            status = folder.stat()
            entries = [] if (status.st_dev, status.st_ino) in seen else list(folder.iterdir())
        except OSError as error:
            skipped.append(_skip(folder, error.strerror or str(error)))
            continue
        seen.add((status.st_dev, status.st_ino))
        for path in entries:
            if path.name.startswith("."):
                continue
            try:
                mode = path.stat().st_mode
            except OSError as error:
                skipped.append(_skip(path, error.strerror or str(error)))
                continue
            if stat.S_ISDIR(mode):
                (links if path.is_symlink() else folders).append(path)
            elif reason := refusal(path, mode):
                skipped.append(_skip(path, reason))
            else:
                files.append((printable(path.relative_to(root)), path))
    return sorted(files), skipped


def _skip(path: Path, reason: str) -> Skipped:
    return Skipped(source=printable(path), reason=reason)
