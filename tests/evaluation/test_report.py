from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from ragqa.evaluation.figures import Row, compute_figures, compute_tag_figures
from ragqa.evaluation.report import Report

from .fakes import row, unanswerable_row


def make(*rows: Row) -> Report:
    return Report(
        figures=compute_figures(rows),
        by_tag=compute_tag_figures(rows),
        rows=rows,
        environment={"python": "3.10", "reader": "tiny_one"},
    )


@pytest.fixture
def report() -> Report:
    return make(
        row("fine", tags=("easy",)),
        row("off", exact_match=0, f1=0.4, f1_best=0.4, got="golden calf", best="golden calf", rank=3),
        row("shy", exact_match=0, f1=0, got=None, abstained=True, cites_gold=None, confidence=0.2),
        row("bold", exact_match=0, f1=0, f1_best=0, got="lead", best="lead", cites_gold=False, rank=None),
        unanswerable_row("fooled", got="x", best="x", abstained=False, confidence=0.5),
        unanswerable_row("refused"),
    )


def test_json_round_trip(report: Report) -> None:
    assert Report.model_validate_json(report.to_json()) == report


def test_value(report: Report) -> None:
    assert report.value("F1") == pytest.approx(1.4 / 4)
    with pytest.raises(KeyError):
        report.value("F2")


def test_faults_come_lowest_f1_first_then_most_confident(report: Report) -> None:
    assert [faulty.id for faulty in report.faults()] == ["bold", "fooled", "shy", "off"]


def test_markdown_holds_every_figure(report: Report) -> None:
    text = report.to_markdown(command="python eval/run.py")
    assert "    python eval/run.py\n" in text
    for figure in report.figures:
        digits = 1 if "(ms)" in figure.name else 3
        value, low, high = (
            "n/a" if number is None else f"{number:.{digits}f}" for number in (figure.value, figure.low, figure.high)
        )
        bounds = "n/a" if figure.low is None else f"{low} to {high}"
        assert f"| {figure.name} | {value} | {bounds} | {figure.n} |\n" in text
    assert "| easy | 1 | 1.000 | 1.000 | 1.000 | n/a |" in text
    assert "| reader | tiny\\_one |" in text
    assert "4 of 6 questions; all of them" in text
    assert "| bold | wrong answer | bold? | gold | lead | 0.90 | 0.00 | n/a |" in text
    assert "| fooled | answered the unanswerable | fooled? | (nothing) | x | 0.50 | n/a | n/a |" in text
    assert "| fine |" not in text


def test_every_markdown_table_is_rectangular(report: Report) -> None:
    nasty = row("a|b\n# c", question="`x` | <b>\r\ny\\", exact_match=0, f1=0, tags=("t|u",), best="*" * 500)
    text = make(nasty, *report.rows).to_markdown()
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(tables) == 4
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", line))) for line in table.splitlines()}
        assert len(cells) == 1, table
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "*" * 200 not in text.replace("\\", "")


def test_the_list_of_wrong_answers_is_bounded() -> None:
    text = make(*(row(f"q{number}", exact_match=0, f1=0) for number in range(120))).to_markdown()
    assert "120 of 120 questions; the first 50," in text
    assert text.count("| wrong answer |") == 50
    assert "By tag" not in text


def test_a_flawless_run_says_so() -> None:
    assert make(row()).to_markdown().endswith("## Wrong answers\n\nNone.\n")


def test_table_for_the_terminal(report: Report) -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(report.to_table())
    assert isinstance(console.file, io.StringIO)
    printed = console.file.getvalue()
    assert "Evaluation on 6 questions" in printed
    for figure in report.figures:
        assert figure.name in printed
    assert "0.350" in printed
