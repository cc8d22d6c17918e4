"""The page asks, shows answer, disagreement and silence, and keeps its address."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from ragqa import Answer, Document, Index

Open = Callable[..., Page]

SHARE = "What share of Scale AI did Meta buy?"
PRICE = "How much did Meta invest in Scale AI?"
ABSENT = "Who designed the Eiffel Tower?"


def asked(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("q", [])


def test_an_empty_page_awaits_a_question_and_suggests_some(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("   ")
    page.keyboard.press("Enter")
    assert asked(page) == []
    page.get_by_role("link", name=SHARE).click()
    expect(page.locator(".answer")).to_have_text("49%")
    expect(page.get_by_label("Your question")).to_have_value(SHARE)
    assert asked(page) == [SHARE]
    expect(page.locator("#examples")).to_be_hidden()


def test_an_answer_is_shown_with_its_confidence_and_every_citation(
    open_page: Open, seeds_site: str, seeds: Index
) -> None:
    page = open_page(seeds_site, SHARE)
    answer = seeds.ask(SHARE)
    assert answer.answered
    assert not answer.conflict
    expect(page.locator(".answer")).to_have_text(answer.text or "")
    shown = page.locator(".result > .confidence meter").evaluate("meter => [meter.min, meter.max, meter.value]")
    assert shown == [0, 1, pytest.approx(answer.confidence)]
    expect(page.locator(".result > .confidence")).to_contain_text(f"likely, {answer.confidence:.0%}", ignore_case=True)
    assert page.locator(".result > .citations blockquote").all_text_contents() == [c.sentence for c in answer.citations]
    assert page.locator(".result > .citations mark").all_text_contents() == [c.quote for c in answer.citations]
    for figure, citation in zip(page.locator(".result > .citations figure").all(), answer.citations, strict=True):
        expect(figure).to_contain_text(citation.title)
        expect(figure).to_contain_text(f"{citation.document_id} · line {citation.line}")
    likely = "Very likely" if answer.confidence >= 0.8 else "Likely"
    expect(page.get_by_role("status")).to_contain_text(f"{answer.text}. {likely}, {answer.confidence:.0%}")


def test_what_else_is_said_is_folded_away(open_page: Open, seeds_site: str, seeds: Index) -> None:
    page = open_page(seeds_site, SHARE)
    others = [claim.text for claim in seeds.ask(SHARE).claims[1:] if claim.confidence >= 0.1]
    assert others
    expect(page.locator(".others")).to_be_hidden()
    page.get_by_text("Also said").click()
    assert page.locator(".others h3").all_text_contents() == others


def test_sources_that_disagree_stand_side_by_side(open_page: Open, seeds_site: str, seeds: Index) -> None:
    page = open_page(seeds_site, PRICE)
    answer = seeds.ask(PRICE)
    assert answer.conflict
    expect(page.locator(".verdict")).to_contain_text("The sources disagree")
    expect(page.locator(".answer")).to_have_count(0)
    assert page.locator(".cards h3").all_text_contents() == [claim.text for claim in answer.sides]
    first, second = page.locator(".cards > li").all()[:2]
    one, other = first.bounding_box(), second.bounding_box()
    assert one
    assert other
    assert one["y"] == other["y"]
    assert one["x"] + one["width"] <= other["x"]


def test_silence_is_said_and_the_nearest_are_no_answer(open_page: Open, seeds_site: str, seeds: Index) -> None:
    page = open_page(seeds_site, ABSENT)
    answer = seeds.ask(ABSENT)
    assert not answer.answered
    expect(page.locator(".verdict")).to_contain_text("The documents don’t say")
    expect(page.locator(".verdict")).to_contain_text("not an answer")
    expect(page.locator(".answer, .cards")).to_have_count(0)
    assert page.locator(".nearest mark").all_text_contents() == [c.citations[0].quote for c in answer.claims[:3]]
    expect(page.get_by_role("status")).to_have_text("The documents don’t say.")


def test_silence_without_anything_near(open_page: Open, seeds_site: str, pretend: Callable[..., None]) -> None:
    page = open_page(seeds_site)
    silent = Answer(
        question="?", text=None, answered=False, confidence=0, claims=(), conflict=False, citations=(), timings={}
    )
    pretend(page, silent)
    page.get_by_label("Your question").fill("?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".verdict")).to_contain_text("Nothing in them comes near")


def test_an_answer_can_be_linked_to(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site + "?q=What+share+of+Scale+AI+did+Meta+buy%3F")
    expect(page.locator(".answer")).to_have_text("49%")
    expect(page).to_have_title(f"{SHARE} · ragqa")


def test_back_and_forward_show_answers_without_asking_again(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE)
    sent: list[str] = []
    page.get_by_label("Your question").fill(ABSENT)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    page.on("request", lambda request: sent.append(request.method))
    page.go_back()
    expect(page.locator(".answer")).to_have_text("49%")
    page.go_forward()
    expect(page.locator(".verdict")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("#examples")).to_be_visible()
    expect(page.locator(".result")).to_have_count(0)
    assert "POST" not in sent


def test_what_was_asked_before_is_listed_and_can_be_seen_again(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE)
    expect(page.locator("#conversation")).to_be_hidden()
    page.get_by_label("Your question").fill(ABSENT)
    page.keyboard.press("Enter")
    before = page.get_by_role("region", name="Asked before")
    expect(before).to_contain_text(SHARE)
    expect(before).to_contain_text("49%")
    before.get_by_role("link", name=SHARE).click()
    expect(page.locator(".answer")).to_have_text("49%")
    expect(before).to_contain_text(ABSENT)
    expect(before).to_contain_text("The documents don’t say")


def test_a_slow_answer_does_not_replace_a_later_one(
    open_page: Open, seeds_site: str, answer_of: Callable[..., Answer]
) -> None:
    page = open_page(seeds_site)
    waiting: list[Route] = []
    page.route("**/ask", lambda route: waiting.append(route))
    for question in ("slow?", "quick?"):
        page.get_by_label("Your question").fill(question)
        with page.expect_request("**/ask"):
            page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Searching and reading…")
    slow, quick = waiting
    for route, quote in ((quick, "the quick one"), (slow, "the slow one")):
        answer = answer_of(Document(id="a", text=quote), quotes=[quote])
        route.fulfill(body=answer.model_dump_json(), content_type="application/json")
        expect(page.locator(".answer")).to_have_text("the quick one")
    page.evaluate("fetch('health').then((response) => response.json())")  # time for the slow one to arrive
    expect(page.locator(".answer")).to_have_text("the quick one")


def test_what_is_typed_while_an_answer_is_awaited_stays(
    open_page: Open, seeds_site: str, answer_of: Callable[..., Answer]
) -> None:
    page = open_page(seeds_site)
    waiting: list[Route] = []
    page.route("**/ask", lambda route: waiting.append(route))
    page.keyboard.type("first?")
    with page.expect_request("**/ask"):
        page.keyboard.press("Enter")
    page.keyboard.type("second")
    answer = answer_of(Document(id="a", text="the first"), quotes=["the first"])
    waiting[0].fulfill(body=answer.model_dump_json(), content_type="application/json")
    expect(page.locator(".answer")).to_have_text("the first")
    expect(page.get_by_label("Your question")).to_have_value("second")


def test_shift_enter_is_a_new_line(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site)
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(page.get_by_label("Your question")).to_have_value("one\ntwo")
    assert asked(page) == []


def test_a_question_that_leaned_on_others_is_shown_and_linked_as_understood(
    open_page: Open, seeds_site: str, answer_of: Callable[..., Answer]
) -> None:
    page = open_page(seeds_site)
    answer = answer_of(Document(id="a", text="in 2016"), quotes=["in 2016"]).model_dump(mode="json")
    understood = {"asked": "When was Scale AI founded?", "carried": ["Scale AI"]}
    page.route("**/ask", lambda route: route.fulfill(json={**answer, "question": "And when?", **understood}))
    page.get_by_label("Your question").fill("And when?")
    page.keyboard.press("Enter")
    expect(page.locator(".understood")).to_have_text("Understood as: When was Scale AI founded?")
    expect(page.get_by_label("Your question")).to_have_value("And when?")
    assert asked(page) == ["When was Scale AI founded?"]


def test_the_name_of_the_page_starts_over(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site, SHARE)
    page.get_by_role("link", name="ragqa").click()
    expect(page.locator("#examples")).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_value("")
    assert asked(page) == []
    page.go_back()
    expect(page.locator(".answer")).to_have_text("49%")
