"""The turns of a conversation as callers give them, checked, and the question put with them in mind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import ValidationError

from ragqa.conversation.clauses import Completed
from ragqa.conversation.rewriting import standalone
from ragqa.conversation.topics import Said
from ragqa.conversation.words import FUNCTION
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
    turns, said = check_history(history), _NOTHING_SAID
    for turn in turns:
        asked = standalone(turn.question, said).question if turn.asked is None else turn.asked
        answer = None if turn.answer is None else turn.answer[:_READ]
        said += (Said(asked[:_READ], answer, "" if asked == turn.question else turn.question[:_READ]),)
    completed = standalone(question, said)
    typed = [text for turn in turns for text in (turn.question, turn.answer) if text]
    # what was said longer ago stands in questions as they were asked
    carried = _verbatim(completed.carried, typed) or _verbatim(completed.carried, [turn.asked or "" for turn in turns])
    fits = carried and completed.question != question and len(completed.question) <= LONGEST_QUESTION
    return Completed(completed.question, carried) if fits else Completed(question, ())


_NOTHING_SAID: tuple[Said, ...] = ()


def _verbatim(carried: Iterable[str], sources: Sequence[str]) -> tuple[str, ...]:
    """The longest runs of the words carried that stand in a source, without those of mere function words."""
    runs: list[str] = []
    for text in carried:
        places = [match.span() for match in re.finditer(r"\S+", text)]
        first = 0
        while first < len(places):
            last = len(places)
            while last > first and not any(
                text[places[first][0] : places[last - 1][1]] in source for source in sources
            ):
                last -= 1
            if last > first:
                runs.append(text[places[first][0] : places[last - 1][1]])
            first = max(last, first + 1)
    telling = [run for run in runs if not FUNCTION.issuperset(run.lower().split())]
    return tuple(dict.fromkeys(telling or runs))


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
