"""The banded span search against the plainest way to write it down."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragqa.spans import TokenSpan, best_spans


def every_span(
    start: NDArray[np.float32], end: NDArray[np.float32], segments: NDArray[np.int64], longest: int, n: int
) -> list[TokenSpan]:
    spans = [
        TokenSpan(i, j, float(start[i] + end[j]))
        for i in range(len(start))
        for j in range(i, min(i + longest, len(start)))
        if segments[i] >= 0 and set(segments[i : j + 1].tolist()) == {int(segments[i])}
    ]
    return sorted(spans, key=lambda span: (-span.score, span.first, span.last))[:n]


@st.composite
def windows(draw: st.DrawFn) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    length = draw(st.integers(0, 24))
    # few values make many ties; 32-bit floats because sums must be rounded alike
    values = draw(st.sampled_from([st.integers(-2, 2), st.floats(-30, 30, width=32)]))
    start, end = (draw(st.lists(values, min_size=length, max_size=length)) for _ in range(2))
    runs = draw(st.lists(st.tuples(st.booleans(), st.integers(1, 6)), min_size=length, max_size=length))
    segments = [i if inside else -1 for i, (inside, size) in enumerate(runs) for _ in range(size)][:length]
    return np.array(start, np.float32), np.array(end, np.float32), np.array(segments, np.int64)


@given(window=windows(), longest=st.integers(1, 40), n=st.integers(0, 60))
@example(window=(np.zeros(9, np.float32), np.zeros(9, np.float32), np.zeros(9, np.int64)), longest=3, n=5)
@settings(max_examples=300)
def test_the_best_spans_are_those_of_the_plain_search(
    window: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]], longest: int, n: int
) -> None:
    assert best_spans(*window, longest, n) == every_span(*window, longest, n)


def test_a_window_of_full_size() -> None:
    random = np.random.default_rng(0)
    start, end = random.normal(scale=5, size=(2, 384)).astype(np.float32)
    segments = np.repeat(np.arange(-1, 11), 32)
    assert best_spans(start, end, segments, 30, 50) == every_span(start, end, segments, 30, 50)
