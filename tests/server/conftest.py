"""Applications over small indexes, and one that really listens."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from ragqa import Answer, Document, Index
from ragqa.server import ServerSettings, create_app

PALACE = Document(
    id="france/palace notes?.txt", title="Palace", text="Bob is the king of France.\nThe palace has 40 rooms.\n"
)
RUMOURS = Document(id="rumours.txt", text="The palace has 55 rooms, a visitor wrote. <b>Bob</b> is an emoji: 😀.\n")

Client = Callable[..., TestClient]
Running = Callable[[FastAPI], "contextlib.AbstractContextManager[str]"]


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGQA_API_KEY", raising=False)


@pytest.fixture(scope="session")
def palace(build: Callable[..., Index]) -> Iterator[Index]:
    with build(PALACE, RUMOURS) as index:
        yield index


@pytest.fixture
def client(palace: Index) -> Client:
    """A client of an application in this process; settings as keywords, another index as `index`."""

    def make(index: Any = palace, **settings: Any) -> TestClient:
        app = create_app(index, ServerSettings(**settings))
        return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)

    return make


class Slow:
    """Stands in for an index: each question waits until it is released."""

    info: dict[str, object] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.release = threading.Event()
        self.begun = threading.Semaphore(0)  # released once for each question that has begun
        self.asked: list[str] = []

    def __len__(self) -> int:
        return 1

    def ask(self, question: str, **_: object) -> Answer:
        return self.ask_many([question])[0]

    def ask_many(self, questions: list[str], **_: object) -> list[Answer]:
        self.asked += questions
        self.begun.release()
        assert self.release.wait(60)
        made = {"text": None, "answered": False, "confidence": 0, "claims": (), "conflict": False}
        return [Answer(question=question, citations=(), timings={}, **made) for question in questions]


@pytest.fixture
def slow() -> Iterator[Slow]:
    index = Slow()
    yield index
    index.release.set()  # or its threads would outlive a failed test


@pytest.fixture(scope="session")
def running() -> Running:
    """Serves an application with uvicorn on a free port of this machine; gives its address."""

    @contextlib.contextmanager
    def run(app: FastAPI) -> Iterator[str]:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()

    return run
