"""Fit the confidence of the reader that ships, on development data, and write its calibration.json.

    python training/calibrate.py --examples training/runs/*.jsonl

Corpora of open_corpora.py, of equal weight: those whose questions can be told without their paragraph. (Of a review, a
forum post or a privacy policy one asks "How is the battery?", which other paragraphs answer too.) Logistic regression
(Platt 1999) from the best claim's score to "its F1 with a gold answer is at least 0.5"; the threshold is the middle of
those within half a point of the best mean of answerable questions answered and unanswerable ones refused.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from open_corpora import SYNTHETIC, Corpus, Outcome, corpora, outcome
from sklearn.linear_model import LogisticRegression

import ragqa
from ragqa.calibration import Calibration
from ragqa.evaluation.metrics import auroc
from ragqa.reader import SHIPPED


def fit(found: list[Outcome]) -> Calibration:
    scores = np.concatenate([outcome.scores for outcome in found])
    right = np.concatenate([outcome.right for outcome in found])
    answerable = np.concatenate([outcome.answerable for outcome in found])
    weights = np.concatenate([np.full(len(outcome.scores), 1 / len(outcome.scores)) for outcome in found])
    fitted = LogisticRegression(C=1e6).fit(scores[:, None], right, sample_weight=weights * len(scores))
    calibration = Calibration(
        slope=round(float(fitted.coef_[0, 0]), 4),
        intercept=round(float(fitted.intercept_[0]), 4),
        min_confidence=0.5,
    )
    confidence = np.array([calibration.confidence(score) for score in scores])
    share = weights[answerable].sum() / weights.sum()
    weights *= np.where(answerable, 0.5 / share, 0.5 / (1 - share))  # answerable and unanswerable count the same
    limits = np.linspace(0.05, 0.95, 91)
    gains = [np.average((confidence >= limit) == answerable, weights=weights) for limit in limits]
    # half a point more or less is chance
    as_good = [limit for limit, gain in zip(limits, gains, strict=True) if gain >= max(gains) - 0.005]
    best = np.median(as_good)
    return calibration.model_copy(update={"min_confidence": round(float(best), 2)})


def report(corpus: Corpus, found: Outcome, calibration: Calibration) -> str:
    confidence = np.array([calibration.confidence(score) for score in found.scores])
    sure, yes = confidence >= calibration.min_confidence, found.answerable
    error = abs(confidence.mean() - found.right.mean())
    return (
        f"{corpus.name}: {len(yes)} questions, AUROC {auroc(found.scores, yes):.3f}, "
        f"right {found.right[yes].mean():.3f}, answered {sure[yes].mean():.3f}, "
        f"refused {1 - sure[~yes].mean():.3f}, mean confidence off by {error:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--corpora", nargs="+", default=["seeds", "squadshifts/new_wiki_v1", SYNTHETIC])
    parser.add_argument("--sample", type=int, default=600, help="questions of a corpus")
    arguments = parser.parse_args()
    chosen = [c for c in corpora(arguments.examples, arguments.sample) if c.name in arguments.corpora]
    found = [outcome(corpus, ragqa.Index.build(corpus.source)) for corpus in chosen]
    calibration = fit(found)
    names = ", ".join(corpus.name for corpus in chosen)
    document = {**calibration.model_dump(), "fitted_on": f"development questions of {names}"}
    (SHIPPED / "calibration.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    print(json.dumps(document, indent=2))
    for corpus, result in zip(chosen, found, strict=True):
        print(report(corpus, result, calibration))


if __name__ == "__main__":
    main()
