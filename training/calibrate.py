"""Fit the confidence of the reader that ships, on development data, and write its calibration.json.

    python training/calibrate.py --examples training/runs/*.jsonl

Corpora of open_corpora.py, of equal weight: those whose questions can be told without their paragraph. (Of a review, a
forum post or a privacy policy one asks "How is the battery?", which other paragraphs answer too.)

- Slope and intercept: logistic regression (Platt 1999) from the best claim's score to "its F1 with a gold answer is at
  least 0.5".
- Support: of SUPPORT, the weight of further documents under which such a regression has the least log loss.
- Threshold: that which misses least, on average over the corpora, of ANSWERED answerable questions answered and REFUSED
  unanswerable ones refused; the middle of those within half a point.
- Least confidence of a rival: the middle of those within half a point of the best F1 of conflicts, over all corpora.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from open_corpora import RAW, SYNTHETIC, Outcome, Reading, corpora, outcome, read
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import ragqa
from ragqa.calibration import Calibration
from ragqa.evaluation.metrics import auroc
from ragqa.evaluation.metrics import f1 as conflict_f1
from ragqa.reader import SHIPPED

SUPPORT = (0.05, 0.1, 0.25, 0.5, 1.0)  # never nothing: what more sources say is more certain
ANSWERED, REFUSED = 0.9, 0.85  # shares that abstention aims at
NEAR = 0.005  # half a point more or less is chance


def fit(readings: Sequence[Reading]) -> Calibration:
    calibrations = [_platt(readings, support) for support in SUPPORT]
    losses = [_loss(readings, calibration) for calibration in calibrations]
    calibration = calibrations[int(np.argmin(losses))]
    calibration = calibration.model_copy(update={"min_confidence": _threshold(readings, calibration)})
    return calibration.model_copy(update={"min_rival": _least_rival(readings, calibration)})


def _platt(readings: Sequence[Reading], support: float) -> Calibration:
    """Support is weighed after a regression; slope and intercept are then fitted once more to what comes out."""
    alone = _regression([outcome(reading) for reading in readings])
    together = alone.model_copy(update={"support": support})
    again = _regression([outcome(reading, together) for reading in readings])
    return Calibration(
        slope=round(alone.slope * again.slope, 4),
        intercept=round(alone.intercept * again.slope + again.intercept, 4),
        support=round(support * again.slope, 4),
        min_confidence=0.5,
    )


def _regression(found: Sequence[Outcome]) -> Calibration:
    scores, right, weights = _pooled(found)
    fitted = LogisticRegression(C=1e6).fit(scores[:, None], right, sample_weight=weights)
    return RAW.model_copy(update={"slope": float(fitted.coef_[0, 0]), "intercept": float(fitted.intercept_[0])})


def _loss(readings: Sequence[Reading], calibration: Calibration) -> float:
    scores, right, weights = _pooled([outcome(reading, calibration) for reading in readings])
    return float(log_loss(right, 1 / (1 + np.exp(-scores)), sample_weight=weights))


def _pooled(found: Sequence[Outcome]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, whether right, and weights under which each corpus counts the same."""
    total = sum(len(one.scores) for one in found) / len(found)
    weights = [np.full(len(one.scores), total / len(one.scores)) for one in found]
    return np.concatenate([f.scores for f in found]), np.concatenate([f.right for f in found]), np.concatenate(weights)


def _threshold(readings: Sequence[Reading], calibration: Calibration) -> float:
    found = [outcome(reading, calibration) for reading in readings]
    limits = np.linspace(0.05, 0.95, 91)
    return _middle(limits, [-np.mean([_shortfall(one, limit) for one in found]) for limit in limits])


def _shortfall(found: Outcome, limit: float) -> float:
    """How much is missing to both aims, were answers below this confidence refused."""
    sure, answerable = 1 / (1 + np.exp(-found.scores)) >= limit, found.answerable
    missing = ANSWERED - sure[answerable].mean(), REFUSED - (~sure[~answerable]).mean()
    return float(sum(max(one, 0.0) for one in missing))


def _least_rival(readings: Sequence[Reading], calibration: Calibration) -> float:
    limits = np.linspace(0.06, 0.5, 23)
    gains = []
    for limit in limits:
        found = [outcome(reading, calibration.model_copy(update={"min_rival": limit})) for reading in readings]
        expected, got = (np.concatenate([getattr(one, name) for one in found]) for name in ("expected", "conflict"))
        gains.append(conflict_f1(expected, got) or 0.0)
    return _middle(limits, gains)


def _middle(limits: np.ndarray, gains: Sequence[float]) -> float:
    as_good = [limit for limit, gain in zip(limits, gains, strict=True) if gain >= max(gains) - NEAR]
    return round(float(np.median(as_good)), 2)


def report(name: str, found: Outcome, calibration: Calibration) -> str:
    confidence = 1 / (1 + np.exp(-found.scores))
    sure, yes = confidence >= calibration.min_confidence, found.answerable
    text = (
        f"{name}: {len(yes)} questions, AUROC {auroc(found.scores, yes):.3f}, right {found.right[yes].mean():.3f}, "
        f"answered {sure[yes].mean():.3f}, refused {1 - sure[~yes].mean():.3f}, "
        f"mean confidence off by {abs(confidence.mean() - found.right.mean()):.3f}, "
        f"conflicts {(found.expected & found.conflict).sum()} right of {found.conflict.sum()} found"
    )
    return f"{text} and {found.expected.sum()} there"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--corpora", nargs="+", default=["seeds", "squadshifts/new_wiki_v1", SYNTHETIC])
    parser.add_argument("--sample", type=int, default=600, help="questions of a corpus")
    arguments = parser.parse_args()
    chosen = [c for c in corpora(arguments.examples, arguments.sample) if c.name in arguments.corpora]
    readings = [read(corpus, ragqa.Index.build(corpus.source)) for corpus in chosen]
    calibration = fit(readings)
    names = ", ".join(corpus.name for corpus in chosen)
    document = {**calibration.model_dump(), "fitted_on": f"development questions of {names}"}
    (SHIPPED / "calibration.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    print(json.dumps(document, indent=2))
    for corpus, reading in zip(chosen, readings, strict=True):
        print(report(corpus.name, outcome(reading, calibration), calibration))


if __name__ == "__main__":
    main()
