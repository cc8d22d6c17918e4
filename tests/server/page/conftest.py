"""A browser, and servers for it to open: over the seeds, and over documents that mean harm or are odd."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

from ragqa import Answer, Claim, Document, Index
from ragqa.schema import Citation
from ragqa.server import ServerSettings, create_app
from ragqa.server.page import SEEDS_QUESTIONS

CHROMIUM = shutil.which("chromium")
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDE = {"width": 1280, "height": 860}
VIOLATIONS = "addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.blockedURI}`))"

Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="package")  # while it lives no other test can run an event loop
def browser() -> Iterator[Browser]:
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES) as browser,
    ):
        yield browser


@pytest.fixture(scope="session")
def serve(running: Callable[[FastAPI], AbstractContextManager[str]]) -> Serve:
    """Serves an index with settings given as keywords; gives the page's address."""

    @contextmanager
    def run(index: Index, **settings: Any) -> Iterator[str]:
        with running(create_app(index, ServerSettings(**{"api_key": None, **settings}))) as address:
            yield f"{address}/"

    return run


@pytest.fixture(scope="session")
def seeds_site(seeds: Index, serve: Serve) -> Iterator[str]:
    with serve(seeds, examples=SEEDS_QUESTIONS) as address:
        yield address


@dataclass
class Window:
    """One page of the browser, and all that it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self, site: str) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda sent: None if sent.url.startswith(site) else self.foreign.append(sent.url))
        self.page.add_init_script(VIOLATIONS)

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith("Failed to load resource"):  # how Chromium reports any status of 400 and more
            self.complaints.append(f"{message.type}: {message.text}")


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens an address in a fresh browser context; options are the context's. No page may complain or go elsewhere."""
    windows: list[Window] = []

    def open_one(site: str, question: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
        window = Window(context.new_page())
        window.watch(site.partition("?")[0])
        windows.append(window)
        window.page.goto(site)
        if question:
            window.page.get_by_label("Your question").fill(question)
            window.page.keyboard.press("Enter")
            window.page.locator(".result").wait_for()
        return window.page

    yield open_one
    for window in windows:
        window.page.context.close()
    assert [window.complaints for window in windows] == [[]] * len(windows)
    assert [window.foreign for window in windows] == [[]] * len(windows)


def answer_from(*documents: Document, quotes: list[str], answered: bool = True, conflict: bool = False) -> Answer:
    """An answer with one claim for each quote, found in the document of the same rank."""
    claims = []
    for document, quote in zip(documents, quotes, strict=True):
        start = document.text.index(quote)
        place: dict[str, Any] = {"document_id": document.id, "title": document.title, "source": "", "quote": quote}
        span: dict[str, Any] = {"start": start, "end": start + len(quote), "sentence": quote, "sentence_start": start}
        offsets = {"page": document.page(start), "line": document.line(start)}
        claims.append(Claim(text=quote, confidence=0.9, citations=(Citation(**place, **span, **offsets),)))
    return Answer(
        question="?",
        text=quotes[0] if answered else None,
        answered=answered,
        confidence=0.9,
        claims=tuple(claims),
        conflict=conflict,
        rivals=tuple(range(len(claims))) if conflict else (),
        citations=claims[0].citations if answered else (),
        timings={"total": 12.0},
    )


@pytest.fixture(scope="session")
def pretend() -> Callable[..., None]:
    """Has a page's server give an answer, and documents, that are made up."""

    def put(page: Page, answer: Answer, *documents: Document) -> None:
        def reply(route: Route) -> None:
            asked = route.request.url.rpartition("/documents/")[2]
            body = answer if route.request.url.endswith("/ask") else next(d for d in documents if d.id == asked)
            route.fulfill(body=body.model_dump_json(), content_type="application/json")

        page.route("**/ask", reply)
        page.route("**/documents/**", reply)

    return put


@pytest.fixture(scope="session")
def answer_of() -> Callable[..., Answer]:
    return answer_from
