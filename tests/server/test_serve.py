"""`ragqa serve`: a process of its own, from its first line to its last answer."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from ragqa import Answer, Index
from ragqa.server.run import is_loopback, serve

from .conftest import PALACE, Slow

KING = "Who is the king of France?"

# A server on the index whose folder is the argument; each answer waits for a line of its standard input.
WAITING = """
import sys, ragqa
from ragqa.server.run import serve
class Waiting(ragqa.Index):
    def ask_many(self, questions, **options):
        sys.stdin.readline()
        return super().ask_many(questions, **options)
serve(Waiting.open(sys.argv[1]), "127.0.0.1", 0, lambda said: print(said, flush=True), max_concurrent=1)
"""


@pytest.fixture(scope="module")
def saved(build: Callable[..., Index], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "palace.index"
    build(PALACE, path=path).close()
    return path


@contextlib.contextmanager
def started(*command: str | Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A process of Python, ended with the test."""
    environment = {name: value for name, value in os.environ.items() if name != "RAGQA_API_KEY"} | variables
    line = [sys.executable, *map(str, command)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(line, **pipes, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def is_open(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health").status_code == 200
    except httpx2.TransportError:
        return False


def address(line: str) -> str:
    found = re.search(r"ragqa answers at http://[^:]+:(\d+) from 1 documents?", line)
    assert found, line
    return f"http://127.0.0.1:{found[1]}"


def test_answers_and_ends_quietly(saved: Path) -> None:
    with started("-m", "ragqa", "serve", "--index", saved, "--port", "0") as process:
        assert process.stderr is not None
        url = address(process.stderr.readline())
        answer = Answer.model_validate_json(httpx2.post(f"{url}/ask", json={"question": KING}, timeout=60).content)
        assert answer.question == KING
        assert httpx2.get(f"{url}/ready").headers.get("server") is None
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert (out, err) == ("", "")
        assert process.returncode in (0, -signal.SIGTERM)


@pytest.mark.skipif(os.name == "nt", reason="no SIGTERM there")
def test_sigterm_finishes_what_has_begun_and_what_waits(saved: Path) -> None:
    with started("-c", WAITING, saved) as process, ThreadPoolExecutor() as pool:
        assert process.stdout is not None
        assert process.stdin is not None
        url = address(process.stdout.readline())
        asked = [pool.submit(httpx2.post, f"{url}/ask", json={"question": KING}, timeout=60) for _ in range(3)]
        while "ragqa_pending 3.0" not in httpx2.get(f"{url}/metrics").text:
            pass
        process.send_signal(signal.SIGTERM)
        while is_open(url):
            pass
        assert not any(response.done() for response in asked)
        process.stdin.write("\n" * 3)
        process.stdin.flush()
        for response in asked:
            assert response.result().status_code == 200
            assert response.result().json()["question"] == KING
        assert process.wait(timeout=60) in (0, -signal.SIGTERM)


def test_an_open_address_without_a_key_is_warned_of(saved: Path) -> None:
    for variables, warned in (({}, True), ({"RAGQA_API_KEY": "k"}, False)):
        with started(
            "-m", "ragqa", "serve", "--index", saved, "--port", "0", "--host", "0.0.0.0", **variables
        ) as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            assert first.startswith("warning: anyone who reaches 0.0.0.0 can read the documents") == warned
            url = address(process.stderr.readline() if warned else first)
            named = {"host": "shop.example"}  # which names lead to an open address is not ours to know
            assert httpx2.post(f"{url}/ask", json={"question": KING}, headers=named, timeout=60).status_code == (
                200 if warned else 401
            )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", ""], "host: it is empty"),
        (["--host", "192.0.2.1"], ""),
        (["--concurrency", "0"], "max_concurrent: Input should be greater than or equal to 1"),
        (["--queue", "-1"], "queue_size: "),
        (["--time-limit", "nan"], "time_limit: "),
    ],
    ids=str,
)
def test_impossible_settings_are_one_line(saved: Path, arguments: list[str], said: str) -> None:
    with started("-m", "ragqa", "serve", "--index", saved, *arguments) as process:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"error: {said}")


def test_an_address_in_use_is_one_line(saved: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("-m", "ragqa", "serve", "--index", saved, "--port", port) as process:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 2
            assert re.fullmatch(r"error: .*in use.*\n", err)


def test_a_missing_package_names_the_extra(saved: Path) -> None:
    code = "import sys; sys.modules['fastapi'] = None; from ragqa.cli import main; sys.argv[0] = 'ragqa'; main()"
    with started("-c", code, "serve", "--index", saved) as process:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
        assert err.startswith("error: the server needs the package 'fastapi'")
        assert 'pip install "ragqa[server]"' in err


def test_loopback() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.1.2.3", "::1", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org"]))


def test_ipv6(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6")
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    said: list[str] = []
    serve(slow, "::1", 0, said.append)  # type: ignore[arg-type]
    assert re.fullmatch(r"ragqa answers at http://\[::1\]:\d+ from 1 documents", said[0])
