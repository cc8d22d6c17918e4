"""A citation opens its document at the quote, whatever the document is like, and where the quote really is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, Page, expect

from ragqa import Answer, Document, Index

Open = Callable[..., Page]
Pretend = Callable[..., None]
AnswerOf = Callable[..., Answer]

SHARE = "What share of Scale AI did Meta buy?"
TEXT = "[...document.querySelectorAll('#panel .piece')].map((piece) => piece.textContent).join('')"
FIT = "mark => { const m = mark.getBoundingClientRect(), p = mark.closest('#panel-text').getBoundingClientRect(); \
return m.top >= p.top && m.bottom <= p.bottom }"


def ask(page: Page, question: str = "?") -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".result").wait_for()


def open_first(page: Page) -> Locator:
    """The mark in the panel that the first citation opens."""
    page.locator(".source").first.click()
    mark = page.locator("#panel mark")
    mark.wait_for()
    return mark


@pytest.mark.parametrize("rank", [0, 1])
def test_a_citation_opens_its_document_at_the_quote(open_page: Open, seeds_site: str, seeds: Index, rank: int) -> None:
    page = open_page(seeds_site, SHARE)
    citation = seeds.ask(SHARE).citations[rank]
    document = seeds.document(citation.document_id)
    page.locator(".result > .citations .source").nth(rank).click()
    mark = page.locator("#panel mark")
    expect(mark).to_have_text(citation.quote)
    expect(page.get_by_role("dialog", name=citation.title)).to_be_visible()
    assert page.evaluate(TEXT) == document.text
    before = mark.evaluate("mark => mark.previousSibling.textContent")
    assert document.text[: citation.start].endswith(before)
    page.wait_for_function(f"({FIT})(document.querySelector('#panel mark'))")


def test_escape_closes_the_source_and_the_focus_returns(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE)
    button = page.locator(".source").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    mark = page.locator("#panel mark")
    expect(mark).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(button).to_be_focused()


def test_another_source_takes_the_place_of_the_first(open_page: Open, seeds_site: str, seeds: Index) -> None:
    page = open_page(seeds_site, SHARE)
    first, second = seeds.ask(SHARE).citations[:2]
    open_first(page)
    page.locator(".source").nth(1).click()
    expect(page.locator("#panel-title")).to_have_text(second.title)
    expect(page.locator("#panel mark")).to_have_count(1)
    expect(page.locator(".source.open")).to_have_text(second.title)
    page.get_by_role("button", name="Close the source").click()
    expect(page.locator(".source.open")).to_have_count(0)
    assert first.title != second.title


def test_a_new_question_closes_the_source(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE)
    open_first(page)
    ask(page, "Who founded Scale AI?")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.get_by_label("Your question")).to_be_focused()


def test_on_a_phone_the_source_is_a_dialog_over_the_page(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE, viewport={"width": 390, "height": 844})
    open_first(page)
    panel = page.locator("#panel")
    assert panel.evaluate("panel => panel.matches(':modal')")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("#panel:not(:modal)")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#panel:modal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(".source").first).to_be_focused()


@pytest.mark.parametrize("width", [320, 390, 1024])
def test_nothing_is_wider_than_the_window(open_page: Open, seeds_site: str, width: int) -> None:
    page = open_page(seeds_site, "How much did Meta invest in Scale AI?", viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    open_first(page)
    assert page.locator("#panel-text").evaluate("text => text.scrollWidth - text.clientWidth") == 0


def test_offsets_are_code_points_not_the_browsers_units(
    open_page: Open, seeds_site: str, pretend: Pretend, answer_of: AnswerOf
) -> None:
    text = "👩‍🚀🚀 𝔘nicode 🎉\r\n" * 40 + "The captain, 🧭, is Ada 🌊 Lindqvist. " + "🐳" * 50
    document = Document(id="sea.txt", text=text)
    answer = answer_of(document, quotes=["Ada 🌊 Lindqvist"])
    page = open_page(seeds_site)
    pretend(page, answer, document)
    ask(page)
    mark = open_first(page)
    assert mark.text_content() == "Ada 🌊 Lindqvist"
    assert page.evaluate(TEXT) == text


def test_a_sentence_is_marked_at_its_code_points(open_page: Open, seeds_site: str, pretend: Pretend) -> None:
    citation = {"document_id": "sea.txt", "title": "", "source": "", "page": None, "line": 1}
    place = {"quote": "Ada", "start": 104, "end": 107, "sentence": "🧭🌊: Ada sails, not Ada.", "sentence_start": 100}
    claim = {"text": "Ada", "confidence": 0.9, "citations": ({**citation, **place},)}
    answer = {"question": "?", "text": "Ada", "answered": True, "confidence": 0.9, "conflict": False, "timings": {}}
    page = open_page(seeds_site)
    pretend(page, Answer.model_validate({**answer, "claims": (claim,), "citations": claim["citations"]}))
    ask(page)
    assert page.locator("blockquote").evaluate("quote => [...quote.childNodes].map((node) => node.textContent)") == [
        "🧭🌊: ",
        "Ada",
        " sails, not Ada.",
    ]


def test_ten_megabytes_show_a_part_and_on_demand_the_whole(
    open_page: Open, seeds_site: str, pretend: Pretend, answer_of: AnswerOf
) -> None:
    line = "Ships 🚢 of every kind sailed past the lighthouse, and nobody counted them all that year.\n"
    half = line * (5_000_000 // len(line))
    document = Document(id="log.txt", text=half + "The keeper was Ada Lindqvist.\n" + half)
    page = open_page(seeds_site)
    pretend(page, answer_of(document, quotes=["Ada Lindqvist"]), document)
    ask(page)
    mark = open_first(page)
    assert len(page.evaluate(TEXT)) < 60_000
    page.locator("#panel").get_by_role("button", name="Show the whole text").first.click()
    expect(page.locator("#panel .more")).to_have_count(0)
    assert page.evaluate(TEXT) == document.text
    page.wait_for_function(f"({FIT})(document.querySelector('#panel mark'))")
    expect(mark).to_have_text("Ada Lindqvist")


def test_a_long_line_without_spaces_is_shown_too(
    open_page: Open, seeds_site: str, pretend: Pretend, answer_of: AnswerOf
) -> None:
    document = Document(id="line.txt", text="🚢" * 100_000 + "Ada" + "🌊" * 100_000)
    page = open_page(seeds_site)
    pretend(page, answer_of(document, quotes=["Ada"]), document)
    ask(page)
    open_first(page)
    shown = page.evaluate(TEXT)
    assert shown in document.text
    assert "Ada" in shown


def test_pages_of_a_document_are_told_apart(
    open_page: Open, seeds_site: str, pretend: Pretend, answer_of: AnswerOf
) -> None:
    text = "🚢 One.\n\nTwo is Ada.\n\nThree."
    document = Document(id="a.pdf", text=text, page_starts=(0, text.index("Two"), text.index("Three")))
    page = open_page(seeds_site)
    pretend(page, answer_of(document, quotes=["Ada"]), document)
    ask(page)
    expect(page.locator("figcaption")).to_contain_text("page 2")
    open_first(page)
    labels = page.locator("#panel .piece").evaluate_all("all => all.map((p) => [p.dataset.page, p.textContent])")
    assert labels == [["Page 1", "🚢 One.\n\n"], ["Page 2", "Two is Ada.\n\n"], ["Page 3", "Three."]]


def test_a_document_that_has_changed_is_not_marked_at_a_guess(
    open_page: Open, seeds_site: str, pretend: Pretend, answer_of: AnswerOf
) -> None:
    then, now = (Document(id="a", text=text) for text in ("It is Ada.", "Now it is Ada."))
    page = open_page(seeds_site)
    pretend(page, answer_of(then, quotes=["Ada"]), now)
    ask(page)
    page.locator(".source").click()
    expect(page.locator("#panel .notice")).to_contain_text("the document has changed")
    expect(page.locator("#panel mark")).to_have_count(0)
    expect(page.locator("#panel .piece")).to_have_text("Now it is Ada.")


CUTS = """async ([text, codePoints, start, end, length, reach]) => {
  const { around, pieces, unitOffsets } = await import("/static/text.js");
  const units = unitOffsets(text, codePoints);
  const [from, to] = unitOffsets(text, [start, end]);
  const span = { start: from, end: to };
  const part = around(text, span, reach);
  return [units, span, part, pieces(text, part, span, units, length)];
}"""


@pytest.fixture(scope="module")
def blank(browser: Browser, seeds_site: str) -> Page:
    page = browser.new_page()
    page.goto(seeds_site)
    return page


@given(data=st.data())
def test_offsets_and_pieces_agree_with_the_text(blank: Page, data: st.DataObject) -> None:
    text = data.draw(
        st.text(st.sampled_from("a \n\r🚢é\u0301👩\u200d\u2028") | st.characters(exclude_categories=["Cs"]))
    )
    points = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    length, reach = data.draw(st.integers(1, 50)), data.draw(st.integers(0, 50))
    units, span, part, cut = blank.evaluate(CUTS, [text, points, start, end, length, reach])
    encoded = text.encode("utf-16-le")
    assert units == [len(text[:point].encode("utf-16-le")) // 2 for point in points]
    assert encoded[2 * span["start"] : 2 * span["end"]].decode("utf-16-le") == text[start:end]
    assert part["start"] <= span["start"]
    assert span["end"] <= part["end"]
    bounds = [part["start"], *(piece["end"] for piece in cut)]
    assert [piece["start"] for piece in cut] == bounds[:-1]
    assert bounds[-1] == part["end"]
    assert not any(span["start"] < bound < span["end"] for bound in bounds)
    for piece in cut:
        encoded[2 * piece["start"] : 2 * piece["end"]].decode("utf-16-le")  # no half characters
