from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragqa.layout import LONGEST_HEADING, LONGEST_MARKED, blocks

LINES = [
    "# Title",
    "## Sub title ##",
    "===",
    "---",
    "```",
    "```python",
    "~~~~",
    "A Plain Heading",
    "1. Data Advantage",
    "1. first item",
    "- another item",
    "  that goes on here",
    "| a | b |",
    "a\tb\tc",
    "title: x",
    "It was in May of that year that the three of them met for",
    "the first time, in a small town by the sea, and they wrote",
    "it down. Then they left.",
    'He said: "Not yet. ',
    "",
    " \t ",
    "\x85",
    "\u2028",
    "\u200b",
    "🎉 e\u0301",
]
texts = st.one_of(
    st.text(),
    st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n"])), max_size=20).map(
        lambda pairs: "".join(line + end for line, end in pairs)
    ),
)


def kinds(text: str) -> list[tuple[str, str]]:
    """(kind, words) of each block."""
    return [(block.kind, " ".join(text[block.start : block.end].split())) for block in blocks(text)]


@given(text=texts)
@example(text="---\na: b\n---")
@example(text="```\n\n```")
@example(text="1. A\n\nb")
@example(text="\r\r\n\n\r")
def test_blocks_are_in_order_and_hold_all_that_is_not_blank(text: str) -> None:
    position = 0
    for block in blocks(text):
        assert position <= block.start < block.end <= len(text)
        assert text[position : block.start].strip() == ""
        assert text[block.start : block.end].strip() != ""
        position = block.end
    assert text[position:].strip() == ""


@given(text=texts)
def test_titles_are_one_line_of_the_heading_s_own_words(text: str) -> None:
    for block in blocks(text):
        if block.kind == "heading":
            title, own = block.title(text), text[block.start : block.end]
            assert len(title.splitlines()) <= 1
            assert title == title.strip()
            letters = iter(own)
            assert all(letter in letters for letter in title.replace(" ", ""))


def test_a_text_of_nothing_has_no_blocks() -> None:
    assert kinds("") == kinds(" \r\n\t\n\u3000\n") == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Title", "Title"),
        ("   ### Title ###", "Title"),
        ("Title\n=====", "Title"),
        ("Title\r\n---\r\n", "Title"),
        ("# **Title**", "Title"),
        ("**Bold Title**\n\nText follows.", "Bold Title"),
        ("A plain heading\n\nText follows.", "A plain heading"),
        ("A plain heading\nText follows.", "A plain heading"),
        ("Who owns it?\nNobody knows.", "Who owns it?"),
        ("1. Data Advantage\n\nIt has data. It uses them.", "1. Data Advantage"),
        ("12) Data Advantage\r\n\r\nIt has data. It uses them.", "12) Data Advantage"),
        ("2.3 Data Advantage\n\nIt has data. It uses them.", "2.3 Data Advantage"),
        ("Ingredients:\n- flour\n- eggs", "Ingredients:"),
    ],
)
def test_headings(text: str, title: str) -> None:
    first = next(blocks(text))
    assert (first.kind, first.title(text)) == ("heading", title)


@pytest.mark.parametrize(
    "line",
    [
        "It ended like a sentence.",
        "it begins like the middle of one",
        "#hashtag",
        "###",
        "2024, 2025",
        "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen",
        "W" * (LONGEST_HEADING + 1),
        "# " + "long " * (LONGEST_MARKED // 5),
        "W" * (LONGEST_HEADING + 1) + "\n====",
    ],
)
def test_lines_that_are_no_headings(line: str) -> None:
    assert kinds(f"{line}\n\nText follows.")[0][0] == "prose"


def test_a_text_of_every_kind() -> None:
    text = (
        "---\ntitle: x\n---\n\n# Title\nShort text. More of it.\n\n- one\n* two\n(3) three\n\n"
        "| a | b |\n|---|---|\na\tb\tc\n\n```\nx = 1\n\n# no heading\n```\nThe end.\n"
    )
    assert kinds(text) == [
        ("line", "---"),
        ("line", "title: x"),
        ("line", "---"),
        ("heading", "# Title"),
        ("prose", "Short text. More of it."),
        ("item", "- one"),
        ("item", "* two"),
        ("item", "(3) three"),
        ("row", "| a | b |"),
        ("row", "|---|---|"),
        ("row", "a b c"),
        ("line", "```"),
        ("line", "x = 1"),
        ("line", "# no heading"),
        ("line", "```"),
        ("prose", "The end."),
    ]


WRAPPED = (
    "The Quick Brown Fox Met Alexandr Wang in the town hall of\n"
    "Berlin on the first day of the year that followed the war\n"
    "and left."
)


def test_hard_wrapped_prose_is_one_block_though_its_first_line_looks_like_a_title() -> None:
    assert kinds(WRAPPED) == [("prose", " ".join(WRAPPED.split()))]


@pytest.mark.parametrize("heading", ["# Foxes", "Foxes", "Foxes\n====="])
def test_wrapped_prose_is_whole_right_below_a_heading(heading: str) -> None:
    words = " ".join(WRAPPED.split())
    assert kinds(f"{heading}\n{WRAPPED}\n") == [("heading", " ".join(heading.split())), ("prose", words)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(line_end: str) -> None:
    text = f"Foxes\n\n{WRAPPED}\n\n- one\n- two\n\nit stands alone".replace("\n", line_end)
    assert [kind for kind, _ in kinds(text)] == ["heading", "prose", "item", "item", "prose"]


def test_a_sentence_goes_on_in_lines_of_unequal_length() -> None:
    text = "Bob went home\nto his wife.\nAnn stayed at work.\nSo did I."
    assert kinds(text) == [
        ("prose", "Bob went home to his wife."),
        ("prose", "Ann stayed at work."),
        ("prose", "So did I."),
    ]


def test_lines_of_a_poem_or_a_list_of_names_are_no_headings() -> None:
    poem = "The rose is red\nThe violet is blue\nThe honey is sweet\nAnd so are you"
    card = "Name: Bob Smith\nAge: 42\nCity: Paris"
    assert {kind for kind, _ in kinds(poem)} == {kind for kind, _ in kinds(card)} == {"prose"}


def test_questions_stand_above_their_answers() -> None:
    text = "Q: Where is Bob?\nA: In Paris.\nQ: Who is Ann?\nA: She is a nurse."
    assert [kind for kind, _ in kinds(text)] == ["heading", "prose", "heading", "prose"]


def test_items_of_a_list_are_no_headings_even_with_blank_lines_between() -> None:
    text = "1. Data Advantage\n\n2. Great Talent\n\n3. Low Price\n\nThat was the list."
    assert [kind for kind, _ in kinds(text)] == ["item", "item", "item", "prose"]


@pytest.mark.parametrize(
    "text",
    [
        "1. Data Advantage\nof the firm.",
        "1. Data Advantage\nThe firm has it.",
        "1. Data\n  Advantage\n\nMore.",
        "1. it has data\n\nMore.",
        "- Data Advantage\n\nMore.",
    ],
)
def test_items_that_are_no_numbered_headings(text: str) -> None:
    assert kinds(text)[0][0] == "item"


def test_a_wrapped_item_is_whole() -> None:
    text = (
        "- The first item is so long that it\n  Goes on in a second line.\n- The next one\ndoes so too.\nNot this line."
    )
    assert kinds(text) == [
        ("item", "- The first item is so long that it Goes on in a second line."),
        ("item", "- The next one does so too."),
        ("prose", "Not this line."),
    ]


def test_a_long_item_is_prose() -> None:
    item = "- " + "It goes on and on. " * (LONGEST_MARKED // 19) + "\n  It ends here, at last."
    assert kinds(item) == [("prose", " ".join(item.split()))]


def test_a_code_fence_ends_with_its_own_mark() -> None:
    text = "````md\n```\n# in code\n```\n~~~~\n````md\n# in code\n`````\n\n# Title\n"
    assert [kind for kind, _ in kinds(text)] == ["line"] * 8 + ["heading"]


def test_code_within_a_line_opens_no_fence() -> None:
    assert kinds("```pip install x```\n\n# Title\n\n```\nx = 1\n```")[1] == ("heading", "# Title")


def test_an_indented_fence_is_one() -> None:
    assert kinds("1. Run\n\n    ```sh\n    # in code\n    ```\n") == [
        ("item", "1. Run"),
        ("line", "```sh"),
        ("line", "# in code"),
        ("line", "```"),
    ]


@pytest.mark.parametrize("stray", ["```", "~~~", "```pip install x```", "---", "---\n\ntitle: x"])
def test_a_fence_or_rule_that_is_never_closed_leaves_the_rest_as_it_is(stray: str) -> None:
    found = kinds(f"{stray}\n\n# Title\n\nText. More text.\n")
    assert found[-2:] == [("heading", "# Title"), ("prose", "Text. More text.")]


def test_a_rule_at_the_top_begins_no_front_matter() -> None:
    found = kinds("---\n# Slide one\nText.\n---\n# Slide two\n")
    assert ("heading", "# Slide one") in found
    assert ("heading", "# Slide two") in found


def test_front_matter_needs_its_end() -> None:
    assert "line" not in dict(kinds("---\ntitle: x\n\n# Title\n\nText.\n"))
    assert [kind for kind, _ in kinds("---\ntitle: x\n\ntags: [a]\n...\n# Title")] == ["line"] * 4 + ["heading"]
