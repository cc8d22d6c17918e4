"""Spans to claims: what the sources say, which agree, which disagree, and whether it is an answer at all."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragqa.citing import cite
from ragqa.errors import ModelError
from ragqa.expectation import penalty
from ragqa.quantities import Quantity, quantities
from ragqa.reader import Span
from ragqa.schema import Claim, Document, Retrieved

RETRIEVAL_WEIGHT = 60.0  # points of reader score for a point of retrieval score; measured on development data

_WORD = re.compile(r"[^\W_]+")
_ARTICLES = frozenset({"a", "an", "the"})
_LISTING = re.compile(r"[,;]|\b(?:and|or)\b", re.IGNORECASE)


class Calibration(BaseModel):
    """Turns a reader's score into the probability that the span answers the question: logistic regression
    (Platt 1999) fitted by training/calibrate.py, kept beside the reader's weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(gt=0, description="Of the log-odds, a point of score.")
    intercept: float = Field(description="Log-odds at score 0, where a span is as likely as the null answer.")
    min_confidence: float = Field(ge=0, le=1, description="Below this an answer is an abstention.")
    fitted_on: str = Field(default="", description="Data that the numbers come from.")

    def confidence(self, score: float) -> float:
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.intercept + self.slope * score))))

    @classmethod
    def load(cls, folder: Path | None) -> Calibration:
        """Read `folder/calibration.json`; a reader without one gets the plain logistic of its score.

        Raises:
            ModelError: the file is there and wrong.
        """
        path = (folder or Path()) / "calibration.json"
        if folder is None or not path.is_file():
            return cls(slope=1.0, intercept=0.0, min_confidence=0.5)
        try:
            return cls.model_validate(json.loads(path.read_text("utf-8")))
        except (ValueError, ValidationError) as error:
            raise ModelError(f"{path}: not a calibration ({error}); make it with training/calibrate.py") from error


def weigh(question: str, spans: Sequence[Span], retrieved: Sequence[Retrieved]) -> list[Span]:
    """The spans with scores that also count how well their passage was found and whether they are the kind of answer
    that the question asks for; best first.

    Args:
        question: what was asked.
        spans: as `Reader.read` gives them for the passages of `retrieved`.
        retrieved: the passages that were read.
    """
    weighed = [
        replace(span, score=span.score + RETRIEVAL_WEIGHT * retrieved[span.rank].score - penalty(question, span.text))
        for span in spans
    ]
    return sorted(weighed, key=lambda span: (-span.score, span.rank, span.start, span.end))


@dataclass
class _Group:
    """Spans that say the same thing, best first."""

    spans: list[Span] = field(default_factory=list)

    @property
    def best(self) -> Span:
        return self.spans[0]

    @cached_property
    def meaning(self) -> tuple[str, ...]:
        return meaning(self.best.text)


def resolve(
    spans: Sequence[Span],
    document: Callable[[str], Document],
    calibration: Calibration,
    *,
    most_claims: int = 5,
) -> tuple[list[Claim], bool]:
    """Claims, best first, and whether the well-supported ones contradict each other.

    Args:
        spans: candidate answers, best first, as `weigh` gives them.
        document: looks a document up by its id.
        calibration: of the reader's scores.
        most_claims: claims beyond these are dropped.
    """
    groups = _grouped(spans)[:most_claims]
    claims = [
        Claim(
            text=group.best.text,
            confidence=calibration.confidence(group.best.score),
            citations=tuple(cite(document(span.document_id), span.start, span.end) for span in _per_document(group)),
        )
        for group in groups
    ]
    supported = [
        group for group, claim in zip(groups, claims, strict=True) if claim.confidence >= calibration.min_confidence
    ]
    conflict = bool(supported) and any(contradict(supported[0].best.text, other.best.text) for other in supported[1:])
    return claims, conflict


def _grouped(spans: Sequence[Span]) -> list[_Group]:
    groups: list[_Group] = []
    taken: dict[str, list[tuple[int, int]]] = {}
    for span in spans:
        places = taken.setdefault(span.document_id, [])
        if any(start < span.end and span.start < end for start, end in places):
            continue  # another extent of an answer that scored higher
        places.append((span.start, span.end))
        words = meaning(span.text)
        home = next((g for g in groups if same(g.meaning, words, g.best.text, span.text)), None)
        if home is None:
            groups.append(_Group([span]))
        else:
            home.spans.append(span)
    return groups


def _per_document(group: _Group) -> list[Span]:
    best: dict[str, Span] = {}
    for span in group.spans:
        best.setdefault(span.document_id, span)
    return list(best.values())


@lru_cache(maxsize=4096)
def meaning(text: str) -> tuple[str, ...]:
    """The words that count: case, accents, punctuation and articles aside, quantities in one notation."""
    parts, position = [], 0
    for start, end, quantity in quantities(text):
        parts += [text[position:start], _canonical(quantity)]
        position = end
    folded = unicodedata.normalize("NFKD", " ".join((*parts, text[position:]))).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return tuple(word for word in _WORD.findall(plain) if word not in _ARTICLES)


def _canonical(quantity: Quantity) -> str:
    value = format(quantity.value.normalize(), "f").replace(".", "p")
    return f" {value}{'percent' if quantity.unit == '%' else quantity.unit} "


def same(one: tuple[str, ...], other: tuple[str, ...], one_text: str, other_text: str) -> bool:
    """Whether two wordings are one claim: equal, or one is a fuller wording of the other.

    A list is not a fuller wording of its members, nor is a text with another figure in it.
    """
    if one == other:
        return True
    (short, _), (long, long_text) = sorted(((one, one_text), (other, other_text)), key=lambda item: len(item[0]))
    if not short or _LISTING.search(long_text) or len(long) > len(short) + 4:
        return False
    if not any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1)):
        return False
    return _figures(long) == _figures(short)


def _figures(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word[0].isdigit()]


def contradict(one: str, other: str) -> bool:
    """Whether two answers to one question state different figures of the same unit.

    Bounds such as "over $10 billion" contradict only a figure on their other side.
    """
    for start, _, mine in quantities(one):
        for other_start, _, theirs in quantities(other):
            if mine.unit == theirs.unit and not _compatible(one[:start], mine, other[:other_start], theirs):
                return True
        break
    return False


_MORE = re.compile(r"\b(?:over|above|exceed\w*|more than|at least|upwards of|north of)\s+(?:us)?$", re.IGNORECASE)
_LESS = re.compile(r"\b(?:under|below|less than|at most|up to|no more than)\s+(?:us)?$", re.IGNORECASE)


def _compatible(before: str, mine: Quantity, other_before: str, theirs: Quantity) -> bool:
    if mine.value == theirs.value:
        return True
    smaller_before, larger_before = (before, other_before) if mine.value < theirs.value else (other_before, before)
    return bool(_MORE.search(smaller_before) or _LESS.search(larger_before))
