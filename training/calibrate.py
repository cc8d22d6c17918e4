"""Fit the confidence of the reader that ships, on development data, and write its calibration.json.

    python training/calibrate.py --squad new_wiki_v1.0.json.gz

Two sets, of equal weight: eval/dev.jsonl over seeds/, and the development paragraphs of a SQuAD file as an open
corpus from which every other paragraph is left out, so that its questions are unanswerable. Logistic regression
(Platt 1999) from the best claim's score to "its F1 with a gold answer is at least 0.5"; the threshold is
the lowest one within half a point of the best mean of answerable questions answered and unanswerable ones refused.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from data import squad_examples
from sklearn.linear_model import LogisticRegression

import ragqa
from ragqa.evaluation import load_questions
from ragqa.evaluation.metrics import auroc, token_f1
from ragqa.reader import SHIPPED
from ragqa.resolve import Calibration

ROOT = Path(__file__).parents[1]
Asked = Sequence[tuple[str, Sequence[str]]]  # question and gold texts, none when unanswerable


def scores(index: ragqa.Index, asked: Asked) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best claim's score, whether it is right, and whether the question has an answer; each of shape (n,)."""
    index.__dict__["_calibration"] = Calibration(slope=1.0, intercept=0.0, min_confidence=0.0)
    found, right = [], []
    for answer, (_, golds) in zip(index.ask_many([question for question, _ in asked]), asked, strict=True):
        confidence = min(max(answer.confidence, 1e-15), 1 - 1e-15)
        found.append(math.log(confidence / (1 - confidence)))
        right.append(bool(golds) and token_f1(answer.text, golds) >= 0.5)
    return np.array(found), np.array(right), np.array([bool(golds) for _, golds in asked])


def seeds() -> tuple[ragqa.Index, Asked]:
    questions = load_questions(ROOT / "eval" / "dev.jsonl")
    return ragqa.Index.build(ROOT / "seeds"), [(q.question, q.texts) for q in questions]


def open_corpus(path: Path) -> tuple[ragqa.Index, Asked]:
    examples = [example for example in squad_examples(path) if example["split"] == "dev"]
    contexts = sorted({example["context"] for example in examples})
    kept = set(contexts[::2])
    asked = [
        (e["question"], [e["context"][a:b] for a, b in e["answers"]] if e["context"] in kept else []) for e in examples
    ]
    return ragqa.Index.build(
        [ragqa.Document(id=str(i), text=text) for i, text in enumerate(contexts) if text in kept]
    ), asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, required=True)
    arguments = parser.parse_args()
    sets = [scores(*seeds()), scores(*open_corpus(arguments.squad))]
    found, right, answerable = (np.concatenate(part) for part in zip(*sets, strict=True))
    weights = np.concatenate([np.full(len(part[0]), 1 / len(part[0])) for part in sets])
    fitted = LogisticRegression(C=1e6).fit(found[:, None], right, sample_weight=weights * len(found))
    calibration = Calibration(
        slope=round(float(fitted.coef_[0, 0]), 4),
        intercept=round(float(fitted.intercept_[0]), 4),
        min_confidence=0.5,
    )
    confidence = np.array([calibration.confidence(score) for score in found])
    limits = np.linspace(0.05, 0.95, 91)
    gains = [
        np.average((confidence >= t) == answerable, weights=weights * _balance(answerable, weights)) for t in limits
    ]
    # half a point more or less is chance: of the thresholds that are as good, the one that answers most
    best = round(float(min(t for t, gain in zip(limits, gains, strict=True) if gain >= max(gains) - 0.005)), 2)
    document = {
        **calibration.model_dump(),
        "min_confidence": best,
        "fitted_on": f"eval/dev.jsonl and development paragraphs of {arguments.squad.name.split('.')[0]} (CC BY 4.0)",
    }
    (SHIPPED / "calibration.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    print(json.dumps(document, indent=2))
    for name, (score, is_right, has_answer) in zip(("seeds", "open corpus"), sets, strict=True):
        sure = np.array([calibration.confidence(value) for value in score]) >= best
        print(
            f"{name}: {len(score)} questions, AUROC {auroc(score, has_answer):.3f}, "
            f"right {is_right[has_answer].mean():.3f}, answered {sure[has_answer].mean():.3f}, "
            f"refused {1 - sure[~has_answer].mean():.3f}"
        )


def _balance(answerable: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Factors that give answerable and unanswerable questions the same weight."""
    share = weights[answerable].sum() / weights.sum()
    return np.where(answerable, 0.5 / share, 0.5 / (1 - share))


if __name__ == "__main__":
    main()
