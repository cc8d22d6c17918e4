"""From an index to an application: the rooms of the server put together."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import ragqa
from ragqa.pipeline import Index
from ragqa.server import problems
from ragqa.server.api import api_router, state_router
from ragqa.server.chat import chat_router
from ragqa.server.gate import Gate
from ragqa.server.metrics import Counting
from ragqa.server.page import page_router
from ragqa.server.reference import complete, reference_router
from ragqa.server.service import Service
from ragqa.server.settings import ServerSettings, settings_of


def create_app(index: Index, settings: ServerSettings | None = None) -> FastAPI:
    """An ASGI application that answers from an index.

    Args:
        index: stays the caller's, to close when the server has ended and to leave unchanged until then.
        settings: None for the defaults, with the API key of the environment.

    Raises:
        InvalidArgumentError: RAGQA_API_KEY is not a possible key.
        ModelError: the reader can't be loaded.
    """
    settings = settings_of() if settings is None else settings
    service = Service(index, settings)
    app = FastAPI(
        title="ragqa",
        version=ragqa.__version__,
        description="Answers from documents, with proof.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in (api_router(service), chat_router(service), state_router(service), page_router()):
        app.include_router(router)
    app.include_router(reference_router(complete(app, settings)))
    problems.install(app)
    app.add_middleware(Gate, settings=settings)  # the last one added is the first to see a request
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["GET", "POST"], allow_headers=["*"]
        )
    app.add_middleware(Counting, metrics=service.metrics)
    return app
