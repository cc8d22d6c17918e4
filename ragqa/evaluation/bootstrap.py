"""Confidence intervals for any statistic of the questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of one row a question; None where a resample leaves the statistic undefined.
Statistic = Callable[..., float | None]


def interval(
    statistic: Statistic,
    *columns: NDArray[Any],
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of `statistic(*columns)`, over questions.

    Draw as many questions as there are, with replacement, `resamples` times; the interval runs from the
    (1 - level) / 2 to the (1 + level) / 2 quantile of the statistic of those draws. Resamples that leave it
    undefined are left out; None when all do. The columns are resampled together, one row a question.
    Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    count = len(columns[0])
    if not count:
        return None
    # One generator a call: every figure of a report is measured on the same resamples.
    generator = np.random.default_rng(seed)
    drawn = (generator.integers(count, size=count) for _ in range(resamples))
    outcomes = (statistic(*(column[rows] for column in columns)) for rows in drawn)
    defined = [outcome for outcome in outcomes if outcome is not None]
    if not defined:
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
