"""The description of the interface: OpenAPI, completed, and a page of it at /docs.

The page is plain HTML made from the schema: Swagger UI and its like come from a CDN, or from packages that lag years
behind it, and need a policy that allows inline styles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Response

from ragqa.server.page import HEADERS
from ragqa.server.problems import OpenAIError, Problem
from ragqa.server.settings import ServerSettings


def complete(app: FastAPI, settings: ServerSettings) -> dict[str, Any]:
    """Put into the application's schema what its routes can't say: the settings' limits, and the form of errors."""
    description = app.openapi()
    schemas = description["components"]["schemas"]
    for model in (Problem, OpenAIError):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= {**schema.pop("$defs"), model.__name__: schema}
    question = {"maxLength": settings.max_question_length}
    for name in ("AskRequest", "RetrieveRequest"):
        schemas[name]["properties"]["question"] |= question
    questions = schemas["BatchRequest"]["properties"]["questions"]
    questions["maxItems"] = settings.max_batch
    questions["items"] |= question
    for name, count in (("AskRequest", "top_k"), ("BatchRequest", "top_k"), ("RetrieveRequest", "k")):
        schemas[name]["properties"][count]["maximum"] = settings.max_passages
    app.openapi = lambda: description  # type: ignore[method-assign]  # as FastAPI's documentation has it
    return description


def reference_router(description: dict[str, Any]) -> APIRouter:
    """`/docs`, the description to read."""
    router = APIRouter(include_in_schema=False)
    content = "\n".join(_page(description))

    @router.get("/docs")
    async def docs() -> Response:
        return Response(content, media_type="text/html; charset=utf-8", headers=HEADERS)

    return router


def _page(description: dict[str, Any]) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>ragqa: the HTTP interface</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<link rel="stylesheet" href="static/reference.css">'
    yield '<main>\n<h1>ragqa</h1>\n<p>For programs: <a href="openapi.json">openapi.json</a></p>'
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield from _operation(method, path, operation)
    yield "<h2>Types</h2>"
    for name, schema in description["components"]["schemas"].items():
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
        yield _text(schema.get("description", ""))
        yield f"<pre>{escape(json.dumps(schema, indent=1))}</pre>"
    yield "</main>\n</html>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
    yield _text(operation.get("description", ""))
    yield "<ul>"
    for parameter in operation.get("parameters", ()):
        yield f"<li>{escape(parameter['in'])}: <code>{escape(parameter['name'])}</code></li>"
    if "requestBody" in operation:
        yield f"<li>body: {_types(operation['requestBody'])}</li>"
    for status, response in operation["responses"].items():
        what = "otherwise" if status == "default" else escape(status)
        yield f"<li>{what}: {_types(response)}</li>"
    yield "</ul>"


def _types(described: dict[str, Any]) -> str:
    """Media types, each with a link to its schema where that has a name."""
    found = []
    for media, content in described.get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        link = f' <a href="#{escape(name)}">{escape(name)}</a>' if name else ""
        found.append(f"<code>{escape(media)}</code>{link}")
    return ", ".join(found)


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""
