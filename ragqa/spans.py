"""From start and end logits of a token window to the best spans of the text.

The search is banded: only pairs start <= end < start + longest are scored, so a window of n tokens costs
n * longest additions instead of n * n.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ragqa.layout import blocks
from ragqa.sentences import pieces

# "[4]", "[1, 2]", "[1][2]": marks that point at a source list, never what a question asks for; "|" parts table cells
_MARK = re.compile(r"\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]|\|")
_EDGE = " \t\r\n,;:*`"
# what a line of Markdown can begin with: "- ", "2. ", "## "
_LINE_MARK = re.compile(r"(?:^|(?<=\n))(?:[-+•>]|#{1,6}|\d{1,3}[.)])\s+")
# scripts that are written without spaces between words: Thai to Tibetan, Burmese, Khmer, kana, Chinese characters
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class TokenSpan(NamedTuple):
    """Tokens first..last of a window, both included, and the sum of their start and end logits."""

    first: int
    last: int
    score: float


def best_spans(
    start: NDArray[np.float32], end: NDArray[np.float32], segments: NDArray[np.int64], longest: int, n: int
) -> list[TokenSpan]:
    """The n highest-scoring spans, best first; ties go to the earlier, then the shorter span.

    Args:
        start: start logits, shape (length,).
        end: end logits, shape (length,).
        segments: shape (length,), the tokens of a segment side by side; a span lies within one segment, and tokens
            of segment -1 are in none.
        longest: most tokens in a span.
        n: most spans to return.
    """
    length = len(start)
    if not length or n < 1:
        return []
    longest = min(longest, length)
    padding = (0, longest - 1)
    window = np.lib.stride_tricks.sliding_window_view
    ends = window(np.pad(end, padding, constant_values=-np.inf), longest)
    together = window(np.pad(segments, padding, constant_values=-1), longest) == segments[:, None]
    possible = together & (segments >= 0)[:, None]
    scores = np.where(possible, start[:, None] + ends, -np.inf)  # [i, d] scores the span i..i+d
    flat = scores.ravel()
    n = min(n, int(possible.sum()))
    if n == 0:
        return []
    threshold = np.partition(flat, len(flat) - n)[len(flat) - n]
    candidates = np.flatnonzero(flat >= threshold)  # in order of start, then length: the stable sort keeps it
    best = candidates[np.argsort(-flat[candidates], kind="stable")[:n]]
    return [TokenSpan(int(k // longest), int(k // longest + k % longest), float(flat[k])) for k in best]


class Borders(NamedTuple):
    """Where a text is parted: no answer crosses any of it."""

    marks: list[tuple[int, int]]  # reference marks and cell borders, which are in no answer either
    starts: list[int]  # of its sentences, headings, list items and table rows


def borders(text: str) -> Borders:
    """The borders of a passage."""
    marks = [mark.span() for mark in _MARK.finditer(text)]
    found = (piece for block in blocks(text) for piece in pieces(text, block.kind, block.start, block.end))
    return Borders(marks, [start for start, _ in found])


def segments_of(
    parted: Borders, offsets: Sequence[tuple[int, int]], sequence_ids: Sequence[int | None]
) -> NDArray[np.int64]:
    """The segment of each token of a (question, text) window, -1 for tokens that can't be part of an answer.

    Those are the question, the special tokens, and reference marks such as "[4]".
    """
    segments = np.full(len(offsets), -1, dtype=np.int64)
    passed = 0
    for i, ((first, last), sequence) in enumerate(zip(offsets, sequence_ids, strict=True)):
        if sequence != 1:
            continue
        at = bisect_right(parted.marks, (first, last)) - 1
        if _covers(parted.marks, at, first, last) or _covers(parted.marks, at + 1, first, last):
            passed += 1
        else:
            segments[i] = passed + bisect_right(parted.starts, first)
    return segments


def _covers(marks: Sequence[tuple[int, int]], at: int, first: int, last: int) -> bool:
    return 0 <= at < len(marks) and marks[at][0] <= first and last <= marks[at][1]


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to whole words and whole numbers, then drop separators and marks of Markdown at its edges.

    Word-piece tokens can end inside a word ("Google" of "Googleplex") or a number ("14" of "14.3").
    Returns an empty span when nothing but punctuation is left.
    """
    while 0 < start < len(text) and _joined(text, start):
        start -= 1
    while end < len(text) and _joined(text, end):
        end += 1
    if mark := _LINE_MARK.match(text, start, end):
        start = mark.end()
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
    if _is_mark(after):
        return True
    if (before.isalnum() or _is_mark(before)) and after.isalnum():
        return not (_UNSPACED.match(before) or _UNSPACED.match(after))
    if before in ".," and after.isdigit():
        return cut >= 2 and text[cut - 2].isdigit()
    return before.isdigit() and after in ".," and cut + 1 < len(text) and text[cut + 1].isdigit()


def _is_mark(character: str) -> bool:
    """Whether it belongs to the character before it, as a combining accent or a vowel sign does."""
    return unicodedata.category(character).startswith("M")
