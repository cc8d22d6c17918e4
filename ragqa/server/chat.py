"""The routes of OpenAI's interface: any chat front end that is pointed at /v1 gets cited answers."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from ragqa.conversation import MOST_TURNS
from ragqa.errors import InvalidArgumentError
from ragqa.pipeline import TOP_K
from ragqa.schema import LONGEST_QUESTION, Answer, Turn
from ragqa.server.api import keyed
from ragqa.server.reply import replied, reply
from ragqa.server.service import Service

MODEL = "ragqa"
ERROR = {
    "description": "What was wrong, as OpenAI's clients expect it.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAIError"}}},
}
NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # no language model was used


class Part(BaseModel):
    """A piece of a message; only text can be read."""

    type: str
    text: str | None = None


class Message(BaseModel):
    """One turn of a conversation."""

    role: str
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    """What a stream says besides."""

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """A conversation, the question being its last message of the user; what only concerns an LLM is passed over."""

    messages: list[Message] = Field(min_length=1)
    model: str = Field(default=MODEL, description="Any name: there is one model.")
    n: Literal[1] | None = Field(default=None, description="There is one answer.")
    stream: bool | None = None
    stream_options: StreamOptions | None = None


def chat_router(service: Service) -> APIRouter:
    """Chat completions, and the list of the one model."""
    router = APIRouter(prefix="/v1", dependencies=keyed(service), responses={"default": ERROR}, tags=["openai"])
    model = {"id": MODEL, "object": "model", "created": int(time.time()), "owned_by": MODEL}

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """List the one model."""
        return {"object": "list", "data": [model]}

    @router.get("/models/{name}")
    async def model_named(name: str) -> dict[str, Any]:
        """Describe the one model."""
        if name != MODEL:
            raise HTTPException(404, f"no model {name!r}; there is {MODEL!r}")
        return model

    @router.post("/chat/completions", response_model=dict[str, Any])
    async def completions(body: ChatRequest) -> Response:
        """Answer the last question of a conversation; the `Answer` itself is in the field `ragqa`."""
        question, history = _conversation(body.messages)
        answer = await service.ask(question, history, TOP_K, None)
        if not body.stream:
            return JSONResponse(_completion(answer))
        with_usage = body.stream_options is not None and bool(body.stream_options.include_usage)
        events = _events(answer, with_usage)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})

    return router


def _conversation(messages: list[Message]) -> tuple[str, list[Turn]]:
    """The user's last message and the turns before it. Raises `InvalidArgumentError` if there is none, or no text."""
    asked = [i for i, message in enumerate(messages) if message.role == "user" and message.content is not None]
    if not asked:
        raise InvalidArgumentError("messages: none of them is the user's; ask something")
    asked = asked[-MOST_TURNS - 1 :]
    last = asked[-1]
    content = messages[last].content
    for part in content if isinstance(content, list) else ():
        if part.type != "text":
            raise InvalidArgumentError(f"messages: a part of type {part.type!r} can't be read; send text")
    history = []
    for i, following in pairwise(asked):
        replies = [_text(message) for message in messages[i + 1 : following] if message.role == "assistant"]
        if question := _text(messages[i])[:LONGEST_QUESTION]:
            history.append(Turn(question=question, answer=replied(replies[-1]) if replies else None))
    return _text(messages[last]), history


def _text(message: Message) -> str:
    content = message.content or ""
    if isinstance(content, str):
        return content.strip()
    return "\n".join(part.text or "" for part in content if part.type == "text").strip()


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _completion(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply(answer), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        **_head("chat.completion"),
        "choices": [choice],
        "usage": NO_TOKENS,
        "ragqa": answer.model_dump(mode="json"),
    }


def _events(answer: Answer, with_usage: bool) -> Iterator[str]:
    """Server-sent events: the reply line by line, then how it ended, with the `Answer` in the last chunk."""
    head = _head("chat.completion.chunk")
    deltas = [{"role": "assistant", "content": ""}] + [{"content": s} for s in reply(answer).splitlines(keepends=True)]
    chunks: list[dict[str, Any]] = [{**head, "choices": [_delta(delta)]} for delta in deltas]
    chunks.append({**head, "choices": [_delta({}, "stop")]})
    if with_usage:
        chunks = [{**chunk, "usage": None} for chunk in chunks]
        chunks.append({**head, "choices": [], "usage": NO_TOKENS})
    chunks[-1]["ragqa"] = answer.model_dump(mode="json")
    for chunk in chunks:
        yield f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"


def _delta(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
