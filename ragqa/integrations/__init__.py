"""Doors into frameworks that people already use, an extra each; a module is imported by its name.

`langchain`, `llamaindex`, `haystack` and `mcp` need the package in question; `functions` needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ragqa.errors import MissingExtraError
from ragqa.schema import Answer


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """For imports of what an extra installs.

    Raises:
        MissingExtraError: one of them fails.
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(f'{error.name or error} is not installed: pip install "ragqa[{extra}]"') from error


def reply(answer: Answer) -> str:
    """An answer as plain text, for doors that hand over a string: never one source's word where another differs."""
    if answer.text is None:
        return "The documents don't say."
    if not answer.conflict:
        return answer.text
    said = (f"{claim.text} ({', '.join(c.document_id for c in claim.citations)})" for claim in answer.sides)
    return f"The sources disagree: {'; '.join(said)}"
