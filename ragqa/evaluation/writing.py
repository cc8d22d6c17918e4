"""Reports on disk: whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from ragqa.errors import ReportError


def check_writable(path: Path) -> None:
    """Raise `ReportError` for a path that `write_report` can't write to: said before the work, not after."""
    if path.is_dir():
        raise ReportError(f"{path}: is a folder; name a file to write the report to")
    if not path.absolute().parent.is_dir():
        raise ReportError(f"{path}: there is no such folder to write the report to; make it first")


def write_report(path: Path, text: str) -> None:
    """Write UTF-8 text so that the path holds the old file or the new one, never a part; devices are written to.

    Raises:
        ReportError: the file can't be written; the message says why.
    """
    check_writable(path)
    try:
        if path.exists() and not path.is_file():  # a device or pipe, such as /dev/stdout: not to be replaced
            path.write_text(text, "utf-8", newline="\n")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise ReportError(f"{path}: can't write the report: {error.strerror or error}") from error


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".ragqa-{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
