from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragqa.conversation import put
from ragqa.schema import Turn


def table() -> Iterator[tuple[tuple[Turn, ...], str, str]]:
    """The cases of rewriting.txt: a history, a question, and how it stands alone."""
    history: list[Turn] = []
    for line in (Path(__file__).parent / "rewriting.txt").read_text("utf-8").splitlines():
        if line.startswith("    "):
            question, _, expected = line.strip().partition(" ->")
            yield tuple(history), question, expected.strip() or question
        elif not line:
            history = []
        elif not line.startswith("#"):
            question, _, answer = line.partition(" | ")
            history.append(Turn(question=question, answer=answer or None))


TABLE = list(table())


@pytest.mark.parametrize(("history", "question", "expected"), TABLE)
def test_how_a_question_stands_alone(history: tuple[Turn, ...], question: str, expected: str) -> None:
    assert put(question, history).question == expected
