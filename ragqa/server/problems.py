"""Errors over HTTP: the library's tree as problem JSON (RFC 9457), and under /v1 as OpenAI's clients expect them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from ragqa.errors import (
    IndexClosedError,
    InvalidArgumentError,
    InvalidQuestionError,
    RagqaError,
    UnknownDocumentError,
)

SHOWN = 20  # mistakes of one body that are listed

# What the caller can mend; any other error of the library is the server's own, and its message is for the log.
STATUS: dict[type[RagqaError], int] = {
    InvalidQuestionError: 422,
    InvalidArgumentError: 422,
    UnknownDocumentError: 404,
    IndexClosedError: 503,
}


class ServerError(RagqaError):
    """Base of what the server itself refuses; `status` and `headers` are those of the response."""

    status: ClassVar[int]
    headers: ClassVar[Mapping[str, str]] = {}


class UnauthorizedError(ServerError):
    """The API key is missing or wrong."""

    status = 401
    headers: ClassVar = {"WWW-Authenticate": "Bearer"}


class MisdirectedHostError(ServerError):
    """The Host header names a host that this server does not answer for."""

    status = 421


class SlowRequestError(ServerError):
    """The body did not arrive in time."""

    status = 408


class BodyTooLargeError(ServerError):
    """The body is longer than the limit."""

    status = 413


class ContentTypeError(ServerError):
    """The body is not declared to be JSON, which also keeps other sites' forms out."""

    status = 415


class OverloadedError(ServerError):
    """More requests are waiting than the queue holds, or this one waited too long."""

    status = 503
    headers: ClassVar = {"Retry-After": "1"}


class TimeLimitError(ServerError):
    """The answer was not ready in time."""

    status = 504


class Mistake(BaseModel):
    """One thing that is wrong with a request."""

    detail: str
    pointer: str | None = Field(default=None, description="JSON pointer to it, when it is in the body.")
    parameter: str | None = Field(default=None, description="Its name, when it is in the URL.")


class Problem(BaseModel):
    """An error as RFC 9457 has it."""

    type: str = Field(description="urn:ragqa:error: and the error's name in ragqa.errors, or about:blank.")
    title: str
    status: int
    detail: str = Field(description="What was wrong, with which value, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[Mistake] | None = Field(default=None, description="Each mistake, when the request is malformed.")


class OpenAIErrorDetail(BaseModel):
    """The inside of `OpenAIError`."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    """An error as OpenAI's clients expect it."""

    error: OpenAIErrorDetail


def install(app: FastAPI) -> None:
    """Every error of the application becomes a problem."""

    async def raised(request: Request, error: Exception) -> Response:
        return problem(request.scope, error)

    for kind in (RagqaError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, raised)


def problem(scope: Scope, error: Exception) -> Response:
    """The response that tells of an error."""
    if isinstance(error, RequestValidationError):
        return _malformed(scope, error.errors())
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        detail = error.detail if error.detail != phrase else f"{phrase}: {scope['method']} {scope['path']}"
        if error.status_code == 400 and error.__cause__ is not None:  # FastAPI could not decode the body
            detail = f"the body is not JSON that can be read: {error.__cause__}"
        return _respond(scope, error.status_code, None, detail, headers=error.headers)
    if isinstance(error, ServerError):
        return _respond(scope, error.status, type(error), str(error), headers=error.headers)
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            return _respond(scope, status, kind, str(error))
    if isinstance(error, RagqaError):
        logging.getLogger("ragqa.server").error("%s: %s", type(error).__name__, error)
        return _respond(scope, 500, type(error), "the server can't answer from its index; its log says why")
    return _respond(scope, 500, None, "an error inside the server; its log says which")


def _malformed(scope: Scope, found: Sequence[Any]) -> Response:
    if found[0]["type"] == "json_invalid":
        detail = f"the body is not JSON: {found[0]['ctx']['error']} at character {found[0]['loc'][-1]}"
        return _respond(scope, 400, None, detail)
    mistakes = [_mistake(error["loc"], error["msg"]) for error in found[:SHOWN]]
    said = [f"{(m.pointer or '')[2:] or m.parameter or 'the body'}: {m.detail}" for m in mistakes]
    detail = "; ".join(said) + (f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
    return _respond(scope, 422, None, detail, mistakes)


def _mistake(place: Sequence[Any], message: str) -> Mistake:
    if place[0] != "body":
        return Mistake(detail=message, parameter=str(place[-1]))
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in place[1:]]
    return Mistake(detail=message, pointer="#" + "".join(f"/{step}" for step in steps))


def _respond(
    scope: Scope,
    status: int,
    kind: type[RagqaError] | None,
    detail: str,
    mistakes: Iterable[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    if scope["path"].startswith("/v1/"):
        return _openai(status, kind, detail, list(mistakes), headers)
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__.removesuffix("Error")).lower() if kind else ""
    body = Problem(
        type=f"urn:ragqa:error:{kind.__name__}" if kind else "about:blank",
        title=words.capitalize() or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=quote(scope["path"]),
        errors=list(mistakes) or None,
    )
    return _json(body, status, "application/problem+json", headers)


def _openai(
    status: int, kind: type[RagqaError] | None, detail: str, mistakes: list[Mistake], headers: Mapping[str, str] | None
) -> Response:
    types = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    error = OpenAIErrorDetail(
        message=detail,
        type=types.get(status, "server_error" if status >= 500 else "invalid_request_error"),
        param=(mistakes[0].pointer or "")[2:].replace("/", ".") or None if mistakes else None,
        code=kind.__name__ if kind else None,
    )
    # OpenAI answers 400 where 422 would be more exact, and its clients tell the two apart
    return _json(OpenAIError(error=error), 400 if status == 422 else status, "application/json", headers)


def _json(body: BaseModel, status: int, kind: str, headers: Mapping[str, str] | None) -> Response:
    # what was sent may hold half characters, which only an escape can carry
    content = json.dumps(body.model_dump(exclude_none=isinstance(body, Problem)))
    return Response(content, status, media_type=kind, headers=dict(headers or {}))
