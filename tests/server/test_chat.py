"""OpenAI's own client against a server that listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest

from ragqa import Answer, Index
from ragqa.server import ServerSettings, create_app
from ragqa.server.reply import reply

from .conftest import Client, Running, Slow

KING = "Who is the king of France?"
KEY = "sk-palace"
Facts = Callable[[Answer], dict[str, Any]]


@pytest.fixture
def url(palace: Index, running: Running) -> Iterator[str]:
    with running(create_app(palace, ServerSettings(api_key=KEY))) as address:
        yield address


@pytest.fixture
def official(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def said(question: str) -> Any:
    return [{"role": "user", "content": question}]


class TestCompletions:
    def test_the_reply_and_the_answer_itself(self, official: openai.OpenAI, palace: Index, facts: Facts) -> None:
        done = official.chat.completions.create(model="ragqa", messages=said(KING))
        expected = palace.ask(KING)
        answer = Answer.model_validate(done.model_extra and done.model_extra["ragqa"])
        assert facts(answer) == facts(expected)
        (choice,) = done.choices
        assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
        assert choice.message.content == reply(expected)
        assert (done.object, done.model) == ("chat.completion", "ragqa")
        assert done.usage is not None
        assert done.usage.total_tokens == 0

    def test_a_stream_is_the_same_in_pieces(self, official: openai.OpenAI, palace: Index, facts: Facts) -> None:
        options = {"include_usage": True}
        for extra in ({}, {"stream_options": options}):
            stream = official.chat.completions.create(model="ragqa", messages=said(KING), stream=True, **extra)  # type: ignore[call-overload]
            chunks = list(stream)
            expected = palace.ask(KING)
            contents = [c.choices[0].delta.content or "" for c in chunks if c.choices]
            assert "".join(contents) == reply(expected)
            assert sum(map(bool, contents)) > 1
            assert chunks[0].choices[0].delta.role == "assistant"
            assert [c.choices[0].finish_reason for c in chunks if c.choices][-2:] == [None, "stop"]
            assert ["ragqa" in (c.model_extra or {}) for c in chunks] == [False] * (len(chunks) - 1) + [True]
            assert facts(Answer.model_validate(chunks[-1].model_extra["ragqa"])) == facts(expected)
            assert len({c.id for c in chunks}) == 1
            assert (chunks[-1].usage is not None) == bool(extra)

    def test_a_stream_ends_as_clients_expect(self, url: str) -> None:
        sent = {"messages": said(KING), "stream": True}
        response = httpx2.post(f"{url}/v1/chat/completions", json=sent, headers={"X-API-Key": KEY}, timeout=60)
        assert response.headers["content-type"].startswith("text/event-stream")
        *events, last, end = response.text.split("\n\n")
        assert (last, end) == ("data: [DONE]", "")
        assert all(json.loads(event.removeprefix("data: "))["object"] == "chat.completion.chunk" for event in events)

    def test_the_last_message_of_the_user_is_the_question(self, official: openai.OpenAI) -> None:
        messages: Any = [
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "user", "content": [{"type": "text", "text": f" {KING}"}, {"type": "text", "text": "Tell me."}]},
            {"role": "assistant", "content": "Well,"},
        ]
        done: Any = official.chat.completions.create(
            model="gpt-4o", messages=messages, temperature=0.3, max_tokens=5, seed=1, n=1, user="me"
        )
        assert done.ragqa["question"] == f"{KING}\nTell me."

    def test_earlier_turns_are_its_history(self, official: openai.OpenAI) -> None:
        messages = said("Who is the king of France?")
        first: Any = official.chat.completions.create(model="ragqa", messages=messages)
        messages += [
            {"role": "assistant", "content": first.choices[0].message.content},
            {"role": "user", "content": "How old is he?"},
        ]
        done: Any = official.chat.completions.create(model="ragqa", messages=messages)
        assert done.ragqa["question"] == "How old is he?"
        assert done.ragqa["asked"] == "How old is Bob?"
        assert done.ragqa["carried"] == ["Bob"]

    def test_models(self, official: openai.OpenAI) -> None:
        assert [model.id for model in official.models.list()] == ["ragqa"]
        assert official.models.retrieve("ragqa").owned_by == "ragqa"
        with pytest.raises(openai.NotFoundError, match="no model 'gpt-4'"):
            official.models.retrieve("gpt-4")


class TestErrors:
    @pytest.mark.parametrize(
        ("sent", "told", "param"),
        [
            ({"messages": []}, "at least 1 item", "messages"),
            ({"messages": "Who?"}, "valid list", "messages"),
            ({"messages": said("  ")}, "the question is empty", None),
            ({"messages": said("x" * 3_000)}, "3,000 characters", None),
            ({"messages": [{"role": "system", "content": "Who?"}]}, "none of them is the user's", None),
            ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "'image_url' can't be read", None),
            ({"messages": [{"role": "user"}]}, "none of them is the user's", None),
            ({"messages": said("Who?"), "n": 2}, "should be 1", "n"),
            ({"messages": said("Who?"), "stream": "maybe"}, "valid boolean", "stream"),
        ],
    )
    def test_are_in_openai_form(
        self, official: openai.OpenAI, sent: dict[str, Any], told: str, param: str | None
    ) -> None:
        with pytest.raises(openai.BadRequestError, match=told) as caught:
            official.post("/chat/completions", body=sent, cast_to=object)
        assert (caught.value.type, caught.value.param) == ("invalid_request_error", param)

    def test_half_characters(self, client: Client) -> None:
        for content in (b'"\\ud800"', b'[{"type": "text", "text": "\\ud800"}]', b'[{"type": "\\ud800"}]'):
            sent = b'{"messages": [{"role": "user", "content": ' + content + b"}]}"
            headers = {"content-type": "application/json"}
            response = client().post("/v1/chat/completions", content=sent, headers=headers)
            assert response.status_code == 400
            assert response.json()["error"]["message"]

    def test_a_wrong_key(self, url: str) -> None:
        with (
            openai.OpenAI(base_url=f"{url}/v1", api_key="sk-wrong", max_retries=0) as stranger,
            pytest.raises(openai.AuthenticationError, match="the API key is wrong"),
        ):
            stranger.models.list()

    def test_an_overloaded_server_is_tried_again(self, slow: Slow, running: Running) -> None:
        app = create_app(slow, ServerSettings(max_concurrent=1, queue_size=0, api_key=None))  # type: ignore[arg-type]
        with running(app) as url, httpx2.Client(base_url=url) as http:
            client = openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=5)
            refusals = 0

            def seen(response: Any) -> None:
                nonlocal refusals
                refusals += response.status_code == 503
                slow.release.set()

            client._client.event_hooks = {"response": [seen]}
            first = threading.Thread(
                target=http.post, args=("/ask",), kwargs={"json": {"question": "1"}, "timeout": 60}
            )
            first.start()
            assert slow.begun.acquire(timeout=60)
            done = client.chat.completions.create(model="ragqa", messages=said("2"))
            first.join()
            assert refusals >= 1
            assert done.choices[0].message.content == "The documents don't say."
