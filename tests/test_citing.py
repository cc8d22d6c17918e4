from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragqa.citing import CONTEXT, cite, sentence_around
from ragqa.schema import Document

PARTS = [
    "Bob met Ann in May. ",
    "It was 3.5 p.m. when “they” left (see fig. 2)! ",
    "🎉 e\u0301 ",
    "x" * 700,
    "word " * 200,
    "# A heading\n",
    "Title\n=====\n",
    "| a | b |\n",
    "- an item\n",
    "```\n",
    "---\n",
    "\n\n",
    "\r\n",
    "\r\n\r\n",
    "\u2028",
    "\xa0",
    "    ",
]
texts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=12).map("".join) | st.text(min_size=1)


def around(text: str, quote: str) -> str:
    start = text.index(quote)
    first, last = sentence_around(text, start, start + len(quote))
    return text[first:last]


@given(text=texts, data=st.data())
@example(text="\n\na\n\n", data=None)
def test_a_citation_is_verbatim_and_holds_its_quote(text: str, data: st.DataObject | None) -> None:
    start = data.draw(st.integers(0, len(text) - 1)) if data else 0
    end = data.draw(st.integers(start + 1, min(len(text), start + 900))) if data else len(text)
    document = Document(id="d", text=text, title="T", source="s", page_starts=(0, len(text) // 2))
    citation = cite(document, start, end)
    assert citation.quote == text[start:end]
    sentence_end = citation.sentence_start + len(citation.sentence)
    assert citation.sentence == text[citation.sentence_start : sentence_end]
    assert citation.sentence_start <= start < end <= sentence_end
    assert start - citation.sentence_start <= CONTEXT
    assert sentence_end - end <= CONTEXT
    assert (citation.document_id, citation.title, citation.source) == ("d", "T", "s")
    assert citation.line == text[:start].count("\n") + 1
    assert citation.page == document.page(start)


PROSE = "Dr. Smith paid $14.3 billion. He did so in the U.S. last year! Did it pay off?"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("Dr. Smith", "Dr. Smith paid $14.3 billion."),
        ("3 bill", "Dr. Smith paid $14.3 billion."),
        ("last year", "He did so in the U.S. last year!"),
        ("off?", "Did it pay off?"),
        ("billion. He", "Dr. Smith paid $14.3 billion. He did so in the U.S. last year!"),
        ("billion. He did so in the U.S. last year! Did", PROSE),
        ("Great Buy", "Great Buys"),
        ("of it", "- one of it"),
        ("two", "2. two of it"),
        ("| b", "| a | b |"),
        ("x = 1", "x = 1.5"),
        ("The end", "The end."),
    ],
)
def test_the_sentence_around_a_quote(line_end: str, quote: str, sentence: str) -> None:
    blocks = ["Great Buys", PROSE, "- one of it\n2. two of it", "| a | b |\n| c | d |", "```\nx = 1.5\ny = 2\n```"]
    text = "\n\n".join([*blocks, "The end.\n"]).replace("\n", line_end)
    assert around(text, quote) == sentence


def test_a_sentence_of_a_hard_wrapped_paragraph_is_whole() -> None:
    text = (
        "The first sentence of this text goes on for more than one\r\n"
        "line. Here Bob met Ann in the town hall of Berlin, in the\r\n"
        "capital of Germany. The end."
    )
    assert around(text, "Ann") == text[text.index("Here") : text.index(" The end")]


def test_a_sentence_does_not_reach_over_a_blank_line() -> None:
    assert around("the beginning\n\nof Bob\r\n \r\nand the end", "Bob") == "of Bob"


@pytest.mark.parametrize(("before", "after"), [("\n\n", "\n\n"), ("\n\n", "\n"), ("\n", "\n\n")])
def test_prose_between_long_code_is_prose(before: str, after: str) -> None:
    code = "```\n" + "x = 1\n\n" * 200 + "```"
    assert around(f"{code}{before}One sentence. Bob met Ann. The end.{after}{code}", "Bob") == "Bob met Ann."


def test_a_very_long_sentence_is_cut_between_words() -> None:
    words = "several words without any end to them and "
    text = f"{words * 100}Bob {words * 100}"
    sentence = around(text, "Bob")
    assert set(sentence.split()) == set(words.split()) | {"Bob"}
    assert 2 * CONTEXT - 20 < len(sentence) <= 2 * CONTEXT + 3
    for start in range(2000, 2000 + len(words)):
        first, last = sentence_around(text, start, start + 1)
        assert text[first - 1] == text[last] == " "


@pytest.mark.parametrize("quote", ["It was", "after", "years", "that one", "Bob"])
def test_a_sentence_of_a_very_long_wrapped_paragraph_is_whole(quote: str) -> None:
    line = "the old man met the sea once more by the quiet harbour and\n"
    text = line * 30 + "left. It was there, after many years of waiting, that one\nAnn met Bob. " + line * 30
    assert around(text, quote) == "It was there, after many years of waiting, that one\nAnn met Bob."


def test_a_neighbour_that_only_touches_the_quote_is_left_out() -> None:
    first, second = "Bob met Ann. ", "They left."
    assert sentence_around(first + second, 0, len(first)) == (0, len(first))
    assert sentence_around(first + second, len(first) - 1, len(first) + 4) == (len(first) - 1, len(first + second))


def test_a_very_long_paragraph_of_wrapped_lines_is_cut_between_sentences() -> None:
    line = "They met here once more and so\ndid we all, as it is the rule. "
    text = f"{line * 60}Bob met Ann. {line * 60}"
    assert around(text, "Ann") == "Bob met Ann."


def test_endless_words() -> None:
    text = "x" * 5000
    assert sentence_around(text, 2000, 2010) == (2000 - CONTEXT, 2010 + CONTEXT)
    assert sentence_around(text, 0, 5000) == (0, 5000)


def test_white_space_cites_itself() -> None:
    assert sentence_around("a \n\n  b", 3, 5) == (3, 5)
