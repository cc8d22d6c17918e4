"""What went wrong is said in words, with what can be done about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Page, Route, expect

from ragqa import Index

Open = Callable[..., Page]
Serve = Callable[..., AbstractContextManager[str]]

SHARE = "What share of Scale AI did Meta buy?"


def ask(page: Page, question: str = SHARE) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def test_a_key_is_asked_for_and_kept_for_the_tab(open_page: Open, seeds: Index, serve: Serve) -> None:
    with serve(seeds, api_key="s3cret") as site:
        page = open_page(site)
        ask(page)
        expect(page.get_by_role("alert")).to_contain_text("asks for an API key")
        expect(page.get_by_role("alert")).not_to_contain_text("not accepted")
        for key in ("wrong", "s3cret"):
            page.get_by_label("API key").fill(key)
            page.get_by_role("button", name="Use it").click()
            if key == "wrong":
                expect(page.get_by_role("alert")).to_contain_text("not accepted")
        expect(page.locator(".answer")).to_have_text("49%")
        page.locator(".source").first.click()
        expect(page.locator("#panel mark")).to_have_text("49%")
        page.reload()
        expect(page.locator(".answer")).to_have_text("49%")
        assert page.evaluate("Object.keys(localStorage)") == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_says_when_to_try_again(open_page: Open, seeds_site: str, status: int) -> None:
    page = open_page(seeds_site)
    page.clock.install()
    problem = '{"title": "Overloaded", "detail": "the queue is full"}'
    busy = {"status": status, "headers": {"Retry-After": "7"}, "content_type": "application/problem+json"}
    page.route("**/ask", lambda route: route.fulfill(body=problem, **busy))
    ask(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The server is busy")
    expect(alert).to_contain_text("the queue is full")
    expect(alert).to_contain_text("in 7 seconds")
    again = alert.get_by_role("button", name="Try again")
    expect(again).to_be_disabled()
    page.unroute("**/ask")
    page.clock.run_for(7_500)
    again.click()
    expect(page.locator(".answer")).to_have_text("49%")


def test_the_time_to_try_again_may_be_a_date(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site)
    page.clock.install(time="2030-01-01T10:00:00Z")
    headers = {"Retry-After": "Tue, 01 Jan 2030 10:01:00 GMT"}
    page.route("**/ask", lambda route: route.fulfill(status=503, headers=headers, body="busy"))
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("in (59|60) seconds"))


def test_a_server_that_is_gone_is_missed_and_found_again(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site)
    page.route("**/ask", lambda route: route.abort())
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text("can’t be reached")
    expect(page.locator("#result")).not_to_have_attribute("aria-busy", "true")
    page.unroute("**/ask")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_text("49%")


def test_a_refused_question_is_explained_and_not_repeated(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site)
    ask(page, "why " * 10_000)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("the limit is")
    expect(alert.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("body", ["<h1>Gateway</h1>", "", "null", '{"detail": [1]}'])
@pytest.mark.parametrize("status", [200, 502])
def test_replies_that_are_not_the_servers_own(open_page: Open, seeds_site: str, body: str, status: int) -> None:
    page = open_page(seeds_site)
    page.route("**/ask", lambda route: route.fulfill(status=status, body=body))
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("makes no sense|refused \\(502\\)"))
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_document_that_is_gone_says_so_in_the_panel(open_page: Open, seeds_site: str) -> None:
    page = open_page(seeds_site)

    def elsewhere(route: Route) -> None:
        route.continue_(url=seeds_site + "documents/no-such-document.md")

    page.route("**/documents/**", elsewhere)
    ask(page)
    page.locator(".source").first.click()
    expect(page.locator("#panel").get_by_role("alert")).to_contain_text("no-such-document.md")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
