"""The page at `/`: a few static files, served with a policy that lets nothing else run or load."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Response

STATIC = Path(__file__).with_name("static")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

SEEDS_QUESTIONS = (  # an answer, a disagreement, an answer of many sources, and one that the seeds don't hold
    "What share of Scale AI did Meta buy?",
    "How much did Meta invest in Scale AI?",
    "Who founded Scale AI?",
    "Who designed the Eiffel Tower?",
)
EXAMPLES_MARK = "<!-- examples -->"


def page_router(examples: Sequence[str]) -> APIRouter:
    """`/` is index.html; every file beside it, read once here, is at `/static/NAME`.

    Args:
        examples: questions that the page suggests.
    """
    router = APIRouter(include_in_schema=False)
    for path in sorted(STATIC.iterdir()):
        if path.name == "index.html":
            markup = path.read_text("utf-8").replace(EXAMPLES_MARK, _examples(examples))
            _serve(router, "/", markup.encode(), path.suffix)
        elif path.suffix in KINDS:
            _serve(router, f"/static/{path.name}", path.read_bytes(), path.suffix)
    return router


def _examples(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    items = "".join(f'<li><a href="?{escape(urlencode({"q": q}))}">{escape(q)}</a></li>' for q in questions)
    heading = '<h2 id="for-example">For example</h2>'
    return f'<section id="examples" aria-labelledby="for-example">{heading}<ul>{items}</ul></section>'


def _serve(router: APIRouter, url: str, content: bytes, suffix: str) -> None:
    @router.api_route(url, methods=["GET", "HEAD"])
    async def file() -> Response:
        return Response(content, media_type=KINDS[suffix], headers=HEADERS)
