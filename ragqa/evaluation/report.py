"""What an evaluation found, as JSON, Markdown or a table for the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from ragqa.evaluation.figures import Figure, Row, TagFigures

if TYPE_CHECKING:
    from rich.table import Table

_FAULTS_SHOWN = 50
_CELL_WIDTH = 100
_MISSING = "n/a"
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&$])")


class Report(BaseModel):
    """The figures, the rows that they come from, and where they were measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figures: tuple[Figure, ...]
    by_tag: tuple[TagFigures, ...]
    rows: tuple[Row, ...]
    environment: dict[str, str] = Field(description="Machine, versions and models: latency means little without.")

    def value(self, name: str) -> float | None:
        """The figure of that name; KeyError when there is none."""
        return {figure.name: figure.value for figure in self.figures}[name]

    def faults(self) -> list[Row]:
        """Rows with a fault: lowest F1 first, among equals the most confident first."""
        faulty = [row for row in self.rows if row.fault is not None]
        return sorted(faulty, key=lambda row: (row.f1 or 0.0, -row.confidence, row.id))

    def to_json(self) -> str:
        """All of it; `Report.model_validate_json` reads it back."""
        return self.model_dump_json(indent=2)

    def to_markdown(self, *, command: str | None = None) -> str:
        """A page with the figures, the table by tag, the environment and the worst answers.

        `command` is the one that made the report, so that a reader can make it again.
        """
        parts = ["# Evaluation"]
        if command is not None:
            parts.append(f"Made by:\n\n    {command}")
        parts.append(_markdown_table(_FIGURE_HEADER, (_figure_cells(figure) for figure in self.figures)))
        parts.append("Intervals: percentile bootstrap over questions, 1000 resamples.")
        if self.by_tag:
            parts += ["## By tag", _markdown_table(_TAG_HEADER, (_tag_cells(tag) for tag in self.by_tag))]
        environment = ((_escape(name), _escape(value)) for name, value in self.environment.items())
        parts += ["## Environment", _markdown_table(("what", "value"), environment)]
        parts += ["## Wrong answers", *self._markdown_faults()]
        return "\n\n".join(parts) + "\n"

    def _markdown_faults(self) -> list[str]:
        faults = self.faults()
        if not faults:
            return ["None."]
        shown = faults[:_FAULTS_SHOWN]
        summary = f"{len(faults)} of {len(self.rows)} questions; "
        summary += "all of them" if len(shown) == len(faults) else f"the first {len(shown)}"
        rows = ([_escape(cell) for cell in _fault_cells(row)] for row in shown)
        return [summary + ", lowest F1 first, then most confident.", _markdown_table(_FAULT_HEADER, rows)]

    def to_table(self) -> Table:
        """The figures as a rich table; print it with `rich.print`."""
        from rich.table import Table

        table = Table(title=f"Evaluation on {len(self.rows)} questions")
        for position, heading in enumerate(_FIGURE_HEADER):
            table.add_column(heading, justify="left" if position == 0 else "right")
        for figure in self.figures:
            table.add_row(*_figure_cells(figure))
        return table


_FIGURE_HEADER = ("figure", "value", "95 % interval", "n")
_TAG_HEADER = ("tag", "n", "exact match", "F1", "answered (answerable)", "refused (unanswerable)")
_FAULT_HEADER = ("id", "what", "question", "expected", "best claim", "confidence", "F1", "rank")


def _figure_cells(figure: Figure) -> tuple[str, ...]:
    digits = 1 if figure.name.endswith("(ms)") else 3
    missing = figure.low is None or figure.high is None
    bounds = _MISSING if missing else f"{_number(figure.low, digits)} to {_number(figure.high, digits)}"
    return (figure.name, _number(figure.value, digits), bounds, str(figure.n))


def _tag_cells(tag: TagFigures) -> tuple[str, ...]:
    shares = (tag.exact_match, tag.f1, tag.answered, tag.refused)
    return (_escape(tag.tag), str(tag.n), *(_number(share) for share in shares))


def _fault_cells(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        row.fault or "",
        row.question,
        " / ".join(row.expected) or "(nothing)",
        row.best or "(nothing)",
        _number(row.confidence, 2),
        _number(row.f1, 2),
        _MISSING if row.rank is None else str(row.rank),
    )


def _number(value: float | None, digits: int = 3) -> str:
    return _MISSING if value is None else f"{value:.{digits}f}"


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(text: str) -> str:
    """One line, not too long, with nothing in it that Markdown would act on."""
    line = " ".join(text.split())
    if len(line) > _CELL_WIDTH:
        line = line[: _CELL_WIDTH - 1] + "…"
    return _MARKDOWN_SPECIAL.sub(r"\\\1", line)
