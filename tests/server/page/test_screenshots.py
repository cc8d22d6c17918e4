"""The pictures of docs/images/: RAGQA_SCREENSHOTS=1 python -m pytest tests/server/page/test_screenshots.py"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

IMAGES = Path(__file__).parents[3] / "docs" / "images"
LARGEST = 200_000  # bytes
SHARE = "What share of Scale AI did Meta buy?"
PRICE = "How much did Meta invest in Scale AI?"
ABSENT = "Who designed the Eiffel Tower?"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(not os.environ.get("RAGQA_SCREENSHOTS"), reason="RAGQA_SCREENSHOTS is not set")


def with_source(page: Page) -> None:
    page.locator(".source").first.click()
    expect(page.locator("#panel mark")).to_be_in_viewport()


def as_it_is(page: Page) -> None:
    expect(page.locator("#page")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "question", "prepare", "options"),
    [
        ("question", "", as_it_is, {}),
        ("answer", SHARE, as_it_is, {}),
        ("conflict", PRICE, as_it_is, {"viewport": {"width": 1280, "height": 1180}}),
        ("abstention", ABSENT, as_it_is, {}),
        ("source", SHARE, with_source, {}),
        ("dark", PRICE, with_source, {"color_scheme": "dark"}),
        ("phone", SHARE, as_it_is, {"viewport": PHONE}),
        ("phone-source", SHARE, with_source, {"viewport": PHONE}),
    ],
)
def test_screenshot(
    open_page: Callable[..., Page],
    seeds_site: str,
    name: str,
    question: str,
    prepare: Callable[[Page], None],
    options: dict[str, Any],
) -> None:
    page = open_page(f"{seeds_site}?{urlencode({'q': question})}", **{"viewport": WIDE, **options})
    page.locator(".result" if question else "#examples").wait_for()
    prepare(page)
    IMAGES.mkdir(exist_ok=True)
    picture = IMAGES / f"page-{name}.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size < LARGEST
