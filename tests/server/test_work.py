"""Overload, time limits, and many callers at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx2
import pytest

from ragqa import Answer, Index
from ragqa.server import ServerSettings, create_app
from ragqa.server.problems import OverloadedError, TimeLimitError
from ragqa.server.work import Workers

from .conftest import Client, Running, Slow


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


class TestWorkers:
    def test_refuse_what_the_queue_cannot_hold_and_recover(self) -> None:
        async def story() -> None:
            workers, release = Workers(2, 3, 60), threading.Event()
            tasks = [asyncio.ensure_future(workers.run(partial(release.wait, 60))) for _ in range(5)]
            await until(lambda: workers.pending == 5)
            assert workers.full
            with pytest.raises(OverloadedError, match="5 requests"):
                await workers.run(partial(release.wait, 60))
            release.set()
            assert await asyncio.gather(*tasks) == [True] * 5
            assert workers.pending == 0
            assert await workers.run(lambda: "again") == "again"

        asyncio.run(story())

    def test_never_more_calls_at_once_than_threads(self) -> None:
        running, most, lock = 0, 0, threading.Lock()

        def call() -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.002)
            with lock:
                running -= 1

        async def story() -> None:
            workers = Workers(3, 100, 60)
            await asyncio.gather(*(workers.run(call) for _ in range(60)))

        asyncio.run(story())
        assert most == 3

    def test_time_runs_out_for_who_waits_and_for_who_works(self) -> None:
        async def story() -> None:
            workers, release, done = Workers(1, 5, 0.05), threading.Event(), []
            working = asyncio.ensure_future(workers.run(partial(release.wait, 60)))
            waiting = asyncio.ensure_future(workers.run(lambda: done.append("worked on")))
            with pytest.raises(TimeLimitError, match=r"within 0\.05 s"):
                await working
            with pytest.raises(OverloadedError, match=r"waited 0\.05 s"):
                await waiting
            await until(lambda: workers.pending == 1)  # its thread is still busy, and counts
            release.set()
            await until(lambda: workers.pending == 0)
            assert done == []  # who waited in vain is not worked on any more

        asyncio.run(story())

    def test_a_caller_that_gives_up_leaves_the_queue(self) -> None:
        async def story() -> None:
            workers, release, done = Workers(1, 5, 60), threading.Event(), []
            working = asyncio.ensure_future(workers.run(partial(release.wait, 60)))
            waiting = asyncio.ensure_future(workers.run(lambda: done.append("worked on")))
            await until(lambda: workers.pending == 2)
            waiting.cancel()
            await until(lambda: workers.pending == 1)
            release.set()
            assert await working
            assert done == []

        asyncio.run(story())

    def test_errors_come_through_and_free_their_place(self) -> None:
        async def story() -> None:
            workers = Workers(1, 0, 60)
            for _ in range(3):
                with pytest.raises(ZeroDivisionError):
                    await workers.run(lambda: 1 / 0)
            assert workers.pending == 0

        asyncio.run(story())


def test_overload_is_503_with_retry_after_in_both_tongues(slow: Slow, running: Running) -> None:
    app = create_app(slow, ServerSettings(max_concurrent=1, queue_size=1))  # type: ignore[arg-type]
    with running(app) as url, httpx2.Client(base_url=url, timeout=60) as http, ThreadPoolExecutor() as pool:
        first = pool.submit(http.post, "/ask", json={"question": "1"})
        assert slow.begun.acquire(timeout=60)
        second = pool.submit(http.post, "/ask", json={"question": "2"})
        while http.get("/ready").status_code == 200:  # until the second is in the queue
            pass
        refused = http.post("/ask", json={"question": "3"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["type"] == "urn:ragqa:error:OverloadedError"
        chat = http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "4"}]})
        assert (chat.status_code, chat.headers["retry-after"]) == (503, "1")
        assert chat.json()["error"]["type"] == "server_error"
        assert http.get("/health").status_code == 200
        assert "ragqa_pending 2.0" in http.get("/metrics").text
        slow.release.set()
        assert (first.result().status_code, second.result().status_code) == (200, 200)
        assert slow.asked == ["1", "2"]
        assert http.get("/ready").status_code == 200


def test_too_slow_is_504(slow: Slow, client: Client) -> None:
    response = client(slow, time_limit=0.05).post("/ask", json={"question": "1"})
    assert (response.status_code, response.json()["type"]) == (504, "urn:ragqa:error:TimeLimitError")


def test_many_callers_get_the_answers_that_one_gets(
    seeds: Index, running: Running, facts: Callable[[Answer], dict[str, Any]]
) -> None:
    questions = [
        "Who founded Scale AI?",
        "How much did Meta invest in Scale AI?",
        "What is the boiling point of tungsten?",
    ]
    expected = {question: facts(seeds.ask(question)) for question in questions}
    app = create_app(seeds, ServerSettings(max_concurrent=3))
    with running(app) as url, httpx2.Client(base_url=url, timeout=60) as http, ThreadPoolExecutor(8) as pool:
        for response in pool.map(lambda question: http.post("/ask", json={"question": question}), questions * 4):
            answer = Answer.model_validate_json(response.content)
            assert facts(answer) == expected[answer.question]
