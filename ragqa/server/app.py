"""From an index to an application: the rooms of the server put together."""

from __future__ import annotations

from fastapi import FastAPI

import ragqa
from ragqa.pipeline import Index
from ragqa.server.page import page_router
from ragqa.server.settings import ServerSettings


def create_app(index: Index, settings: ServerSettings | None = None) -> FastAPI:
    """An ASGI application that answers from an index, which stays the caller's to close."""
    app = FastAPI(title="ragqa", version=ragqa.__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(page_router(index))

    @app.post("/ask")
    def ask(body: dict) -> dict:
        return index.ask(body["question"]).model_dump(mode="json")

    @app.get("/documents/{document_id:path}")
    def document(document_id: str) -> dict:
        return index.document(document_id).model_dump(mode="json")

    return app
