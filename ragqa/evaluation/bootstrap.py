"""Confidence intervals for any statistic of the questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# Of one row a question; None where a resample leaves the statistic undefined.
Statistic = Callable[..., float | None]
Method = Literal["percentile", "hull"]


def interval(
    statistic: Statistic,
    *columns: NDArray[Any],
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    method: Method = "percentile",
) -> tuple[float, float] | None:
    """Bootstrap interval of `statistic(*columns)`, over questions.

    Draw as many questions as there are, with replacement, `resamples` times. The percentile interval runs from the
    (1 - level) / 2 quantile q to the (1 + level) / 2 quantile r of the statistic of those draws. The hull is that and
    the basic interval, which mirrors it about the value v of the questions themselves, 2v - r to 2v - q: for
    statistics that noise only adds to. What resampling adds to v, sampling has added to the truth, so that the
    percentiles can all lie above it; the basic interval alone is far too narrow where v happens to be near 0.
    The hull always holds v, and can leave the statistic's range.

    Resamples that leave the statistic undefined are left out; None when all do, or the questions themselves. The
    columns are resampled together, one row a question. Sources: Efron and Tibshirani 1993, "An Introduction to
    the Bootstrap", chapter 13; Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 5.2.
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
    low, high = (float(bound) for bound in np.quantile(defined, [(1 - level) / 2, (1 + level) / 2]))
    if method == "percentile":
        return low, high
    value = statistic(*columns)
    return None if value is None else (min(low, 2 * value - high), max(high, 2 * value - low))
