"""The figures of a handful of rows, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ragqa.evaluation.figures import Row, compute_figures, compute_tag_figures

from .fakes import row, unanswerable_row

NAMES = [
    *("recall@1", "recall@5", "recall@10", "MRR", "exact match", "F1", "F1 (best claim)"),
    *("citation validity", "citation correctness", "abstention AUROC", "answered (answerable)"),
    *("refused (unanswerable)", "calibration error", "calibration error by chance", "risk-coverage area"),
    *("coverage", "selective risk", "conflict precision", "conflict recall", "conflict F1"),
    *("latency p50 (ms)", "latency p95 (ms)"),
]
ROWS = [
    row("right", conflict_expected=True, conflict_got=True, latency_ms=10, tags=("x", "y")),
    row("half", exact_match=0, f1=0.5, f1_best=0.5, rank=2, confidence=0.6, latency_ms=20, conflict_got=True),
    row("silent", got=None, abstained=True, exact_match=0, f1=0, rank=10, confidence=0.3, cites_gold=None,
        latency_ms=30, conflict_expected=True, tags=("y",)),
    row("wrong", exact_match=0, f1=0, f1_best=0, rank=None, confidence=0.8, cites_gold=False, latency_ms=40,
        conflict_expected=True, citations=3, valid_citations=1, tags=("y",)),
    unanswerable_row("refused", confidence=0.3, latency_ms=50, tags=("y", "z")),
    unanswerable_row("fooled", got="x", abstained=False, confidence=0.7, latency_ms=60, tags=("z",)),
]  # fmt: skip


def test_every_figure() -> None:
    figures = {figure.name: (figure.value, figure.n) for figure in compute_figures(ROWS)}
    assert list(figures) == NAMES
    assert figures == {
        "recall@1": (1 / 4, 4),
        "recall@5": (2 / 4, 4),
        "recall@10": (3 / 4, 4),
        "MRR": (pytest.approx((1 + 1 / 2 + 1 / 10) / 4), 4),
        "exact match": (1 / 4, 4),
        "F1": (1.5 / 4, 4),
        "F1 (best claim)": (2.5 / 4, 4),
        "citation validity": (6 / 8, 8),
        "citation correctness": (pytest.approx(2 / 3), 3),
        # answerable .9 .6 .3 .8 against .3 and .7: 2 + 1 + 1/2 + 2 of 8 pairs
        "abstention AUROC": (5.5 / 8, 6),
        "answered (answerable)": (3 / 4, 4),
        "refused (unanswerable)": (1 / 2, 2),
        # one bin: mean confidence 3.6 / 6, three of six right ("half" and "silent" have an F1 of 0.5 and more)
        "calibration error": (pytest.approx(0.1), 6),
        "calibration error by chance": (pytest.approx(0.14, abs=0.02), 6),
        # by confidence right, wrong, fooled, half, then silent and refused, equal: 0 1 2 2 2.5 3 errors among 1 to 6
        "risk-coverage area": (pytest.approx((1 / 2 + 2 / 3 + 2 / 4 + 2.5 / 5 + 3 / 6) / 6), 6),
        "coverage": (pytest.approx(4 / 6), 6),
        "selective risk": (2 / 4, 4),
        "conflict precision": (1 / 2, 2),
        "conflict recall": (pytest.approx(1 / 3), 3),
        "conflict F1": (2 / 5, 4),
        "latency p50 (ms)": (35, 6),
        "latency p95 (ms)": (57.5, 6),
    }


def test_intervals_hold_the_values() -> None:
    for figure in compute_figures(ROWS * 10):
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high, figure.name
        if "p95" not in figure.name:  # ten of sixty take the longest time, in every resample
            assert figure.low < figure.high, figure.name


def test_figures_by_tag() -> None:
    x, y, z = compute_tag_figures(ROWS)
    assert (x.tag, x.n, x.exact_match, x.f1, x.answered, x.refused) == ("x", 1, 1, 1, 1, None)
    assert (y.tag, y.n, y.refused) == ("y", 4, 1)
    assert (y.exact_match, y.f1, y.answered) == pytest.approx((1 / 3, 1 / 3, 2 / 3))
    assert (z.tag, z.n, z.exact_match, z.f1, z.answered, z.refused) == ("z", 2, None, None, None, 0.5)


def test_figures_by_tag_have_intervals_and_conflicts_where_there_are_any() -> None:
    x, y, z = compute_tag_figures(ROWS * 3)
    shared = [
        "exact match",
        "F1",
        "answered (answerable)",
        "refused (unanswerable)",
        "calibration error",
        *NAMES[14:17],
    ]
    assert [figure.name for figure in z.figures] == shared
    assert [figure.name for figure in y.figures] == [*shared, "conflict precision", "conflict recall", "conflict F1"]
    by_name = {figure.name: figure for figure in y.figures}
    assert (by_name["exact match"].value, by_name["F1"].value) == (y.exact_match, y.f1)
    assert (by_name["answered (answerable)"].value, by_name["refused (unanswerable)"].value) == (y.answered, y.refused)
    assert by_name["conflict recall"].value == pytest.approx(1 / 3)
    for figure in y.figures:
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
    assert {figure.name: figure.value for figure in x.figures}["conflict F1"] == 1


def test_one_question_has_no_interval() -> None:
    for figure in compute_figures([row()]):
        assert figure.name == "calibration error by chance" or (figure.low, figure.high) == (None, None)


def test_what_cannot_be_measured_has_no_value() -> None:
    figures = {figure.name: figure for figure in compute_figures([unanswerable_row()])}
    for name in [*NAMES[:7], "citation correctness", "abstention AUROC", "conflict F1"]:
        assert (figures[name].value, figures[name].low, figures[name].high, figures[name].n) == (
            *(None, None, None),
            1 if name == "abstention AUROC" else 0,
        )
    assert figures["refused (unanswerable)"].value == 1


def test_only_unanswerable_questions_have_no_right_claim() -> None:
    figures = {figure.name: figure.value for figure in compute_figures([unanswerable_row(), unanswerable_row("v")])}
    assert (figures["calibration error"], figures["risk-coverage area"]) == (pytest.approx(0.1), 1)
    assert (figures["coverage"], figures["selective risk"]) == (0, None)


def test_a_row_is_right_from_an_f1_of_a_half_on() -> None:
    assert row(f1_best=0.5).right
    assert row(f1_best=1.0, abstained=True, got=None).right
    assert not row(f1_best=0.49).right
    assert not unanswerable_row().right


@pytest.mark.parametrize(
    ("measured", "faults"),
    [
        (row(), ()),
        (row(conflict_got=True), ("conflict invented",)),
        (row(exact_match=0, f1=0, conflict_expected=True), ("wrong answer", "conflict missed")),
        (unanswerable_row(got="x", abstained=False, conflict_got=True),
         ("answered the unanswerable", "conflict invented")),
        (row(exact_match=0, f1=0, got=None, abstained=True, conflict_expected=True), ("abstained",)),
    ],
)  # fmt: skip
def test_faults(measured: Row, faults: tuple[str, ...]) -> None:
    assert measured.faults == faults


@pytest.mark.parametrize(
    ("measured", "fault"),
    [
        (row(), None),
        (row(exact_match=0, f1=0.5), "not exact"),
        (row(exact_match=0, f1=0), "wrong answer"),
        (row(exact_match=0, f1=0, got=None, abstained=True), "abstained"),
        (unanswerable_row(), None),
        (unanswerable_row(abstained=False, got="x"), "answered the unanswerable"),
        (row(conflict_expected=True), "conflict missed"),
        (row(conflict_got=True), "conflict invented"),
        (unanswerable_row(conflict_got=True), "conflict invented"),
    ],
)
def test_fault(measured: Row, fault: Any) -> None:
    assert measured.fault == fault
