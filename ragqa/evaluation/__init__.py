"""Measure an index on a question set: retrieval, answers, citations, abstention, conflicts and latency.

Not imported by `import ragqa`: only who evaluates pays for it.
"""

from ragqa.evaluation.curves import ReliabilityBin, RiskCoveragePoint
from ragqa.evaluation.evidence import Excerpt
from ragqa.evaluation.figures import Figure, Row, TagFigures
from ragqa.evaluation.questions import GoldSpan, Question, check_against, load_questions
from ragqa.evaluation.report import Report
from ragqa.evaluation.run import evaluate

__all__ = [
    "Excerpt",
    "Figure",
    "GoldSpan",
    "Question",
    "ReliabilityBin",
    "Report",
    "RiskCoveragePoint",
    "Row",
    "TagFigures",
    "check_against",
    "evaluate",
    "load_questions",
]
