"""The reliability diagram and the risk-coverage curve as points, to draw or to print."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ragqa.evaluation import metrics
from ragqa.evaluation.metrics import Flags, Floats


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReliabilityBin(_Frozen):
    """Questions of about one confidence, and how many of their best claims are right."""

    n: int = Field(description="How many questions.")
    lowest: float = Field(description="The lowest of their confidences.")
    highest: float = Field(description="The highest of them.")
    confidence: float = Field(description="Their mean confidence.")
    right: float = Field(description="Share whose best claim is right; equal to `confidence` if well calibrated.")
    low: float = Field(description="Of `right`, the lower end of the 95 % interval (Wilson).")
    high: float = Field(description="Its upper end.")


class RiskCoveragePoint(_Frozen):
    """What a threshold on the confidence would answer."""

    threshold: float = Field(description="As `min_confidence`: answer from here up.")
    coverage: float = Field(description="Share of all questions that it answers.")
    risk: float = Field(description="Share of those that are wrong.")


def reliability_bins(confidence: Floats, right: Flags) -> tuple[ReliabilityBin, ...]:
    """The bins of `metrics.calibration_error` that hold questions, lowest confidence first.

    Args:
        confidence: probability that the best claim is right, shape (n,).
        right: whether it is, shape (n,).
    """
    places = metrics.equal_mass_bins(confidence)
    return tuple(_bin(confidence[places == place], right[places == place]) for place in np.unique(places))


def _bin(confidence: Floats, right: Flags) -> ReliabilityBin:
    n, successes = len(right), int(right.sum())
    low, high = metrics.wilson_interval(successes, n)
    return ReliabilityBin(
        n=n,
        lowest=float(confidence.min()),
        highest=float(confidence.max()),
        confidence=float(confidence.mean()),
        right=successes / n,
        low=low,
        high=high,
    )


def risk_coverage_points(confidence: Floats, right: Flags) -> tuple[RiskCoveragePoint, ...]:
    """The points of `metrics.risk_coverage`, highest threshold, hence lowest coverage, first.

    Args:
        confidence: shape (n,).
        right: shape (n,).
    """
    columns = (column.tolist() for column in metrics.risk_coverage(confidence, right))
    return tuple(
        RiskCoveragePoint(threshold=threshold, coverage=coverage, risk=risk)
        for threshold, coverage, risk in zip(*columns, strict=True)
    )
