"""Everything can be reached, seen and heard, by whoever and with whatever."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ragqa import Index

Open = Callable[..., Page]

SHARE = "What share of Scale AI did Meta buy?"
PRICE = "How much did Meta invest in Scale AI?"
ABSENT = "Who designed the Eiffel Tower?"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


def landing(page: Page) -> None:
    expect(page.locator("#examples")).to_be_visible()


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(f"[aria-labelledby=asked]:has-text({json.dumps(question)}), .problem").wait_for()


def answer(page: Page) -> None:
    ask(page, SHARE)
    page.get_by_text("Also said").click()


def disagreement(page: Page) -> None:
    ask(page, PRICE)


def silence(page: Page) -> None:
    ask(page, ABSENT)
    expect(page.get_by_role("region", name="Asked before")).to_be_visible()


def source(page: Page) -> None:
    page.locator(".source").first.click()
    page.locator("#panel mark").wait_for()


def refusal(page: Page, status: int = 503) -> None:
    page.route("**/ask", lambda route: route.fulfill(status=status, headers={"Retry-After": "60"}, body=""))
    ask(page, "?")


def lock(page: Page) -> None:
    refusal(page, 401)


@pytest.mark.parametrize(("scheme", "viewport"), [("light", WIDE), ("dark", WIDE), ("light", PHONE)])
def test_axe_finds_nothing_in_any_state(
    open_page: Open, seeds_site: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page(seeds_site, color_scheme=scheme, viewport=viewport)
    for state in (landing, answer, disagreement, silence, source):
        state(page)
        assert faults(page) == "", state.__name__
    for state in (refusal, lock):
        page = open_page(seeds_site, color_scheme=scheme, viewport=viewport)
        state(page)
        assert faults(page) == "", state.__name__


def faults(page: Page) -> str:
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    return results.generate_report() if results.violations_count else ""


def test_the_keyboard_reaches_everything_in_order(open_page: Open, seeds_site: str, seeds: Index) -> None:
    answer = seeds.ask(SHARE)
    others = sum(claim.confidence >= 0.1 for claim in answer.claims[1:])
    assert len(answer.citations) == 2
    assert others
    page = open_page(seeds_site, SHARE)
    page.get_by_text("Skip to the answer").focus()
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        reached.append(focused.evaluate("e => e.id || e.className || e.textContent"))
        style = focused.evaluate("e => getComputedStyle(e.closest('.box') && e.id ? e.parentElement : e).outlineStyle")
        assert style == "solid", reached[-1]
    assert reached == ["ragqa", "question", "Ask", "source", "source", f"Also said ({others})"]


def test_the_skip_link_leads_to_the_answer(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_text("Skip to the answer")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_focused()
    expect(page.locator(".answer")).to_have_text("49%")


def test_landmarks_headings_and_names(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, PRICE)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("search")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask the documents")
    expect(page.get_by_role("article", name=PRICE)).to_be_visible()
    levels = page.get_by_role("heading").evaluate_all("all => all.map((h) => h.tagName)")
    assert levels == ["H1", "H2", *["H3"] * page.locator(".cards > li").count()]
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page.get_by_role("meter", name="Confidence").first).to_be_visible()


def test_motion_is_left_out_for_those_who_ask(open_page: Open, seeds_site: str) -> None:
    names = []
    for motion in ("reduce", "no-preference"):
        page = open_page(seeds_site, SHARE, reduced_motion=motion)
        page.locator(".source").first.click()
        names.append(page.locator("#panel").evaluate("panel => getComputedStyle(panel).animationName"))
    assert names == ["none", "arrive"]
