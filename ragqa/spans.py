"""From start and end logits of a token window to the best spans of the text.

The search is banded: only pairs start <= end < start + longest are scored, so a window of n tokens costs
n * longest additions instead of n * n.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# "[4]", "[1, 2]", "[1][2]": marks that point at a source list, never what a question asks for
REFERENCE_MARK = re.compile(r"\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_EDGE = " \t\r\n,;:"


class TokenSpan(NamedTuple):
    """Tokens first..last of a window, both included, and the sum of their start and end logits."""

    first: int
    last: int
    score: float


def best_spans(
    start: NDArray[np.float32], end: NDArray[np.float32], allowed: NDArray[np.bool_], longest: int, n: int
) -> list[TokenSpan]:
    """The n highest-scoring spans of allowed tokens, best first; ties go to the earlier, then the shorter span.

    A span may not cross a token that is not allowed.

    Args:
        start: start logits, shape (length,).
        end: end logits, shape (length,).
        allowed: tokens that an answer may hold, shape (length,).
        longest: most tokens in a span.
        n: most spans to return.
    """
    length = len(start)
    if not length or n < 1:
        return []
    longest = min(longest, length)
    padding = (0, longest - 1)
    window = np.lib.stride_tricks.sliding_window_view
    ends = window(np.pad(np.where(allowed, end, -np.inf), padding, constant_values=-np.inf), longest)
    unbroken = np.logical_and.accumulate(window(np.pad(allowed, padding), longest), axis=1)
    scores = np.where(unbroken, start[:, None] + ends, -np.inf)  # [i, d] scores the span i..i+d
    flat = scores.ravel()
    n = min(n, int(np.isfinite(flat).sum()))
    if n == 0:
        return []
    threshold = np.partition(flat, len(flat) - n)[len(flat) - n]
    candidates = np.flatnonzero(flat >= threshold)  # in order of start, then length: the stable sort keeps it
    best = candidates[np.argsort(-flat[candidates], kind="stable")[:n]]
    return [TokenSpan(int(k // longest), int(k // longest + k % longest), float(flat[k])) for k in best]


def answerable_tokens(
    text: str, offsets: Sequence[tuple[int, int]], sequence_ids: Sequence[int | None]
) -> NDArray[np.bool_]:
    """Which tokens of a (question, text) window can be part of an answer.

    The question, the special tokens and reference marks such as "[4]" can't.
    """
    allowed = np.array([sequence == 1 for sequence in sequence_ids], dtype=np.bool_)
    for mark in REFERENCE_MARK.finditer(text):
        for i, (first, last) in enumerate(offsets):
            if allowed[i] and first >= mark.start() and last <= mark.end():
                allowed[i] = False
    return allowed


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to whole words and whole numbers, then drop separators at its edges.

    Word-piece tokens can end inside a word ("Google" of "Googleplex") or a number ("14" of "14.3").
    Returns an empty span when nothing but punctuation is left.
    """
    while start > 0 and _joined(text, start):
        start -= 1
    while end < len(text) and _joined(text, end):
        end += 1
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    if not any(character.isalnum() for character in text[start:end]):
        return start, start
    return start, end


def _joined(text: str, cut: int) -> bool:
    """Whether cutting before text[cut] would break a word or a number."""
    before, after = text[cut - 1], text[cut]
    if before.isalnum() and after.isalnum():
        return True
    if before in ".," and after.isdigit():
        return cut >= 2 and text[cut - 2].isdigit()
    return before.isdigit() and after in ".," and cut + 1 < len(text) and text[cut + 1].isdigit()
