from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.documents.content import RefusedError
from ragqa.documents.html import read_html
from ragqa.schema import Document

Read = Callable[[str, bytes], Document]


def text_of(markup: str) -> str:
    return read_html(markup.encode(), "stem").text


@pytest.mark.parametrize("suffix", [".html", ".htm", ".xhtml", ".HTML"])
def test_a_page_becomes_its_visible_text(read: Read, suffix: str) -> None:
    page = """<!DOCTYPE html><html><head><title> The
        title </title><style>p {color: red}</style></head>
        <body><script>alert("no")</script><h1>Heading</h1><p>First <b>bold</b>,<br>next line.</p><!-- no -->
        <p>See <a href="https://example.org/no">the site</a> &amp; more.</p><noscript>no</noscript></body></html>"""
    document = read(f"page{suffix}", page.encode())
    assert document.title == "The title"
    assert document.text == "Heading\n\nFirst bold,\nnext line.\n\nSee the site & more."


def test_headings_stand_apart() -> None:
    assert (
        text_of("<div>before<h2>Heading</h2>after<h3>Next</h3></div>end") == "before\n\nHeading\n\nafter\n\nNext\n\nend"
    )


@pytest.mark.parametrize("tag", ["section", "article", "dd", "form", "details", "div", "center"])
def test_blocks_do_not_run_together(tag: str) -> None:
    assert text_of(f"<{tag}>one</{tag}><{tag}>two</{tag}>") == "one\ntwo"


def test_inline_elements_do_run_together() -> None:
    assert text_of("<p>H<sub>2</sub>O <span>in</span><i>line</i></p>") == "H2O inline"


def test_quotations_have_marks() -> None:
    assert text_of("<p>He said <q>not <i>now</i>, later</q>.</p>") == "He said “not now, later”."


def test_lists_have_bullets_and_numbers() -> None:
    text = text_of("<p>Of:</p><ul><li>tea<li>milk</ul><ol start=1><li>pour<li>drink</ol>")
    assert [line.strip() for line in text.split("\n")] == ["Of:", "", "* tea", "* milk", "1. pour", "2. drink"]


def test_a_table_row_is_a_line() -> None:
    table = """<p>Before</p><table><caption>Prices</caption>
        <thead><tr><th></th><th>Price</th></tr></thead>
        <tr> <td><p>Tea</p></td> <td>3 <b>€</b></td> </tr><tr><td></td><td> </td></tr>
        <tr><td>Milk<br>(fresh)<td>1</table><p>After</p>"""
    assert text_of(table) == "Before\n\nPrices\n\n| Price\nTea | 3 €\nMilk (fresh) | 1\n\nAfter"


def test_cells_of_a_layout_table_are_not_interleaved() -> None:
    text = text_of("<table><tr><td><p>one</p><p>two</p></td><td><p>three</p><p>four</p></td></tr></table>")
    assert text.split() == ["one", "two", "three", "four"]
    assert "|" not in text


def test_a_table_does_not_grow_with_its_widest_cell() -> None:
    table = f"<table><tr><td>{'w' * 5000}<td>x</tr>{'<tr><td>a<td>b</tr>' * 500}</table>"
    assert len(text_of(table)) < 10_000


def test_preformatted_text_keeps_its_spaces() -> None:
    assert (
        text_of("<pre>def f():\n    <span>if x:\n        return</span></pre>") == "def f():\n    if x:\n        return"
    )


def test_hidden_elements_are_left_out() -> None:
    text = text_of('<p>a<span style="color:red; DISPLAY : none">no</span>b</p><div hidden>no</div><select><option>no')
    assert text == "ab"


def test_styles_do_not_make_space() -> None:
    assert text_of('<p style="margin-top: 99999em; padding-left: 99999em">a</p><p>b</p>') == "a\n\nb"


def test_entities_are_decoded_once() -> None:
    assert text_of("<p>&lt;b&gt; &eacute; &#8364; &#x1F600; &amp;lt;b&amp;gt; AT&T</p>") == "<b> é € 😀 &lt;b&gt; AT&T"


def test_code_points_are_kept() -> None:
    assert text_of("<p>e\u0301 é 👩🏽\u200d🚀 \ufb01 日本</p>") == "e\u0301 é 👩🏽\u200d🚀 \ufb01 日本"


def test_text_after_a_processing_instruction_is_kept() -> None:
    assert text_of("<p>one <?php echo 1 ?>two <!-- no -->three</p>") == "one two three"


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>T</title><h1>H</h1>", "T"),
        ("<title> </title><h1>The <i>first</i>\n h</h1><h1>Second</h1>", "The first h"),
        ("<h1></h1><h1>Second</h1>", "Second"),
        ("<svg><title>icon</title></svg><h1>H</h1>", "H"),
        ("<h2>H</h2><p>First line", "stem"),
    ],
)
def test_title(markup: str, title: str) -> None:
    assert read_html(markup.encode(), "stem").title == title


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="koi8-r">', "koi8-r"),
        ("<META CHARSET=windows-1251>", "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">', "cp932"),
        ("<?xml version='1.0' encoding='iso-8859-5'?>", "iso8859-5"),
        ('<meta charset="iso-8859-1">', "utf-8"),
        ('<meta charset="utf-8">', "utf-16"),
        ('<meta charset="no-such-encoding">', "utf-8"),
        ("", "utf-8"),
    ],
)
def test_encoding(head: str, encoding: str) -> None:
    page = f"{head}<html><body><p>Да, нет</p></body></html>"
    assert read_html(page.encode(encoding), "stem").text == "Да, нет"


def test_encoding_without_a_declaration_is_found_as_for_text() -> None:
    assert read_html("<p>café crème</p>".encode("latin-1"), "stem").text == "café crème"


@pytest.mark.parametrize(
    "markup",
    [
        "<html><head><title>T</title></head><body></body></html>",
        "<script>x</script>",
        "<!-- x -->",
        "<p> &nbsp; </p>",
        "</p>",
    ],
)
def test_a_page_without_visible_text_is_empty(refuse: Callable[[str, bytes], str], markup: str) -> None:
    assert refuse("page.html", markup.encode()) == "empty"


@pytest.mark.parametrize("depth", [300, 600])
def test_deep_nesting_is_followed(depth: int) -> None:
    assert text_of("<div>" * depth + "deep" + "</div>" * depth + "<p>after") == "deep\n\nafter"


@pytest.mark.parametrize("depth", [2000, 100_000])
@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td"])
def test_absurd_nesting_is_refused(refuse: Callable[[str, bytes], str], depth: int, tag: str) -> None:
    assert refuse("page.html", (f"<{tag}>" * depth + "deep").encode()) == "its HTML is nested too deeply"


def test_nesting_is_refused_where_the_parser_gives_up_too() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    try:
        with pytest.raises(RefusedError, match="nested too deeply"):
            text_of("<div>" * 100_000 + "deep")
    finally:
        sys.setrecursionlimit(limit)


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<table>", "<tr>", "<td>", "</td>", "<ul>", "<li>", "<b", '"', "<!--", "<![CDATA[", "&#"]
    )
    | st.sampled_from(
        ["<pre>", "<q>", "<br>", "<td hidden>", "<svg>", "<title>", "<html>", "<?", "]]>", "&amp;", "x y"]
    )
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=5)
).map("".join)


@given(MARKUP)
def test_malformed_markup_never_crashes(markup: str) -> None:
    content = read_html(("so many words that it is not binary " * 9 + markup).encode(), "stem")
    content.text.encode("utf-8")
    assert content.title


@pytest.mark.parametrize("reference", ["\x1b", "\x0c", "&#1;", "&#x1b;", "\ufffe", "\uffff", "&#xfffe;", "&#xD800;"])
def test_characters_that_xml_does_not_have_are_survived(reference: str) -> None:
    text = text_of(f"<p>some words {reference} more</p><table><tr><td>{reference}<td>{reference}")
    assert text.startswith("some words ")
    assert " more" in text
