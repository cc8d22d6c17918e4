"""What every request passes before it reaches a route: its host, its key, its body."""

from __future__ import annotations

import asyncio
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragqa.server.problems import (
    BodyTooLargeError,
    ContentTypeError,
    MisdirectedHostError,
    ServerError,
    SlowRequestError,
    UnauthorizedError,
    problem,
)
from ragqa.server.settings import ServerSettings

OPEN = {"/", "/health", "/ready", "/docs", "/openapi.json"}  # and /static/: they say nothing of the documents


class Gate:
    """ASGI middleware: lets a request through with its whole body, or answers with a problem."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        """Guard an application."""
        self._app = app
        self._settings = settings
        self._key = None if settings.api_key is None else settings.api_key.get_secret_value().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_key(scope["path"], headers)
            if scope["method"] == "POST":
                _check_content_type(headers)
            body = await self._body(headers, receive)
        except ServerError as error:
            await problem(scope, error)(scope, receive, send_marked)
            return
        await self._app(scope, _replay(body, receive), send_marked)

    def _check_host(self, headers: Headers) -> None:
        allowed = self._settings.allowed_hosts
        try:
            host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        except ValueError:
            host = ""
        if "*" not in allowed and host not in allowed:
            raise MisdirectedHostError(
                f"host {host!r} is not one of {', '.join(allowed)}; allow it in the server's settings (allowed_hosts)"
            )

    def _check_key(self, path: str, headers: Headers) -> None:
        if self._key is None or path in OPEN or path.startswith("/static/"):
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = headers.get("x-api-key") or (token.strip() if scheme.lower() == "bearer" else "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._key):
            fault = "wrong" if given else "missing"
            raise UnauthorizedError(f"the API key is {fault}; send it as 'Authorization: Bearer KEY' or 'X-API-Key'")

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        limit, seconds = self._settings.max_body_bytes, self._settings.time_limit
        too_large = BodyTooLargeError(f"the body is longer than {limit:,} bytes; send less")
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
            raise too_large
        try:
            body = await asyncio.wait_for(_read(receive, limit), seconds)
        except asyncio.TimeoutError:
            raise SlowRequestError(f"the body did not arrive within {seconds:g} s; send it faster") from None
        if len(body) > limit:
            raise too_large
        return body


def _check_content_type(headers: Headers) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ContentTypeError(f"the content type is {kind or 'missing'!r}; send JSON as application/json")


async def _read(receive: Receive, limit: int) -> bytes:
    """The body, or as much of it as shows that it is too long."""
    body = bytearray()
    while len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then what follows."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed
