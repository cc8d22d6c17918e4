from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ragqa.reader import SHIPPED
from ragqa.spans import TokenSpan, best_spans, borders, segments_of, tidy


def logits(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def segments(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


class TestBestSpans:
    def test_a_span_ends_where_it_begins_or_later(self) -> None:
        best = best_spans(logits(0, 0, 9), logits(9, 0, 0), segments(0, 0, 0), 3, 1)
        assert best == [TokenSpan(0, 0, 9)]

    def test_of_equal_spans_the_earlier_then_the_shorter_is_first(self) -> None:
        zeros = logits(0, 0, 0)
        found = best_spans(zeros, zeros, segments(0, 0, 0), 3, 4)
        assert [(span.first, span.last) for span in found] == [(0, 0), (0, 1), (0, 2), (1, 1)]

    def test_no_span_crosses_a_segment(self) -> None:
        start, end = logits(9, 0, 0, 0), logits(0, 0, 0, 9)
        assert best_spans(start, end, segments(0, 0, 1, 1), 4, 9)[0].score == 9
        assert len(best_spans(start, end, segments(0, 0, 1, 1), 4, 9)) == 6
        assert len(best_spans(start, end, segments(0, -1, -1, 1), 4, 9)) == 2

    def test_there_may_be_fewer_spans_than_wanted(self) -> None:
        assert best_spans(logits(1, 2), logits(3, 4), segments(-1, 0), 30, 8) == [TokenSpan(1, 1, 6)]
        assert len(best_spans(logits(1, 2), logits(3, 4), segments(0, 0), 99, 99)) == 3

    @pytest.mark.parametrize("n", [-1, 0, 1, 8])
    def test_there_may_be_none(self, n: int) -> None:
        assert best_spans(logits(), logits(), segments(), 30, n) == []
        assert best_spans(logits(1, 2), logits(1, 2), segments(-1, -1), 30, n) == []

    def test_one_token(self) -> None:
        assert best_spans(logits(1.5), logits(2), segments(0), 1, 1) == [TokenSpan(0, 0, 3.5)]
        assert best_spans(logits(1.5), logits(2), segments(0), 1, 0) == []


def words_by_segment(text: str, question: str = "Who said [7] so?") -> list[str]:
    """The text of each segment of a (question, text) pair, by the tokenizer that ships."""
    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encoding = tokenizer.encode(question, text)
    found: dict[int, list[tuple[int, int]]] = {}
    numbers = segments_of(borders(text), encoding.offsets, encoding.sequence_ids).tolist()
    for number, offsets, sequence in zip(numbers, encoding.offsets, encoding.sequence_ids, strict=True):
        assert number == -1 or sequence == 1
        if number >= 0:
            found.setdefault(number, []).append(offsets)
    assert [number for number in numbers if number >= 0] == sorted(number for number in numbers if number >= 0)
    return [text[offsets[0][0] : offsets[-1][1]] for offsets in found.values()]


class TestSegments:
    @pytest.mark.parametrize("mark", ["[4]", "[12]", "[4, 5]", "[1–3]", "[1][2]", "[999]"])
    def test_reference_marks_part_the_text_and_are_in_no_answer(self, mark: str) -> None:
        assert words_by_segment(f"Bob said{mark} that he was there.{mark}") == ["Bob said", "that he was there."]

    @pytest.mark.parametrize("text", ["In [2024] he left.", "See [a] and [b].", "A list [1.5] of it.", "All [] of it"])
    def test_other_brackets_are_text(self, text: str) -> None:
        assert words_by_segment(text) == [text]

    @pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n \t\n", "\n\n\n\n"])
    def test_blank_lines_part_the_text(self, gap: str) -> None:
        assert words_by_segment(f"Bob said{gap}that{gap}he was there") == ["Bob said", "that", "he was there"]

    def test_a_line_end_does_not(self) -> None:
        assert words_by_segment("Bob said\nthat he\r\nwas there") == ["Bob said\nthat he\r\nwas there"]

    def test_sentences_list_items_and_cells_part_the_text(self) -> None:
        assert words_by_segment("Bob left. Eve stayed.") == ["Bob left.", "Eve stayed."]
        assert words_by_segment("Dr. Bob of the U.S. Army left.") == ["Dr. Bob of the U.S. Army left."]
        assert words_by_segment("It says:\n- Bob\n- Eve\n") == ["It says:", "- Bob", "- Eve"]
        assert words_by_segment("| Bob | 12 |\n| Eve | 13 |") == ["Bob", "12", "Eve", "13"]

    def test_a_mark_next_to_a_blank_line(self) -> None:
        assert words_by_segment("Bob[1]\n\n[2] said\n\nso [3]") == ["Bob", "said", "so"]

    def test_nothing_but_marks(self) -> None:
        assert words_by_segment("[1] [2]") == words_by_segment("") == words_by_segment("\x00\u200b") == []


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("Ask Googleplex now", "Google", "Googleplex"),
        ("Ask Googleplex now", "lex", "Googleplex"),
        ("Ask Googleplex", "oogleple", "Googleplex"),
        ("paid $14.3B then", "$14", "$14.3B"),
        ("paid $14.3B then", "3", "14.3B"),
        ("paid 14.3 billion.", "14", "14.3"),
        ("paid 14.3 billion.", ".3 billion", "14.3 billion"),
        ("paid 1,234,567.89, then", "234", "1,234,567.89"),
        ("in 2019, 2020 and", "2019, ", "2019"),
        ("in 2019.", "2019", "2019"),
        ("by Meta, Inc. and", "Meta, Inc.", "Meta, Inc."),
        ("by Meta, and", " Meta, ", "Meta"),
        ("as: Bob;\r\nand", ": Bob;\r\n", "Bob"),
        ("“Bob”", "“Bob”", "“Bob”"),
        ("Bob", "Bob", "Bob"),
        ("naïve Café", "af", "Café"),
        ("in Bogota\u0301.", "Bogota", "Bogota\u0301"),
        ("in Bogota\u0301s.", "s", "Bogota\u0301s"),
        ("नमस्ते जी", "नमस", "नमस्ते"),
        ("☀\ufe0f Bob", "☀", ""),
        ("東京は日本の首都である。", "東京", "東京"),
        ("พ.ศ. 2568กรุงเทพ", "2568", "2568"),
        ("米Meta社が", "et", "Meta"),
        ("see No.5 there", "5", "5"),
        ("the price; ...", "; ...", ""),
        ("a – b", "–", ""),
        ("ab", "", "ab"),
        (" , ", " , ", ""),
        ("by **Bob** and", "**Bob**", "Bob"),
        ("run `make`", "`make`", "make"),
        ("read\n2. Reuters", "2. Reuters", "Reuters"),
        ("## Bob", "## Bob", "Bob"),
        ("read 2. Reuters", "2. Reuters", "2. Reuters"),
        ("- Bob\n- Eve", "Bob\n- Eve", "Bob\n- Eve"),
    ],
)
def test_tidy(text: str, part: str, whole: str) -> None:
    first = text.index(part) if part else 1
    start, end = tidy(text, first, first + len(part))
    assert text[start:end] == whole


def test_tidy_at_the_edges_of_the_text() -> None:
    assert tidy("", 0, 0) == (0, 0)
    assert tidy("Bob", 3, 3) == (3, 3)
    assert tidy("Bob", 0, 0) == (0, 3)
    assert tidy("14.", 0, 2) == (0, 2)


@given(
    text=st.text(st.sampled_from("ab1.,;*#- $€\n\u0301é東é🎉'-"), max_size=20) | st.text(max_size=20),
    cuts=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
@example(text="1,0", cuts=(1, 2))
def test_tidy_never_breaks_a_word_and_leaves_no_separator_at_an_edge(text: str, cuts: tuple[int, int]) -> None:
    first, last = sorted(min(cut, len(text)) for cut in cuts)
    start, end = tidy(text, first, last)
    assert 0 <= start <= end <= len(text)
    if start < end:
        quote = text[start:end]
        assert any(character.isalnum() for character in quote)
        assert quote == quote.strip(" \t\r\n,;:*`")
        for cut in (start, end):
            around = text[max(0, cut - 1) : cut + 1]
            assert not (len(around) == 2 and around.isascii() and around.isalnum())
        assert tidy(text, start, end) == (start, end)
