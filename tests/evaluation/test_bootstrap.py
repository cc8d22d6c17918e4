from __future__ import annotations

import time

import numpy as np
import pytest

from ragqa.evaluation import metrics
from ragqa.evaluation.bootstrap import Method, interval


def mean(values: metrics.Floats) -> float:
    return float(values.mean())


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).random(50)
    assert interval(mean, values) == interval(mean, values)
    assert interval(mean, values) != interval(mean, values, seed=1)


def test_the_interval_is_that_of_theory_for_a_mean() -> None:
    values = np.array([0.0] * 200 + [1.0] * 200)
    bounds = interval(mean, values)
    assert bounds is not None
    # 0.5 -+ 1.96 * sqrt(0.25 / 400)
    assert bounds == pytest.approx((0.451, 0.549), abs=0.006)


def test_it_holds_the_point_value_and_narrows_with_more_questions() -> None:
    generator = np.random.default_rng(3)
    widths = []
    for count in (30, 300, 3000):
        values = generator.exponential(size=count)
        bounds = interval(mean, values)
        assert bounds is not None
        assert bounds[0] < values.mean() < bounds[1]
        widths.append(bounds[1] - bounds[0])
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_about_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(4)
    held = 0
    for seed in range(300):
        bounds = interval(mean, generator.random(60), resamples=200, seed=seed)
        assert bounds is not None
        held += bounds[0] <= 0.5 <= bounds[1]
    assert 0.88 < held / 300 < 0.99  # the method is known to cover slightly less than 0.95 of few values


def test_the_hull_holds_the_percentiles_and_their_mirror_image() -> None:
    values = np.random.default_rng(6).exponential(size=40)
    percentile, hull = interval(mean, values), interval(mean, values, method="hull")
    assert percentile is not None
    (low, high), value = percentile, values.mean()
    assert hull == pytest.approx((min(low, 2 * value - high), max(high, 2 * value - low)))


def test_the_hull_holds_the_truth_of_a_figure_that_noise_adds_to() -> None:
    generator = np.random.default_rng(7)
    held: dict[Method, int] = {"percentile": 0, "hull": 0}
    for seed in range(60):
        confidence = generator.uniform(0.1, 1, size=120)
        right = generator.random(120) < confidence - 0.1  # so the true error is 0.1
        for method in held:
            bounds = interval(metrics.calibration_error, confidence, right, resamples=100, seed=seed, method=method)
            assert bounds is not None
            held[method] += bounds[0] <= 0.1 <= bounds[1]
    assert held["hull"] / 60 > 0.9
    assert held["percentile"] / 60 < 0.8


def test_a_lower_level_is_narrower() -> None:
    values = np.arange(100.0)
    wide, narrow = interval(mean, values), interval(mean, values, level=0.5)
    assert wide is not None
    assert narrow is not None
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_columns_are_resampled_together() -> None:
    values = np.arange(20.0)
    assert interval(lambda one, other: float(np.abs(one - other).max()), values, values) == (0, 0)


def test_undefined_resamples_are_left_out() -> None:
    # With two questions, half of the resamples lack a class; the others all give 1.
    scores, labels = np.array([0.9, 0.1]), np.array([True, False])
    assert interval(metrics.auroc, scores, labels) == (1, 1)
    assert interval(metrics.auroc, scores, np.array([True, True])) is None
    assert interval(mean, np.array([])) is None


def test_it_is_quick_for_ten_thousand_questions() -> None:
    generator = np.random.default_rng(5)
    scores, labels = generator.random(10_000), generator.random(10_000) < 0.5
    began = time.perf_counter()
    bounds = interval(metrics.auroc, scores, labels)
    assert time.perf_counter() - began < 10  # about 1 s; a loop over questions takes minutes
    assert bounds is not None
    assert bounds[0] < 0.5 < bounds[1]
