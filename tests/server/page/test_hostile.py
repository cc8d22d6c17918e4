"""Text from documents, questions and errors is text: it never becomes part of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ragqa import Document, Index

Open = Callable[..., Page]
Serve = Callable[..., AbstractContextManager[str]]

BOOM = "<script>boom()</script><img src=x onerror=boom()>"
TEXT = f"""# {BOOM}

</div></dialog><svg onload="boom()"><style>body {{ display: none }}</style>

The captain of the Meridian is {BOOM} Ada <b>Lindqvist</b>. <a href="javascript:boom()">More</a> {{{{7*7}}}} &lt;&amp;

The Meridian sails from </script><script>boom()</script> Gothenburg to Oslo. It was built in 1931 in Malmö.
"""
IDS = (
    f'"><script>boom()</script>/{BOOM}',
    "..",
    "a/../../etc/passwd",
    "./here",
    "//host/share",
    "q?a=1#frag %2F%00 \\ + é 🚢",
)


@pytest.fixture(scope="module")
def hostile(build: Callable[..., Index]) -> Iterator[Index]:
    with build(Document(id=IDS[0], title=f"'\"></h2>{BOOM}", text=TEXT)) as index:
        yield index


@pytest.fixture(scope="module")
def site(hostile: Index, serve: Serve) -> Iterator[str]:
    with serve(hostile, examples=(f"Who is it? {BOOM}",)) as address:
        yield address


def unharmed(page: Page) -> None:
    """Neither did a script run (`open_page` watches for errors: boom is not defined) nor was an element made."""
    assert page.locator("script").count() == 1
    assert page.locator("img, style, b, iframe, svg[onload], [onerror], a[href^=javascript]").count() == 0
    expect(page.locator("body")).to_be_visible()


@pytest.mark.parametrize(
    "question",
    ["Who is the captain of the Meridian?", "When was the Meridian built?", f"Who is {BOOM}?", "Who is Bob?"],
)
def test_a_hostile_document_is_shown_as_it_is(open_page: Open, site: str, hostile: Index, question: str) -> None:
    page = open_page(site, question)
    answer = hostile.ask(question)
    assert answer.claims
    shown = page.locator("blockquote").first.text_content()
    assert shown == answer.claims[0].citations[0].sentence
    expect(page.locator("h2#asked")).to_have_text(question)
    unharmed(page)
    page.locator(".source").first.click()
    expect(page.locator("#panel mark")).to_have_text(answer.claims[0].citations[0].quote)
    expect(page.locator("#panel-title")).to_have_text(f"'\"></h2>{BOOM}")
    expect(page.locator("#panel-place")).to_contain_text(IDS[0])
    assert page.locator("#panel .piece").all_text_contents() == [TEXT]
    unharmed(page)


def test_a_hostile_example_and_address_are_text(open_page: Open, site: str) -> None:
    page = open_page(site)
    unharmed(page)
    page.get_by_role("link", name="Who is it?").click()
    expect(page.locator("h2#asked")).to_have_text(f"Who is it? {BOOM}")
    unharmed(page)
    page.goto(site + "?q=%3Cimg%20src%3Dx%20onerror%3Dboom()%3E%22%27%3E")
    expect(page.locator("h2#asked")).to_have_text("<img src=x onerror=boom()>\"'>")
    unharmed(page)


def test_a_hostile_file_name(open_page: Open, serve: Serve, tmp_path: Path) -> None:
    name = "<img src=x onerror=boom()> & 'x' #1 100%25?.txt"
    (tmp_path / name).write_text("The captain of the Meridian is Ada Lindqvist.\n")
    with Index.build(tmp_path) as index, serve(index) as site:
        page = open_page(site, "Who is the captain of the Meridian?")
        expect(page.locator(".place").first).to_contain_text(name)
        page.locator(".source").first.click()
        expect(page.locator("#panel mark")).to_have_text("Ada Lindqvist")
        unharmed(page)


def test_a_hostile_error_is_text(open_page: Open, site: str) -> None:
    page = open_page(site)
    problem = f'{{"title": "{BOOM}", "detail": "{BOOM}"}}'
    page.route("**/ask", lambda route: route.fulfill(status=500, content_type="application/problem+json", body=problem))
    page.get_by_label("Your question").fill("?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(BOOM)
    unharmed(page)


@pytest.mark.parametrize("document_id", [name for name in IDS if name != ".."])
def test_a_document_of_any_id_is_found(
    open_page: Open, build: Callable[..., Index], serve: Serve, document_id: str
) -> None:
    document = Document(id=document_id, text="The captain of the Meridian is Ada Lindqvist.")
    with build(document) as index, serve(index) as site:
        page = open_page(site, "Who is the captain of the Meridian?")
        page.locator(".source").click()
        expect(page.locator("#panel mark")).to_have_text("Ada Lindqvist")


def test_the_policy_would_stop_a_script_that_got_in(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(site)
    page.evaluate(
        """() => {
          window.stopped = [];
          addEventListener("securitypolicyviolation", (event) => { stopped.push(event.violatedDirective); });
        }"""
    )
    page.evaluate("() => { document.body.append(Object.assign(document.createElement('script'), {text: 'x = 1'})) }")
    page.wait_for_function("stopped.length > 0")
    assert page.evaluate("[stopped, typeof x]") == [["script-src-elem"], "undefined"]
    page.close()
