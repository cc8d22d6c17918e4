"""What an evaluation found, as JSON, Markdown, an HTML page or tables for the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from ragqa.evaluation import tables
from ragqa.evaluation.curves import ReliabilityBin, RiskCoveragePoint, reliability_bins, risk_coverage_points
from ragqa.evaluation.figures import (
    Figure,
    Row,
    TagFigures,
    calibration_columns,
    compute_figures,
    compute_tag_figures,
)
from ragqa.evaluation.tables import TextTable

if TYPE_CHECKING:
    from rich.table import Table

_FAULTS_SHOWN = 50
_CELL_WIDTH = 100
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&$])")


class Report(BaseModel):
    """The figures, the rows that they come from, and where they were measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figures: tuple[Figure, ...]
    by_tag: tuple[TagFigures, ...]
    rows: tuple[Row, ...]
    environment: dict[str, str] = Field(description="Machine, versions and models: latency means little without.")
    reliability: tuple[ReliabilityBin, ...] = Field(default=(), description="Lowest confidence first.")
    risk_coverage: tuple[RiskCoveragePoint, ...] = Field(default=(), description="Lowest coverage first.")

    @classmethod
    def from_rows(cls, rows: Sequence[Row], environment: Mapping[str, str]) -> Report:
        """Measure everything on the rows."""
        confidence, right = calibration_columns(rows)
        return cls(
            figures=compute_figures(rows),
            by_tag=compute_tag_figures(rows),
            rows=tuple(rows),
            environment=dict(environment),
            reliability=reliability_bins(confidence, right),
            risk_coverage=risk_coverage_points(confidence, right),
        )

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

    def to_html(self, *, command: str | None = None) -> str:
        """One page that needs nothing beside it: tables, diagrams, and wrong answers with their sources.

        `command` is the one that made the report, so that a reader can make it again.
        """
        from ragqa.evaluation.html import render

        return render(self, command)

    def to_markdown(self, *, command: str | None = None) -> str:
        """A page with the figures, the tables by tag, the curves, the environment and the worst answers.

        `command` is the one that made the report, so that a reader can make it again.
        """
        parts = ["# Evaluation"]
        if command is not None:
            parts.append(f"Made by:\n\n    {command}")
        parts += [markdown(tables.figure_table(self.figures)), _escape(tables.INTERVALS, None)]
        if self.by_tag:
            parts.append("## By tag")
            for table in tables.tag_tables(self.by_tag):
                parts += [f"### {table.title}", markdown(table)]
        parts += ["## Confidence", _escape(tables.CONFIDENCE, None)]
        for table in (tables.reliability_table(self.reliability), tables.risk_coverage_table(self.risk_coverage)):
            parts += [f"### {table.title}", markdown(table)]
        parts += ["## Environment", markdown(tables.environment_table(self.environment))]
        parts += ["## Wrong answers", *self._markdown_faults()]
        return "\n\n".join(parts) + "\n"

    def _markdown_faults(self) -> list[str]:
        faults = self.faults()
        if not faults:
            return ["None."]
        shown = faults[:_FAULTS_SHOWN]
        summary = f"{len(faults)} of {len(self.rows)} questions; "
        summary += "all of them" if len(shown) == len(faults) else f"the first {len(shown)}"
        table = TextTable("", _FAULT_HEADER, tuple(_fault_cells(row) for row in shown))
        return [summary + ", lowest F1 first, then most confident.", markdown(table)]

    def to_table(self) -> Table:
        """The figures as a rich table; print it with `rich.print`."""
        return _rich(tables.figure_table(self.figures), f"Evaluation on {len(self.rows)} questions")

    def to_tables(self) -> list[Table]:
        """That table and those by tag."""
        return [self.to_table(), *(_rich(table, table.title) for table in tables.tag_tables(self.by_tag))]


_FAULT_HEADER = ("id", "what", "question", "expected", "best claim", "confidence", "F1", "rank")


def _fault_cells(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        ", ".join(row.faults),
        row.question,
        " / ".join(row.expected) or "(nothing)",
        row.best or "(nothing)",
        tables.number(row.confidence, 2),
        tables.number(row.f1, 2),
        tables.MISSING if row.rank is None else str(row.rank),
    )


def _rich(table: TextTable, title: str) -> Table:
    from rich.markup import escape
    from rich.table import Table

    made = Table(title=title)
    for position, heading in enumerate(table.header):
        made.add_column(heading, justify="left" if position == 0 else "right", overflow="fold")
    for row in table.rows:
        made.add_row(*map(escape, row))
    return made


def markdown(table: TextTable) -> str:
    rows: Iterable[Sequence[str]] = ([_escape(cell) for cell in row] for row in table.rows)
    lines = [table.header, ["---"] * len(table.header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(text: str, width: int | None = _CELL_WIDTH) -> str:
    """One line, not too long, with nothing in it that Markdown would act on."""
    line = " ".join(text.split())
    if width is not None and len(line) > width:
        line = line[: width - 1] + "…"
    return _MARKDOWN_SPECIAL.sub(r"\\\1", line)
