"""Spans to claims: what the sources say, which agree, which disagree, and whether it is an answer at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ragqa.calibration import Calibration
from ragqa.citing import cite
from ragqa.expectation import penalty
from ragqa.hedges import widened
from ragqa.reader import Span
from ragqa.relations import Relation, relation
from ragqa.schema import Claim, Document, Retrieved
from ragqa.subject import asks_something, same_subject

RETRIEVAL_WEIGHT = 60.0  # points of reader score for a point of retrieval score; measured on development data
ASKS_NOTHING = 20.0  # points of score that every span loses when the question is all function words
MOST_COMPARED = 16  # places, best first, that are compared with each other; what lies below is hardly ever right
MOST_CLAIMS = 5
SURROUNDINGS = 200  # characters on each side of a span by which a copied text is known
SHINGLE = 4  # words; copies are compared by the runs of so many
COPIED = 0.75  # share of the shorter text's runs that a copy has in common
LEAST_RUNS = 12  # shorter texts are copies when they are equal: short sentences on one thing are alike by chance

_ONE_CLAIM = (Relation.SAME, Relation.FULLER)
_UNWRITTEN = re.compile(r"[\W_]+")

DocumentOf = Callable[[str], Document]


@dataclass(frozen=True)
class Resolution:
    """What the spans come to."""

    claims: tuple[Claim, ...]  # best first
    rivals: tuple[int, ...]  # ranks of the well-supported ones that cannot be true beside what another document says


@dataclass
class _Group:
    """Spans that say the same thing, best first, and how likely it is that they are right."""

    spans: list[Span]
    confidence: float = 0.0

    @property
    def best(self) -> Span:
        return self.spans[0]


def weigh(question: str, spans: Sequence[Span], retrieved: Sequence[Retrieved]) -> list[Span]:
    """The spans with scores that also count how well their passage was found and whether they are the kind of answer
    that the question asks for; best first.

    Args:
        question: what was asked.
        spans: as `Reader.read` gives them for the passages of `retrieved`.
        retrieved: the passages that were read.
    """
    loss = 0.0 if asks_something(question) else ASKS_NOTHING
    weighed = [
        replace(
            span,
            score=span.score + RETRIEVAL_WEIGHT * retrieved[span.rank].score - penalty(question, span.text) - loss,
        )
        for span in spans
    ]
    return sorted(weighed, key=lambda span: (-span.score, span.rank, span.start, span.end))


def resolve(
    question: str,
    spans: Sequence[Span],
    retrieved: Sequence[Retrieved],
    document: DocumentOf,
    calibration: Calibration,
) -> Resolution:
    """Claims, best first, and which of them contradict each other.

    Args:
        question: what was asked.
        spans: candidate answers, best first, as `weigh` gives them.
        retrieved: the passages that were read.
        document: looks a document up by its id.
        calibration: of the reader's scores.
    """
    groups = _grouped(question, [_hedged(span, retrieved) for span in _places(spans, retrieved)])
    for group in groups:
        group.confidence = calibration.confidence(group.best.score, _support(group, document, calibration))
    groups = sorted(groups, key=lambda group: -group.confidence)[:MOST_CLAIMS]  # stable: of equals the better span
    claims = tuple(
        Claim(
            text=group.best.text,
            confidence=group.confidence,
            citations=tuple(
                cite(document(span.document_id), span.start, span.end) for span in _by_document(group.spans).values()
            ),
        )
        for group in groups
    )
    return Resolution(claims, _rivals(question, groups, retrieved, document, calibration))


def _hedged(span: Span, retrieved: Sequence[Retrieved]) -> Span:
    passage = retrieved[span.rank].passage
    start, end = widened(passage.text, span.start - passage.start, span.end - passage.start)
    return replace(span, start=passage.start + start, end=passage.start + end, text=passage.text[start:end])


def _grouped(question: str, spans: Sequence[Span]) -> list[_Group]:
    groups: list[_Group] = []
    homes: dict[str, _Group] = {}  # by text
    for span in spans:
        home = homes.get(span.text) or next(
            (group for group in groups if relation(question, group.best.text, span.text) in _ONE_CLAIM), None
        )
        if home is None:
            home = _Group([])
            groups.append(home)
        home.spans.append(span)
        homes[span.text] = home
    return groups


def _places(spans: Sequence[Span], retrieved: Sequence[Retrieved]) -> Iterator[Span]:
    """The best span of each place: one that overlaps it is another extent of the same answer.

    The same place in copies of a text counts once towards MOST_COMPARED.
    """
    taken: dict[str, list[tuple[int, int]]] = {}
    counted: set[tuple[str, int, int]] = set()
    for span in spans:
        places = taken.setdefault(span.document_id, [])
        if any(start < span.end and span.start < end for start, end in places):
            continue
        passage = retrieved[span.rank].passage
        counted.add((passage.text, span.start - passage.start, span.end - passage.start))
        if len(counted) > MOST_COMPARED:
            return
        places.append((span.start, span.end))
        yield span


def _by_document(spans: Sequence[Span]) -> dict[str, Span]:
    """The first span of each document."""
    first: dict[str, Span] = {}
    for span in spans:
        first.setdefault(span.document_id, span)
    return first


def _support(group: _Group, document: DocumentOf, calibration: Calibration) -> float:
    """How many further documents say it, each weighed by its confidence; copies of a text count once."""
    first, *others = _by_document(group.spans).values()
    if not others:
        return 0.0
    text = _surroundings(first, document)
    texts, seen = {text}, [_runs(text)]
    support = 0.0
    for span in others:
        text = _surroundings(span, document)
        if text in texts:
            continue
        texts.add(text)
        runs = _runs(text)
        if not any(_copied(runs, other) for other in seen):
            support += calibration.confidence(span.score)
        seen.append(runs)
    return support


def _surroundings(span: Span, document: DocumentOf) -> str:
    text = document(span.document_id).text[max(0, span.start - SURROUNDINGS) : span.end + SURROUNDINGS]
    return _UNWRITTEN.sub(" ", text).casefold().strip()


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of SHINGLE words (Broder 1997)."""
    words = text.split()
    return frozenset(zip(*(words[i:] for i in range(SHINGLE)), strict=False))


def _copied(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """Whether a text is another with little changed: under another date line, shortened, a name written out."""
    shorter = min(len(one), len(other))
    return shorter >= LEAST_RUNS and len(one & other) >= COPIED * shorter


def _rivals(
    question: str,
    groups: Sequence[_Group],
    retrieved: Sequence[Retrieved],
    document: DocumentOf,
    calibration: Calibration,
) -> tuple[int, ...]:
    """Ranks of the groups of which one document's first word cannot be true together with another document's.

    A document that itself holds two figures tells them apart; so only its best span speaks for it. One side is the
    answer, or as well supported as an answer has to be.
    """
    if not groups or groups[0].confidence < calibration.min_confidence:
        return ()
    speaking = _by_document(sorted((span for group in groups for span in group.spans), key=lambda span: -span.score))

    def voices(group: _Group) -> list[Span]:
        return [span for span in _by_document(group.spans).values() if speaking[span.document_id] is span]

    def text(span: Span) -> str:
        passage = retrieved[span.rank].passage
        return "\n".join((document(span.document_id).title, passage.heading, passage.text))

    found: set[int] = set()
    for (first, one), (second, other) in combinations(enumerate(groups), 2):
        if other.confidence < calibration.min_rival or (first > 0 and other.confidence < calibration.min_confidence):
            continue
        if relation(question, one.best.text, other.best.text) is not Relation.RIVAL:
            continue
        if any(same_subject(question, text(a), text(b)) for a in voices(one) for b in voices(other)):
            found |= {first, second}
    return tuple(sorted(found))
