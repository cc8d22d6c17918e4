"""The tables of a report as plain text, cell by cell: what Markdown, the terminal and the HTML page all show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ragqa.evaluation.curves import ReliabilityBin, RiskCoveragePoint
from ragqa.evaluation.figures import RIGHT_F1, Figure, Row, TagFigures

MISSING = "n/a"
INTERVALS = (
    "Intervals are of 95 %: percentile bootstrap over questions, 1000 resamples; of the calibration error "
    "the hull of that and of the basic bootstrap, as this figure counts noise as error. Calibration error by chance is "
    "what perfectly calibrated confidence would measure on as many questions, with the range of 95 in 100 such "
    "measurements. Of few questions intervals are too narrow, of one there is none."
)
CONFIDENCE = (
    f"A best claim is right when its F1 with a gold text is at least {RIGHT_F1}; to an unanswerable question every "
    "claim is wrong. Calibration error: the difference between mean confidence and share right, averaged over bins of "
    "as many questions each, 10 bins, fewer where they would hold less than 10 questions. Risk-coverage area: the mean "
    "risk over all coverages, where coverage is the share of all questions that are answered, most confident first, "
    "and risk the share of those that are wrong. Coverage and selective risk as such are those of the answers given."
)
TAG_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Answers", ("exact match", "F1", "answered (answerable)", "refused (unanswerable)")),
    ("Confidence", ("calibration error", "risk-coverage area", "coverage", "selective risk")),
    ("Conflicts", ("conflict precision", "conflict recall", "conflict F1")),
)


class TextTable(NamedTuple):
    """Rows of text; the first column names the row."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float | None, digits: int = 3) -> str:
    """So many digits after the point, or `MISSING`."""
    return MISSING if value is None else f"{value:.{digits}f}"


def figure_table(figures: Iterable[Figure]) -> TextTable:
    """Every figure with its interval."""
    return TextTable("Figures", ("figure", "value", "95 % interval", "n"), tuple(map(_figure_row, figures)))


def _figure_row(figure: Figure) -> tuple[str, ...]:
    digits = 1 if figure.name.endswith("(ms)") else 3
    missing = figure.low is None or figure.high is None
    bounds = MISSING if missing else f"{number(figure.low, digits)} to {number(figure.high, digits)}"
    return (figure.name, number(figure.value, digits), bounds, str(figure.n))


def tag_tables(by_tag: Sequence[TagFigures]) -> tuple[TextTable, ...]:
    """One table a section, of the tags that have any of its figures."""
    tables = []
    for title, names in TAG_SECTIONS:
        measured = [(tag, {figure.name: figure for figure in tag.figures}) for tag in by_tag]
        rows = tuple(
            (tag.tag, str(tag.n), *(_tag_cell(figures.get(name)) for name in names))
            for tag, figures in measured
            if not figures.keys().isdisjoint(names)
        )
        if rows:
            tables.append(TextTable(f"{title} by tag", ("tag", "n", *names), rows))
    return tuple(tables)


def _tag_cell(figure: Figure | None) -> str:
    if figure is None or figure.low is None or figure.high is None:
        return MISSING if figure is None else number(figure.value)
    return f"{number(figure.value)} ({number(figure.low, 2)}–{number(figure.high, 2)})"


def reliability_table(bins: Iterable[ReliabilityBin]) -> TextTable:
    """The points of the reliability diagram."""
    header = ("confidences", "questions", "mean confidence", "share right", "95 % interval")
    rows = (
        (
            f"{number(each.lowest)} to {number(each.highest)}",
            str(each.n),
            number(each.confidence),
            number(each.right),
            f"{number(each.low)} to {number(each.high)}",
        )
        for each in bins
    )
    return TextTable("Reliability", header, tuple(rows))


def risk_coverage_table(points: Sequence[RiskCoveragePoint], steps: int = 10) -> TextTable:
    """The curve at every tenth of coverage: the first threshold that reaches it."""
    wanted = (step / steps for step in range(1, steps + 1))
    reached = (next(p for p in points if p.coverage >= share - 1e-9) for share in wanted) if points else ()
    chosen = dict.fromkeys(reached)
    rows = tuple((number(point.coverage), number(point.risk), number(point.threshold)) for point in chosen)
    return TextTable("Risk and coverage", ("coverage", "risk", "from confidence"), rows)


def fault_table(faults: Iterable[Row], questions: int) -> TextTable:
    """How often each kind of fault occurs; a question can have two."""
    counts = Counter(kind for row in faults for kind in row.faults)
    rows = tuple((kind, str(count), number(count / questions)) for kind, count in counts.most_common())
    return TextTable("Kinds", ("what", "questions", "share of all"), rows)


def environment_table(environment: Mapping[str, str]) -> TextTable:
    """Where it was measured."""
    return TextTable("Environment", ("what", "value"), tuple(environment.items()))
