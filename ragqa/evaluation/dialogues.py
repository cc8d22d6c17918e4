"""Conversations: each follow-up asked by itself, within its conversation, and as rewritten by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ragqa.evaluation import metrics
from ragqa.evaluation.bootstrap import interval
from ragqa.evaluation.questions import GoldSpan, HasDocuments, Question, check_against, load_records
from ragqa.evaluation.tables import TextTable, number
from ragqa.schema import Answer

WAYS = ("alone", "in conversation", "by hand")
_RIGHT = ("exact match", "F1", "refused (unanswerable)")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DialogueTurn(_Frozen):
    """One question of a conversation."""

    question: str = Field(pattern=r"\S", description="As a user would type it.")
    standalone: str = Field(pattern=r"\S", description="As one would ask who had said nothing before; by hand.")
    answers: tuple[GoldSpan, ...] = Field(description="Every acceptable span; empty when unanswerable.")
    unanswerable: bool
    tags: tuple[str, ...] = Field(description="How it leans on what was said before: pronoun, ellipsis, ...")


class Dialogue(_Frozen):
    """A conversation of two to four turns."""

    id: str = Field(min_length=1, description="Unique in the set.")
    half: str = Field(description='"dev" for tuning, "test" or "report" for reporting.')
    turns: tuple[DialogueTurn, ...] = Field(min_length=2, max_length=4)

    @property
    def questions(self) -> list[Question]:
        """Its turns as questions that stand alone."""
        return [
            Question(id=f"{self.id}.{number}", question=turn.standalone, **turn.model_dump(exclude=_TURN_ONLY))
            for number, turn in enumerate(self.turns, start=1)
        ]


_TURN_ONLY = {"question", "standalone"}


class Conversation(Protocol):
    """What is measured of a chat."""

    def ask(self, question: str, /) -> Answer: ...


class Converses(HasDocuments, Protocol):
    """What `measure_dialogues` needs of an index."""

    def ask(self, question: str, /) -> Answer: ...

    def chat(self) -> Conversation: ...


class FollowUp(_Frozen):
    """What happened to one question after the first."""

    id: str
    question: str
    standalone: str
    asked: str = Field(description="What the conversation made of it.")
    tags: tuple[str, ...]
    last: bool = Field(description="Whether it ends its conversation.")
    unanswerable: bool
    expected: tuple[str, ...]
    got: tuple[str | None, str | None, str | None] = Field(description="The answers, one for each of `WAYS`.")

    def scores(self, measure: str) -> list[float]:
        """A figure for each of `WAYS`."""
        if measure == "refused (unanswerable)":
            return [float(text is None) for text in self.got]
        metric = metrics.exact_match if measure == "exact match" else metrics.token_f1
        return [metric(text, self.expected) for text in self.got]


def load_dialogues(path: str | Path) -> list[Dialogue]:
    """Read a set of dialogues. Raises `QuestionSetError` as `load_questions` does."""
    return load_records(path, Dialogue)


def measure_dialogues(
    index: Converses, dialogues: Sequence[Dialogue], *, progress: Callable[[int], None] | None = None
) -> list[FollowUp]:
    """Hold every conversation, and ask each follow-up by itself and as rewritten by hand too.

    Raises `QuestionSetError` when the gold spans don't fit the documents.
    """
    check_against((question for dialogue in dialogues for question in dialogue.questions), index)
    rows: list[FollowUp] = []
    for done, dialogue in enumerate(dialogues, start=1):
        chat = index.chat()
        for turn, question in zip(dialogue.turns, dialogue.questions, strict=True):
            answer = chat.ask(turn.question)
            if turn is dialogue.turns[0]:
                continue
            row = FollowUp(
                id=question.id,
                question=turn.question,
                standalone=turn.standalone,
                asked=answer.asked,
                tags=turn.tags,
                last=turn is dialogue.turns[-1],
                unanswerable=turn.unanswerable,
                expected=question.texts,
                got=(index.ask(turn.question).text, answer.text, index.ask(turn.standalone).text),
            )
            rows.append(row)
        if progress is not None:
            progress(done)
    return rows


def dialogue_tables(rows: Sequence[FollowUp]) -> list[TextTable]:
    """The three ways side by side: all follow-ups, last turns, by tag; and how questions were rewritten."""
    tags = sorted({tag for row in rows for tag in row.tags} - {"unanswerable"})
    return [
        _side_by_side("All follow-ups", rows),
        _side_by_side("Last turns", [row for row in rows if row.last]),
        TextTable("F1 by tag", ("tag", "n", *WAYS), tuple(_tag_row(tag, rows) for tag in tags)),
        _rewriting(rows),
    ]


def wrong_table(rows: Iterable[FollowUp]) -> TextTable:
    """The follow-ups that the hand-written question answers better than the conversation does."""
    header = ("id", "typed", "asked", "by hand", "answer", "answer by hand")
    worse = (row for row in rows if _score(row)[1] < _score(row)[2])
    lines = ((r.id, r.question, r.asked, r.standalone, r.got[1] or "–", r.got[2] or "–") for r in worse)
    return TextTable("Where the hand-written question does better", header, tuple(lines))


def _score(row: FollowUp) -> list[float]:
    return row.scores("refused (unanswerable)" if row.unanswerable else "F1")


def _side_by_side(title: str, rows: Sequence[FollowUp]) -> TextTable:
    lines = []
    for measure in _RIGHT:
        counted = [row for row in rows if row.unanswerable == (measure == _RIGHT[2])]
        if not counted:
            continue
        scores = np.array([row.scores(measure) for row in counted])
        gain = scores[:, 1] - scores[:, 0]
        ways = (_with_interval(scores[:, way]) for way in range(len(WAYS)))
        lines.append((measure, str(len(counted)), *ways, _with_interval(gain, sign="+")))
    return TextTable(title, ("figure", "n", *WAYS, "gain over alone"), tuple(lines))


def _with_interval(values: NDArray[np.float64], sign: str = "") -> str:
    mean = float(values.mean())
    bounds = interval(lambda column: float(column.mean()), values) if len(values) > 1 else None
    shown = f"{mean:{sign}.3f}"
    return shown if bounds is None else f"{shown} ({bounds[0]:{sign}.2f} to {bounds[1]:{sign}.2f})"


def _tag_row(tag: str, rows: Sequence[FollowUp]) -> tuple[str, ...]:
    tagged = [row for row in rows if tag in row.tags and not row.unanswerable]
    if not tagged:
        return (tag, "0", *[number(None)] * len(WAYS))
    scores = np.array([row.scores("F1") for row in tagged]).mean(axis=0)
    return (tag, str(len(tagged)), *(number(float(score)) for score in scores))


def _rewriting(rows: Sequence[FollowUp]) -> TextTable:
    alone = [row for row in rows if "standalone" in row.tags]
    leaning = [row for row in rows if "standalone" not in row.tags]
    lines = (
        ("standing alone, left unchanged", *_share(row.asked == row.question for row in alone)),
        ("leaning, changed", *_share(row.asked != row.question for row in leaning)),
        ("leaning, as by hand", *_share(_words(row.asked) == _words(row.standalone) for row in leaning)),
    )
    return TextTable("Rewriting", ("questions", "share", "n"), lines)


def _share(found: Iterable[bool]) -> tuple[str, str]:
    values = np.array(list(found), dtype=np.float64)
    return (_with_interval(values) if len(values) else number(None), str(len(values)))


def _words(question: str) -> str:
    return metrics.normalize(question).removeprefix("and ")
