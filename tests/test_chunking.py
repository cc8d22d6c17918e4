from __future__ import annotations

import itertools
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence

import pydantic
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ragqa.chunking import CHARS_PER_TOKEN, ChunkSettings, TokenCounter, chunk
from ragqa.embedding import Embedding
from ragqa.schema import Document, Passage
from ragqa.sentences import sentences

PARTS = [
    "Dr. Smith paid $14.3 billion in the U.S. yesterday. ",
    "It was 3.5 p.m. when “they” met (see fig. 2)! ",
    'He said: "Not yet. And then ',
    "🎉👩🏽\u200d🚀 ",
    "e\u0301a\u0301",
    "東京は日本の首都である。",
    "\u200b",
    "\x00\x1b",
    "x" * 200,
    "# A heading\n",
    "Plain heading\n\n",
    "Title\n=====\n",
    "| a | b |\n",
    "a\tb\tc\n",
    "- an item\n",
    "```\n",
    "---\n",
    "title: x\n",
    "...",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\u2028",
    "\xa0",
    "    ",
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PARTS), max_size=40).map("".join))


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_bytes(texts: Sequence[str]) -> list[int]:
    """White space counts too, so that a whole has more tokens than its parts."""
    return [len(text.encode()) for text in texts]


@st.composite
def budgets(draw: st.DrawFn) -> ChunkSettings:
    most = draw(st.integers(8, 60))
    overlap, least = draw(st.integers(0, most // 2)), draw(st.integers(0, most))
    return ChunkSettings(max_tokens=most, overlap_tokens=overlap, min_tokens=least)


def cut(text: str, count: TokenCounter = count_words, budget: ChunkSettings | None = None) -> list[Passage]:
    return chunk(Document(id="d", text=text), count, budget)


def check(text: str, passages: list[Passage], count: TokenCounter, budget: ChunkSettings) -> None:
    """What the module promises of any passages."""
    reach = 0
    for i, passage in enumerate(passages):
        assert passage.document_id == "d"
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert len(passage.text) <= budget.max_tokens * CHARS_PER_TOKEN
        assert text[reach : passage.start].strip() == ""
        assert passage.end > reach
        assert not i or passage.start > passages[i - 1].start
        reach = passage.end
    assert text[reach:].strip() == ""
    assert all(n <= budget.max_tokens for n in count([passage.text for passage in passages]))


@pytest.mark.parametrize("count", [count_words, count_bytes])
@given(text=texts, budget=budgets())
@example(text="a\n\n" * 30, budget=ChunkSettings(max_tokens=8, overlap_tokens=4))
@example(text="# a\n" * 30 + "b " * 30, budget=ChunkSettings(max_tokens=8, overlap_tokens=4))
def test_passages_are_exact_complete_in_order_and_within_budget(
    count: TokenCounter, text: str, budget: ChunkSettings
) -> None:
    check(text, cut(text, count, budget), count, budget)


@given(text=texts, budget=budgets())
@settings(max_examples=60)
def test_the_same_holds_with_the_tokenizer_that_ships(embedding: Embedding, text: str, budget: ChunkSettings) -> None:
    check(text, cut(text, embedding.count_tokens, budget), embedding.count_tokens, budget)


@given(text=texts, budget=budgets())
def test_overlap_stays_within_its_budget(text: str, budget: ChunkSettings) -> None:
    passages = cut(text, count_words, budget)
    for before, passage in itertools.pairwise(passages):
        repeated = text[passage.start : before.end] if before.end > passage.start else ""
        assert count_words([repeated])[0] <= budget.overlap_tokens
        assert len(repeated) <= budget.overlap_tokens * CHARS_PER_TOKEN


def test_prose_overlaps_by_whole_sentences_and_sections_not_at_all() -> None:
    section = " ".join(f"This is sentence {i} of {i} or more." for i in range(40))
    text = f"# One\n\n{section}\n\n# Two\n\n{section}"
    passages = cut(text, budget=ChunkSettings(max_tokens=40, overlap_tokens=16, min_tokens=0))
    for before, passage in itertools.pairwise(passages):
        shared = before.end - passage.start
        if passage.text.startswith("# Two"):
            assert shared < 0
        else:
            assert re.fullmatch(r"This is sentence \d+ of \d+ or more\. This [^.]*\.", passage.text[:shared])


@given(budget=budgets(), sizes=st.lists(st.integers(0, 6), min_size=1, max_size=12))
@example(budget=ChunkSettings(max_tokens=10, overlap_tokens=5, min_tokens=0), sizes=[0, 0, 0, 0, 2])
@example(budget=ChunkSettings(max_tokens=12, overlap_tokens=0, min_tokens=3), sizes=[1, 1])
def test_a_heading_ends_no_passage_that_holds_more_and_names_what_stands_below(
    budget: ChunkSettings, sizes: list[int]
) -> None:
    sections = [f"# H {i}\n\n{'Some more words. ' * size}\n\n" for i, size in enumerate(sizes)]
    text = "".join(sections)
    headings = [(text.index(section), section.split("\n")[0][2:]) for section in sections]
    for count in (count_words, count_bytes):
        for passage in cut(text, count, budget):
            lines = [line for line in passage.text.splitlines() if line]
            if lines[-1].startswith("#") and text[passage.end :].strip():
                assert all(line.startswith("#") for line in lines)
            assert passage.heading == [title for start, title in headings if start <= passage.start][-1]


@pytest.mark.parametrize("heading", ["# Who pays", "Who pays", "Who pays\n--------", "**Who pays**", "1. Who pays"])
def test_passages_know_their_heading_in_markdown_and_plain_text(heading: str) -> None:
    text = f"No heading stands above this.\n\n{heading}\n\nBob pays. He does so often.\n\n## Last\n\nThe end is here."
    passages = cut(text, budget=ChunkSettings(max_tokens=20, overlap_tokens=0, min_tokens=1))
    title = "1. Who pays" if heading[0] == "1" else "Who pays"
    assert [(passage.heading, passage.text.split()[-1]) for passage in passages] == [
        ("", "this."),
        (title, "often."),
        ("Last", "here."),
    ]


def test_overlap_does_not_reach_into_the_section_before() -> None:
    text = "# One\n\nA b.\n\nC d.\n\n# Two\n\nE f.\n\n" + "Word " * 13 + "end."
    passages = cut(text, budget=ChunkSettings(max_tokens=20, overlap_tokens=10, min_tokens=20))
    assert passages[0].text.endswith("E f.")
    assert passages[1].text.startswith("# Two\n\nE f.\n\nWord")


def test_short_sections_are_joined_and_long_ones_are_not() -> None:
    text = "# One\n\nShort one.\n\n# Two\n\n" + "Many words here. " * 5 + "\n\n# Three\n\nThe end."
    passages = cut(text, budget=ChunkSettings(max_tokens=60, overlap_tokens=10, min_tokens=10))
    assert [(passage.heading, passage.text[-8:]) for passage in passages] == [
        ("One", "ds here."),
        ("Three", "The end."),
    ]


def test_a_sentence_that_fits_is_not_cut_for_the_sake_of_its_heading() -> None:
    sentence = "Every word of this sentence is needed to fill the whole budget."
    text = f"Some text first.\n\n# A rather long heading here\n\n{sentence}\n"
    passages = cut(text, budget=ChunkSettings(max_tokens=12, overlap_tokens=0, min_tokens=0))
    assert [passage.text for passage in passages] == ["Some text first.", "# A rather long heading here", sentence]
    assert passages[-1].heading == "A rather long heading here"


def test_a_heading_far_above_its_text_stands_alone() -> None:
    passages = cut("Some text first.\n\n# Far away\n" + "\n" * 5000 + "Text.")
    assert [passage.text for passage in passages] == ["Some text first.", "# Far away", "Text."]


def test_passages_that_turn_out_too_long_are_divided_between_sentences() -> None:
    text = "\n\n\n".join(["It is so."] * 10)
    passages = cut(text, count_bytes, ChunkSettings(max_tokens=40, overlap_tokens=20))
    assert {line for passage in passages for line in passage.text.splitlines() if line} == {"It is so."}


def test_dividing_leaves_headings_with_their_text() -> None:
    text = "Aaaa.\n\n\n\n# H\n\n\n\nBbbb.\n\nCcc."
    passages = cut(text, count_bytes, ChunkSettings(max_tokens=20, overlap_tokens=0, min_tokens=20))
    assert [passage.text for passage in passages] == ["Aaaa.", "# H\n\n\n\nBbbb.\n\nCcc."]


def test_a_sentence_over_the_budget_is_cut_between_words() -> None:
    text = " ".join(["word", "a", "longer-one"] * 40)
    for passage in cut(text, count_bytes, ChunkSettings(max_tokens=50, overlap_tokens=0)):
        assert set(passage.text.split()) <= {"word", "a", "longer-one"}


@pytest.mark.parametrize("text", ["", " \r\n\t\n", "\xa0\u2003\x85"])
def test_a_blank_document_has_no_passages(text: str) -> None:
    assert cut(text) == []


def test_text_without_tokens_is_not_repeated_over_and_over() -> None:
    for text, count in [("\u200b\n" * 3000, lambda texts: [0] * len(texts)), (("x" * 110 + "\n") * 300, count_words)]:
        assert sum(len(passage.text) for passage in cut(text, count)) < 2 * len(text)


def test_cuts_leave_accents_with_their_letters() -> None:
    for passage in cut("e\u0301" * 500, count_bytes, ChunkSettings(max_tokens=10, overlap_tokens=0)):
        assert not unicodedata.combining(passage.text[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": 7},
        {"max_tokens": 100, "overlap_tokens": 51},
        {"overlap_tokens": -1},
        {"min_tokens": -1},
        {"size": 100},
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(pydantic.ValidationError):
        ChunkSettings(**wrong)


def split(text: str, start: int = 0, end: int | None = None) -> list[str]:
    return [text[first:last] for first, last in sentences(text, start, len(text) if end is None else end)]


def test_sentences() -> None:
    text = "🎉 Dr. Smith paid $14.3 billion.\r\nDid he? “Yes!” he\nsaid e\u0301.   "
    assert split(text) == ["🎉 Dr. Smith paid $14.3 billion.", "Did he?", "“Yes!” he\nsaid e\u0301."]
    assert split(text, 2, 20) == ["Dr. Smith paid $14"]
    assert split(text, 5, 5) == []


@pytest.mark.parametrize(
    ("start", "end"),
    [('He said: "I will go. ', ""), ('One is 5" long. ', 'One is 6" long.'), ("He said (I will go. ", "")],
)
def test_stray_quotation_marks_do_not_make_one_sentence_of_many(start: str, end: str) -> None:
    found = split(start + "It was late and the road was long. " * 30 + end)
    assert found.count("It was late and the road was long.") == 30


def test_a_long_wrapped_sentence_is_one() -> None:
    text = "\n".join(["the party of the first part shall pay to the other party"] * 12) + "."
    assert split(text) == [text]


def test_the_splitter_sees_short_pieces_as_its_time_grows_with_their_square(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(
        "sentencex.get_sentence_boundaries",
        lambda _, piece: lengths.append(len(piece)) or [{"start_index": 0, "end_index": len(piece)}],
    )
    text = "« " * 40_000
    assert "".join(split(text)).replace(" ", "") == "«" * 40_000
    assert max(lengths) <= 20_000


def counted(count: TokenCounter) -> tuple[list[int], Callable[[Sequence[str]], list[int]]]:
    characters: list[int] = []

    def counting(texts: Sequence[str]) -> list[int]:
        characters.append(sum(map(len, texts)))
        return count(texts)

    return characters, counting


def test_ordinary_text_is_counted_twice_and_no_text_often() -> None:
    prose = "This is one of many sentences. " * 3000
    for text, count, rounds in [(prose, count_words, 2), ("." * 300_000, count_bytes, 8), (prose, count_bytes, 8)]:
        characters, counting = counted(count)
        cut(text, counting)
        assert len(characters) <= rounds
        assert sum(characters) <= 1.5 * rounds * len(text)


HARD = r"""
import sys
from ragqa.chunking import ChunkSettings, chunk
from ragqa.schema import Document

texts = {
    "a line without a space": "x" * 2_000_000,
    "blank lines": "a" + "\n" * 200_000 + "b",
    "lines of white space": "\r\n \t\r\n" * 50_000,
    "spaces": "a" + " " * 1_000_000 + "b",
    "dots": "." * 1_000_000,
    "initials": "A. " * 100_000,
    "an unclosed quote": 'He said: "hello. ' + "This is a sentence. " * 30_000,
    "an unclosed bracket": "(see " + "this is. " * 60_000,
    "quotes": '" ' * 200_000,
    "opening quotes": "« " * 40_000,
    "brackets": "[" * 300_000,
    "exclamation": "!\"" * 40_000,
    "an accent a million times": "a" + "\u0301" * 1_000_000,
    "short lines": "a\n" * 50_000,
    "invisible lines": "\u200b\n" * 30_000,
    "headings": "# T\n" * 25_000,
    "fences": "```\n~~~\n" * 50_000,
    "an open fence": "```\n" + "x = 1\n" * 50_000,
    "items": "- a\n" * 25_000,
    "numbered": "1. A\n\n" * 25_000,
    "table": "| a | b |\n" * 30_000,
}
for name, text in texts.items():
    print(name, flush=True)
    budget = ChunkSettings(max_tokens=160, overlap_tokens=40, min_tokens=48)
    passages = chunk(Document(id="d", text=text), lambda texts: [len(text.encode()) for text in texts], budget)
    reach = 0
    for passage in passages:
        assert text[reach:passage.start].strip() == "" and text[passage.start:passage.end] == passage.text
        assert len(passage.text.encode()) <= 160
        reach = passage.end
    assert text[reach:].strip() == ""
"""


def test_hard_texts_stay_quick() -> None:
    """Each takes about a second; where time grew with the square of the length it would be hours."""
    done = subprocess.run([sys.executable, "-c", HARD], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout.splitlines()[-1] + done.stderr
