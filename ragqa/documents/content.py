"""What the readers of the single formats share: their result, their refusal, and how they import a parser."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from ragqa.errors import MissingExtraError

_LONGEST_TITLE = 120
# Titles that the program which wrote the file made up.
_NO_TITLE = re.compile(
    r"(?:untitled|no ?title|none|title|(?:word )?document|presentation|powerpoint presentation|slide|book)[ \d]*"
    r"|microsoft \w+ - .*"
    r"|.*\.(?:docx?|dotx?|odt|rtf|pdf|tex|dvi|e?ps|indd|qxd|pmd|pptx?|odp|xlsx?|txt|md|html?)",
    re.IGNORECASE,
)


class Content(NamedTuple):
    """What a reader got out of one file."""

    text: str
    title: str
    page_starts: tuple[int, ...] = ()


class RefusedError(Exception):
    """A reader's verdict on a file; its message is the reason. `load_file` adds which file it was."""


def require(module: str, package: str) -> Any:
    """Import a parser at the moment it is needed.

    Raises:
        MissingExtraError: its package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = f"pip install {package}"
        raise MissingExtraError(f"the package {package}, which reads this kind of file, is missing: {hint}") from error


def printable(path: str | Path) -> str:
    """The path with POSIX separators, as text that JSON can carry: undecodable bytes of a name become U+FFFD."""
    return os.fsencode(Path(path).as_posix()).decode("utf-8", "replace")


def one_line(text: str) -> str:
    """The text on one line, runs of white space as one space."""
    return " ".join(text.split())


def first_line_title(text: str) -> str:
    """The first line as a title, or "" where it reads like a sentence or a fragment of one.

    Lines without a letter or digit are passed over: reStructuredText draws rules above its titles.
    """
    match = re.search(r"^.*\w.*$", text, re.MULTILINE)
    line = one_line(match[0]) if match else ""
    return "" if len(line) > _LONGEST_TITLE or line.endswith((".", ",", ";", ":")) else line


def usable_title(title: str) -> str:
    """The title from a file's metadata, "" if nobody chose it, such as "Untitled1" or "report.docx"."""
    title = one_line(title)
    return "" if _NO_TITLE.fullmatch(title) else title
