"""What kind of answer a question asks for, and which spans can be one: so far one rule, for English.

Asked for a share, the reader often answers with the sum that stands beside it. Rules for amounts, counts, dates,
measures and persons were measured too (training/README.md) and left out: the reader does without them.
"""

from __future__ import annotations

import re

PENALTY = 6.0  # points of score that a span of the wrong kind loses

_ASKS_FOR_SHARE = re.compile(
    r"\b(?:what|which|how (?:large|big|high|great|small) (?:a|an|is|was|are|were)|how much of)\b.{0,30}"
    r"\b(?:share|percent|percentage|proportion|fraction|stake)\b(?! price)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"%|\b(?:per ?cent|half|halves|thirds?|quarters?|fifths?|tenths?|majority|minority|all|most|whole|none)\b",
    re.IGNORECASE,
)


def penalty(question: str, text: str) -> float:
    """Points of score that a span loses as an answer to the question for being of the wrong kind."""
    return PENALTY if _ASKS_FOR_SHARE.search(question) and not _SHARE.search(text) else 0.0
