"""From scores and support to the probability that a claim answers the question."""

from __future__ import annotations

import json
import math
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragqa.errors import ModelError


class Calibration(BaseModel):
    """Logistic regression (Platt 1999) fitted by training/calibrate.py, kept beside the reader's weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(gt=0, description="Of the log-odds, a point of score.")
    intercept: float = Field(
        description="Log-odds at score 0. A span as likely as the null answer has about 10 in a well-found passage."
    )
    support: float = Field(default=0.0, ge=0, description="Log-odds that one further document, sure of it, adds.")
    min_confidence: float = Field(ge=0, le=1, description="Below this an answer is an abstention.")
    min_rival: float = Field(
        default=0.25, ge=0, le=1, description="Below this a claim is too weak to contradict the answer."
    )
    fitted_on: str = Field(default="", description="Data that the numbers come from.")

    def confidence(self, score: float, support: float = 0.0) -> float:
        """The probability that a claim is right.

        Args:
            score: of its best span.
            support: how many further documents say it, each weighed by the confidence of its own span.
        """
        log_odds = self.intercept + self.slope * score + self.support * math.log2(1 + support)
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))

    @classmethod
    def load(cls, folder: Path | None) -> Calibration:
        """Read `folder/calibration.json`; a reader without one gets the logistic of its lead over the null answer.

        Raises:
            ModelError: the file is there and wrong.
        """
        path = (folder or Path()) / "calibration.json"
        if folder is None or not path.is_file():
            return cls(slope=1.0, intercept=-10.0, support=1.0, min_confidence=0.5)
        try:
            return cls.model_validate(json.loads(path.read_text("utf-8")))
        except (ValueError, ValidationError) as error:
            raise ModelError(f"{path}: not a calibration ({error}); make it with training/calibrate.py") from error
