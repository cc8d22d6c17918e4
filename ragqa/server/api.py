"""The routes that speak ragqa's own JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

import ragqa
from ragqa.pipeline import TOP_K
from ragqa.schema import NOT_BLANK, Answer, Document, Retrieved, Turn
from ragqa.server.problems import OverloadedError
from ragqa.server.service import Service

PROBLEM = {
    "description": "What was wrong, as problem JSON (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _whole(value: Any) -> Any:
    """8.0 is an integer in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Types are checked here, values by the library, whose messages are better; the schema says what it will accept.
Question = Annotated[str, Field(json_schema_extra={"minLength": 1, "pattern": NOT_BLANK})]
Count = Annotated[int, BeforeValidator(_whole), Field(json_schema_extra={"minimum": 1})]
Share = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Asking(_Request):
    top_k: Count = Field(default=TOP_K, description="Passages that are read for a question.")
    min_confidence: Share | None = Field(default=None, description="Abstain below it; default: as fitted.")


class AskRequest(_Asking):
    """A question, and the conversation that it is part of."""

    question: Question = Field(description="What you want to know.")
    history: list[Turn] = Field(
        default_factory=list, max_length=1_000, description="The turns before it, oldest first; the last 8 count."
    )


class BatchRequest(_Asking):
    """Questions that are answered together."""

    questions: list[Question] = Field(max_length=1_000, description="What you want to know.")


class RetrieveRequest(_Request):
    """A question whose passages are wanted."""

    question: Question = Field(description="What the passages should be about.")
    k: Count = Field(default=10, description="Passages wanted.")


class Batch(BaseModel):
    """One answer for each question, in their order."""

    answers: list[Answer]


class Passages(BaseModel):
    """Passages, best first."""

    passages: list[Retrieved]


class State(BaseModel):
    """How the server is."""

    status: str
    version: str
    documents: int = Field(description="Documents in the index.")


def keyed(service: Service) -> list[Any]:
    """How a key can be sent, for the description only: the gate has checked it before a route is reached."""
    if service.settings.api_key is None:
        return []
    return [Security(HTTPBearer(auto_error=False)), Security(APIKeyHeader(name="X-API-Key", auto_error=False))]


def api_router(service: Service) -> APIRouter:
    """Questions, passages and documents, as JSON."""
    router = APIRouter(dependencies=keyed(service), responses={"default": PROBLEM}, tags=["ragqa"])

    @router.post("/ask", response_model=Answer)
    async def ask(body: AskRequest) -> Response:
        """Answer a question from the documents, or say that they don't."""
        return _json(await service.ask(body.question, body.history, body.top_k, body.min_confidence))

    @router.post("/ask/batch", response_model=Batch)
    async def ask_batch(body: BatchRequest) -> Response:
        """Answer many questions at once; the same answers as one by one."""
        return _json(Batch(answers=await service.ask_many(body.questions, body.top_k, body.min_confidence)))

    @router.post("/retrieve", response_model=Passages)
    async def retrieve(body: RetrieveRequest) -> Response:
        """Find the passages that match a question best, for use under another model."""
        return _json(Passages(passages=await service.retrieve(body.question, body.k)))

    @router.get("/documents/{document_id:path}", response_model=Document)
    def document(document_id: str) -> Response:
        """Get a document of the index, whose text is what all offsets refer to."""
        return _json(service.document(document_id))

    return router


def state_router(service: Service) -> APIRouter:
    """Routes for those who run the server."""
    router = APIRouter(responses={"default": PROBLEM}, tags=["operation"])

    @router.get("/health", response_model=dict[str, str])
    async def health() -> dict[str, str]:
        """Tell that the process answers at all."""
        return {"status": "ok"}

    @router.get("/ready", response_model=State)
    async def ready() -> State:
        """Tell whether a question would be taken now."""
        if service.workers.full:
            raise OverloadedError(f"{service.workers.pending} requests are pending; try again soon")
        return State(status="ready", version=ragqa.__version__, documents=service.count_documents())

    @router.get(
        "/metrics",
        dependencies=keyed(service),
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    def metrics() -> Response:
        """Give the server's figures in Prometheus's text format."""
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


def _json(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")
