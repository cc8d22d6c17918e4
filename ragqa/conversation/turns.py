"""The turns of a conversation as callers give them, checked, and the question put with them in mind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from ragqa.conversation.fragments import Completed
from ragqa.conversation.rewriting import standalone
from ragqa.conversation.topics import Said
from ragqa.errors import InvalidArgumentError
from ragqa.schema import LONGEST_QUESTION, Answer, Turn

MOST_TURNS = 8  # further back nothing is looked for
_READ = 400  # characters of a question and of an answer that are looked at

History: TypeAlias = Iterable[Answer | Turn | str | Mapping[str, Any]]


def put(question: str, history: History) -> Completed:
    """The question as it is put to the documents, and the words of earlier turns that it carries.

    Raises:
        InvalidArgumentError: the history is no list of turns.
    """
    said: list[Said] = []
    for turn in check_history(history):
        asked = standalone(turn.question, said).question if turn.asked is None else turn.asked
        said.append(Said(asked[:_READ], None if turn.answer is None else turn.answer[:_READ]))
    completed = standalone(question, said)
    return completed if len(completed.question) <= LONGEST_QUESTION else Completed(question, ())


def check_history(history: object) -> list[Turn]:
    """The last turns of a history, oldest first. Raises `InvalidArgumentError`."""
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Iterable):
        raise InvalidArgumentError(
            f"history: a list of earlier turns is needed, not {type(history).__name__}; put a single one into a list"
        )
    listed = list(history)
    first = max(0, len(listed) - MOST_TURNS)
    return [_turn(number, turn) for number, turn in enumerate(listed[first:], start=first + 1)]


def _turn(number: int, turn: object) -> Turn:
    if isinstance(turn, Turn):
        return turn
    if isinstance(turn, Answer):
        return Turn(question=turn.question, answer=turn.text, asked=turn.asked or None)
    if not isinstance(turn, str | Mapping):
        raise InvalidArgumentError(
            f"history, turn {number}: an Answer, a Turn, a question or a mapping is needed, not {type(turn).__name__}"
        )
    try:
        return Turn.model_validate({"question": turn} if isinstance(turn, str) else dict(turn), strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"]))
        message = fault["msg"].removeprefix("Value error, ")
        raise InvalidArgumentError(f"history, turn {number}: {where}: {message}") from None
