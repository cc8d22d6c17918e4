"""The page at `/`: three static files, served with a policy that lets nothing else run or load."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response

STATIC = Path(__file__).with_name("static")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
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


def page_router() -> APIRouter:
    """`/` is index.html; every file beside it, read once here, is at `/static/NAME`."""
    router = APIRouter(include_in_schema=False)
    for path in sorted(STATIC.iterdir()):
        if path.suffix in KINDS:
            _serve(router, "/" if path.name == "index.html" else f"/static/{path.name}", path)
    return router


def _serve(router: APIRouter, url: str, path: Path) -> None:
    content, kind = path.read_bytes(), KINDS[path.suffix]

    @router.api_route(url, methods=["GET", "HEAD"])
    async def file() -> Response:
        return Response(content, media_type=kind, headers=HEADERS)
