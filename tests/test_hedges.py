from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.hedges import widened


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("offered over $10 billion for it", "$10 billion", "over $10 billion"),
        ("offered $10 billion or more", "$10 billion", "$10 billion or more"),
        ("it was c. 40 m high", "40 m", "40 m"),
        ("some 40 of them", "40", "some 40"),
        ("at least 1,200 people", "1,200 people", "at least 1,200 people"),
        ("## About\n\n2,300 people work", "2,300 people", "2,300 people"),
        ("in Oakland, CA. 1,200 people", "1,200 people", "1,200 people"),
        ("take vitamin C 90 mg", "90 mg", "90 mg"),
        ("> 10 people left", "10 people", "10 people"),
        ("a => 10 people", "10 people", "10 people"),
        ("In 2019 at least 40 died", "2019", "2019"),
        ("in 12 towns at least 40 died", "12 towns", "12 towns"),
        ("Minimum\t5\nMaximum\t10", "5", "5"),
        ("Price: 10 + 5", "10", "10"),
        ("Revenue grew over 2024", "2024", "2024"),
        ("The war is over\n1918 came", "1918", "1918"),
        (
            "the 4,000 workers of Meta in Vigo at least",
            "4,000 workers of Meta in Vigo",
            "4,000 workers of Meta in Vigo",
        ),
        ("over Vigo", "Vigo", "Vigo"),
        ("", "", ""),
    ],
)
def test_a_figure_keeps_its_hedge(text: str, part: str, whole: str) -> None:
    begin = text.index(part)
    start, end = widened(text, begin, begin + len(part))
    assert text[start:end] == whole


@given(st.text(st.sampled_from("over about or more 12.$%\n>+")), st.integers(0, 40), st.integers(0, 40))
def test_a_span_only_grows_and_never_over_a_line(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    wide = widened(text, start, end)
    assert 0 <= wide[0] <= start <= end <= wide[1] <= len(text)
    assert "\n" not in text[wide[0] : start] + text[end : wide[1]]
