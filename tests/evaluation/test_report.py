from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

from ragqa.evaluation.figures import Row
from ragqa.evaluation.report import Report

from .fakes import row, unanswerable_row


def make(*rows: Row) -> Report:
    return Report.from_rows(rows, {"python": "3.10", "reader": "tiny_one"})


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


def test_reports_of_before_the_curves_can_be_read(report: Report) -> None:
    document = json.loads(report.to_json())
    del document["reliability"], document["risk_coverage"]
    for tag in document["by_tag"]:
        del tag["figures"]
    for measured in document["rows"]:
        del measured["sources"]
    old = Report.model_validate_json(json.dumps(document))
    assert old.figures == report.figures
    assert old.to_markdown()
    assert old.to_html()
    assert len(old.to_tables()) == 1


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
    assert len(tables) == 7
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", line))) for line in table.splitlines()}
        assert len(cells) == 1, table
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "*" * 200 not in text.replace("\\", "")


def test_markdown_holds_intervals_by_tag_and_the_curves() -> None:
    rows = [row(f"q{i}", tags=("odd",) if i % 2 else ("even",), conflict_expected=i == 3, conflict_got=i == 3)
            for i in range(40)]  # fmt: skip
    text = make(*rows[:30], *(row(f"w{i}", exact_match=0, f1=0, f1_best=0, confidence=0.4, tags=("even",))
                              for i in range(15))).to_markdown()  # fmt: skip
    assert re.search(r"^\| even \| 30 \| 0\.500 \(0\.3\d–0\.[67]\d\) \|", text, flags=re.MULTILINE)
    assert "### Conflicts by tag" in text
    assert "| odd | 15 | 1.000 | 1.000 | 1.000 |" in text  # one question: no interval
    assert "| 0.900 to 0.900 | 30 | 0.900 | 1.000 |" in text
    assert "| 0.667 | 0.000 | 0.900 |\n| 1.000 | 0.333 | 0.400 |" in text


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
