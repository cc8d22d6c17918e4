"""From one row a question to the figures of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ragqa.evaluation import metrics
from ragqa.evaluation.bootstrap import Method, Statistic, interval
from ragqa.evaluation.evidence import Excerpt
from ragqa.evaluation.metrics import Flags, Floats

RECALL_CUTOFFS = (1, 5, 10)
RIGHT_F1 = 0.5  # at least that with a gold text: what training/calibrate.py fits confidence to


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(_Frozen):
    """What happened to one question."""

    id: str
    question: str
    tags: tuple[str, ...]
    unanswerable: bool
    expected: tuple[str, ...] = Field(description="The gold texts; empty when unanswerable.")
    got: str | None = Field(description="The answer, None when it abstained.")
    best: str | None = Field(description="The best claim, also when it abstained; None without any claim.")
    confidence: float
    abstained: bool
    exact_match: float | None = Field(description="Of `got`, 0 when it abstained; None when unanswerable.")
    f1: float | None = Field(description="Of `got`, 0 when it abstained; None when unanswerable.")
    f1_best: float | None = Field(description="Of `best`; None when unanswerable.")
    rank: int | None = Field(description="Of the first retrieved passage that holds a gold span.")
    citations: int = Field(description="How many citations the answer carries, over all claims.")
    valid_citations: int = Field(description="How many of them are verbatim and where they say they are.")
    cites_gold: bool | None = Field(
        description="Whether `claims[0]` cites a gold span; None if abstained or unanswerable."
    )
    conflict_expected: bool
    conflict_got: bool
    latency_ms: float = Field(description="Wall-clock time of `index.ask`.")
    sources: tuple[Excerpt, ...] = Field(
        default=(), description="When there is a fault: what the answer rests on, and gold spans beside it."
    )

    @property
    def right(self) -> bool:
        """Whether the best claim, said or not, is right: F1 of at least 0.5 with a gold text; never when unanswerable.

        This is what `confidence` is the probability of.
        """
        return not self.unanswerable and (self.f1_best or 0.0) >= RIGHT_F1

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is wrong with the answer: of what it says, then of conflicts, unless it says nothing."""
        faults = [self.fault] if self.fault else []
        if not self.abstained and self.conflict_fault and self.conflict_fault != self.fault:
            faults.append(self.conflict_fault)
        return tuple(faults)

    @property
    def conflict_fault(self) -> str | None:
        """Whether a conflict was missed or invented, None when neither."""
        if self.conflict_expected == self.conflict_got:
            return None
        return "conflict missed" if self.conflict_expected else "conflict invented"

    @property
    def fault(self) -> str | None:
        """What is wrong with the answer first of all, None when nothing is."""
        if self.unanswerable:
            fault = None if self.abstained else "answered the unanswerable"
        elif self.abstained:
            fault = "abstained"
        elif not self.exact_match:
            fault = "wrong answer" if not self.f1 else "not exact"
        else:
            fault = None
        return fault or self.conflict_fault


class Figure(_Frozen):
    """One measured number with its 95 % bootstrap interval."""

    name: str
    value: float | None = Field(description="None when the set has nothing to measure it on.")
    low: float | None = Field(description="None where the interval would mean nothing, as with one question.")
    high: float | None
    n: int = Field(description="How many questions (or citations, for their validity) it is measured on.")


class TagFigures(_Frozen):
    """The main figures of the questions that carry one tag."""

    tag: str
    n: int
    exact_match: float | None
    f1: float | None
    answered: float | None = Field(description="Share of its answerable questions that were answered.")
    refused: float | None = Field(description="Share of its unanswerable questions that were refused.")
    figures: tuple[Figure, ...] = Field(
        default=(), description="These and more with their intervals; conflict figures where there are conflicts."
    )


class _Columns:
    """The rows, turned into one array a field."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.answerable = ~self.flags("unanswerable")
        self.answered = ~self.flags("abstained")

    def flags(self, field: str) -> Flags:
        return np.array([bool(getattr(row, field)) for row in self._rows], dtype=np.bool_)

    def floats(self, field: str) -> Floats:
        """Values of a field; 0 where it is None, so what doesn't count must be masked."""
        return np.array([getattr(row, field) or 0.0 for row in self._rows], dtype=np.float64)

    def ranks(self) -> list[int | None]:
        return [row.rank for row in self._rows]


def compute_figures(rows: Sequence[Row]) -> tuple[Figure, ...]:
    """Every figure of a report, in the order of its table."""
    columns = _Columns(rows)
    return (
        *_retrieval_figures(columns),
        *_match_figures(columns),
        *_claim_figures(columns),
        *_abstention_figures(columns),
        _calibration_figure(columns),
        _chance_figure(columns),
        *_selective_figures(columns),
        *_conflict_figures(columns),
        *_latency_figures(columns),
    )


def compute_tag_figures(rows: Sequence[Row]) -> tuple[TagFigures, ...]:
    """The main figures by tag, in alphabetical order."""
    tags = sorted({tag for row in rows for tag in row.tags})
    return tuple(_tag_figures(tag, [row for row in rows if tag in row.tags]) for tag in tags)


def calibration_columns(rows: Sequence[Row]) -> tuple[Floats, Flags]:
    """Confidence of the best claim and whether it is right, each of shape (len(rows),)."""
    columns = _Columns(rows)
    return columns.floats("confidence"), columns.flags("right")


def _retrieval_figures(columns: _Columns) -> Iterable[Figure]:
    ranks, answerable = columns.ranks(), columns.answerable
    for k in RECALL_CUTOFFS:
        found = np.array([metrics.recall_at(k, rank) for rank in ranks])
        yield _mean_figure(f"recall@{k}", found, answerable)
    yield _mean_figure("MRR", np.array([metrics.reciprocal_rank(rank) for rank in ranks]), answerable)


def _match_figures(columns: _Columns) -> Iterable[Figure]:
    yield _mean_figure("exact match", columns.floats("exact_match"), columns.answerable)
    yield _mean_figure("F1", columns.floats("f1"), columns.answerable)


def _claim_figures(columns: _Columns) -> Iterable[Figure]:
    answerable = columns.answerable
    yield _mean_figure("F1 (best claim)", columns.floats("f1_best"), answerable)
    valid, cited = columns.floats("valid_citations"), columns.floats("citations")
    yield _figure("citation validity", int(cited.sum()), metrics.ratio, valid, cited)
    yield _mean_figure("citation correctness", columns.floats("cites_gold"), answerable & columns.answered)
    yield _figure("abstention AUROC", len(answerable), metrics.auroc, columns.floats("confidence"), answerable)


def _abstention_figures(columns: _Columns) -> Iterable[Figure]:
    answerable, answered = columns.answerable, columns.answered
    yield _mean_figure("answered (answerable)", 1.0 * answered, answerable)
    yield _mean_figure("refused (unanswerable)", 1.0 * ~answered, ~answerable)


def _selective_figures(columns: _Columns) -> Iterable[Figure]:
    confidence, right, answered = columns.floats("confidence"), columns.flags("right"), columns.answered
    yield _figure("risk-coverage area", len(right), metrics.risk_coverage_area, confidence, right)
    yield _mean_figure("coverage", 1.0 * answered, np.ones_like(answered))
    yield _mean_figure("selective risk", 1.0 * ~right, answered)


def _calibration_figure(columns: _Columns) -> Figure:
    """With the hull of two intervals, as noise only ever adds to this figure; cut at 0 and 1, where its range ends."""
    confidence, right = columns.floats("confidence"), columns.flags("right")
    measured = _figure("calibration error", len(right), metrics.calibration_error, confidence, right, method="hull")
    if measured.low is None or measured.high is None:
        return measured
    return measured.model_copy(update={"low": max(0.0, measured.low), "high": min(1.0, measured.high)})


def _chance_figure(columns: _Columns) -> Figure:
    """What perfect calibration would measure; its interval is that of the measurement."""
    confidence = columns.floats("confidence")
    value, low, high = metrics.calibration_error_by_chance(confidence) or (None, None, None)
    return Figure(name="calibration error by chance", value=value, low=low, high=high, n=len(confidence))


def _conflict_figures(columns: _Columns) -> Iterable[Figure]:
    expected, got = columns.flags("conflict_expected"), columns.flags("conflict_got")
    yield _figure("conflict precision", int(got.sum()), metrics.precision, expected, got)
    yield _figure("conflict recall", int(expected.sum()), metrics.recall, expected, got)
    yield _figure("conflict F1", int((expected | got).sum()), metrics.f1, expected, got)


def _latency_figures(columns: _Columns) -> Iterable[Figure]:
    latency = columns.floats("latency_ms")
    yield _figure("latency p50 (ms)", len(latency), lambda values: float(np.percentile(values, 50)), latency)
    yield _figure("latency p95 (ms)", len(latency), lambda values: float(np.percentile(values, 95)), latency)


def _mean_figure(name: str, values: Floats, counted: Flags) -> Figure:
    return _figure(name, int(counted.sum()), metrics.mean, values, counted)


def _figure(name: str, n: int, statistic: Statistic, *columns: NDArray[Any], method: Method = "percentile") -> Figure:
    value = statistic(*columns)
    # resampling one question gives that question: an interval of no width, which would look like certainty
    bounds = None if value is None or n < 2 else interval(statistic, *columns, method=method)
    low, high = (None, None) if bounds is None else bounds
    return Figure(name=name, value=value, low=low, high=high, n=n)


def _tag_figures(tag: str, rows: Sequence[Row]) -> TagFigures:
    columns = _Columns(rows)
    figures = [*_match_figures(columns), *_abstention_figures(columns)]
    figures += [_calibration_figure(columns), *_selective_figures(columns)]
    if any(row.conflict_expected or row.conflict_got for row in rows):
        figures += _conflict_figures(columns)
    values = {figure.name: figure.value for figure in figures}
    return TagFigures(
        tag=tag,
        n=len(rows),
        exact_match=values["exact match"],
        f1=values["F1"],
        answered=values["answered (answerable)"],
        refused=values["refused (unanswerable)"],
        figures=tuple(figures),
    )
