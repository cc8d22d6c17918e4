"""Calibration error and risk-coverage against values worked out by hand, and what must hold for all inputs."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.evaluation import metrics
from ragqa.evaluation.curves import reliability_bins, risk_coverage_points

T, F = True, False
JUDGED = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40)


def arrays(confidence: list[float], right: list[bool]) -> tuple[metrics.Floats, metrics.Flags]:
    return np.array(confidence, dtype=np.float64), np.array(right, dtype=np.bool_)


@pytest.mark.parametrize(
    ("confidence", "right", "bins", "expected"),
    [
        # halves (.1 .2) and (.8 .9): |.15 - .5| and |.85 - .5|, two of four questions each
        ([0.1, 0.2, 0.8, 0.9], [F, T, T, F], 2, 0.35),
        ([0.9, 0.1, 0.8, 0.2], [F, F, T, T], 2, 0.35),
        ([0.1, 0.2, 0.8, 0.9], [F, T, T, F], None, 0),  # four questions are one bin: .5 and .5
        ([0.1, 0.2, 0.8, 0.9], [F, T, T, F], 4, (0.1 + 0.8 + 0.2 + 0.9) / 4),
        ([0.1, 0.2, 0.8, 0.9], [F, F, T, T], 100, (0.1 + 0.2 + 0.2 + 0.1) / 4),
        ([0.5, 0.5, 0.5, 0.5], [T, T, F, F], 2, 0),  # equal confidences are not torn apart
        ([1.0, 1.0], [T, T], None, 0),
        ([1.0, 1.0], [F, F], None, 1),
        ([0.7], [T], None, 0.3),
    ],
)
def test_calibration_error(confidence: list[float], right: list[bool], bins: int | None, expected: float) -> None:
    assert metrics.calibration_error(*arrays(confidence, right), bins) == pytest.approx(expected)


def test_no_questions_have_no_figures() -> None:
    none = arrays([], [])
    assert metrics.calibration_error(*none) is None
    assert metrics.calibration_error_by_chance(none[0]) is None
    assert metrics.risk_coverage_area(*none) is None
    assert reliability_bins(*none) == risk_coverage_points(*none) == ()


@pytest.mark.parametrize(("n", "bins"), [(1, 1), (19, 1), (20, 2), (99, 9), (100, 10), (5000, 10)])
def test_ten_bins_or_as_many_as_ten_questions_each_make(n: int, bins: int) -> None:
    places = metrics.equal_mass_bins(np.random.default_rng(0).permutation(n) / n)
    counts = np.bincount(places)
    assert len(counts) == bins
    assert counts.max() - counts.min() <= 1


def test_bins_keep_equal_confidences_together_and_the_order() -> None:
    assert metrics.equal_mass_bins(np.array([0.9] * 5 + [0.1] + [0.9] * 4), 2).tolist() == [1] * 5 + [0] + [1] * 4
    assert metrics.equal_mass_bins(np.array([0.3, 0.1, 0.2, 0.4]), 2).tolist() == [1, 0, 0, 1]


def test_reliability_bins() -> None:
    confidence, right = arrays([i / 100 for i in range(20)], [F] * 10 + [T] * 9 + [F])
    low, high = reliability_bins(confidence, right)
    assert (low.n, low.lowest, low.highest, low.right) == (10, 0, 0.09, 0)
    assert (high.n, high.lowest, high.highest, high.right) == (10, 0.1, 0.19, 0.9)
    assert (low.confidence, high.confidence) == pytest.approx((0.045, 0.145))
    assert (low.low, low.high) == pytest.approx((0, 0.2775), abs=1e-4)


@pytest.mark.parametrize(
    ("successes", "n", "expected"),
    [(5, 10, (0.2366, 0.7634)), (0, 10, (0, 0.2775)), (10, 10, (0.7225, 1)), (1, 1, (0.2065, 1))],
)
def test_wilson_interval(successes: int, n: int, expected: tuple[float, float]) -> None:
    assert metrics.wilson_interval(successes, n) == pytest.approx(expected, abs=1e-4)


def test_perfect_calibration_measures_the_error_by_chance() -> None:
    generator = np.random.default_rng(1)
    confidence = generator.random(120)
    chance = metrics.calibration_error_by_chance(confidence)
    assert chance is not None
    mean, low, high = chance
    assert low < mean < high
    within = 0
    for _ in range(100):
        error = metrics.calibration_error(confidence, generator.random(120) < confidence)
        assert error is not None
        within += low <= error <= high
    assert within >= 88
    assert metrics.calibration_error_by_chance(np.ones(5)) == (0, 0, 0)


def test_the_risk_coverage_curve() -> None:
    confidence, right = arrays([0.6, 0.9, 0.7, 0.8], [F, T, T, F])
    points = [(point.threshold, point.coverage, point.risk) for point in risk_coverage_points(confidence, right)]
    assert points == [(0.9, 0.25, 0), (0.8, 0.5, 0.5), (0.7, 0.75, pytest.approx(1 / 3)), (0.6, 1, 0.5)]
    tied = risk_coverage_points(*arrays([0.5, 0.9, 0.5], [F, T, T]))
    assert [point.coverage for point in tied] == pytest.approx([1 / 3, 1])
    assert [point.risk for point in tied] == pytest.approx([0, 1 / 3])


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [
        ([0.9, 0.8, 0.7, 0.6], [T, F, T, F], (0 + 1 / 2 + 1 / 3 + 2 / 4) / 4),
        ([0.9, 0.8], [T, T], 0),
        ([0.9, 0.8, 0.1], [F, F, F], 1),  # as when all are unanswerable
        ([0.9, 0.5, 0.5], [T, T, F], (0 + 0.5 / 2 + 1 / 3) / 3),
        ([0.5, 0.5, 0.5, 0.5], [T, F, F, T], 0.5),  # no information: the risk of answering everything
        ([0.4], [T], 0),
        ([0.4], [F], 1),
    ],
)
def test_risk_coverage_area(confidence: list[float], right: list[bool], expected: float) -> None:
    assert metrics.risk_coverage_area(*arrays(confidence, right)) == pytest.approx(expected)


@given(JUDGED.filter(lambda judged: len(judged) <= 6))
def test_ties_count_as_the_mean_over_all_orders(judged: list[tuple[float, bool]]) -> None:
    areas = []
    for order in permutations(judged):
        if [confidence for confidence, _ in order] == sorted((c for c, _ in judged), reverse=True):
            wrong = np.cumsum([not right for _, right in order])
            areas.append((wrong / np.arange(1, len(order) + 1)).mean())
    area = metrics.risk_coverage_area(*arrays([c for c, _ in judged], [right for _, right in judged]))
    assert area == pytest.approx(np.mean(areas))


@given(JUDGED, st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter(judged: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(judged)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (arrays([c for c, _ in some], [right for _, right in some]) for some in (judged, shuffled))
    assert metrics.calibration_error(*one) == pytest.approx(metrics.calibration_error(*other))
    assert metrics.risk_coverage_area(*one) == pytest.approx(metrics.risk_coverage_area(*other))
    assert risk_coverage_points(*one) == risk_coverage_points(*other)


@given(JUDGED)
def test_what_holds_for_all_questions(judged: list[tuple[float, bool]]) -> None:
    confidence, right = arrays([c for c, _ in judged], [right for _, right in judged])
    error, area = metrics.calibration_error(confidence, right), metrics.risk_coverage_area(confidence, right)
    assert error is not None
    assert area is not None
    assert abs(confidence.mean() - right.mean()) - 1e-9 <= error <= 1  # one bin is the least that bins can find
    assert 0 <= area <= 1
    bins, points = reliability_bins(confidence, right), risk_coverage_points(confidence, right)
    assert sum(each.n for each in bins) == len(judged)
    assert sum(each.n * abs(each.confidence - each.right) for each in bins) / len(judged) == pytest.approx(error)
    assert (points[-1].coverage, points[-1].risk) == pytest.approx((1, 1 - right.mean()))
    assert [point.coverage for point in points] == sorted(point.coverage for point in points)
