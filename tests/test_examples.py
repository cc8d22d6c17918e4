"""Every example runs as its reader would run it, and says what it should; none of them needs a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

SAID = {
    "ask.py": ["the sources disagree\n", "$10 billion or more  (early-talks.md, line "],
    "context.py": ["The documents say:\n", "[1] ", "Question: What share"],
    "verify.py": [
        "not ok\n",
        "found \"receives 49% of the shares\" ['technical-briefing.md']",
        'absent "worth more than $50 billion" []',
        "misattributed \"buying Scale AI outright\" ['full-acquisition.md']",
    ],
    "tool_calling.py": ["['ask', 'retrieve', 'document', 'verify']", "'tool_call_id': 'call_1'", "Alexandr Wang"],
    "use_langchain.py": ["Alexandr Wang [", ".md "],
    "use_llamaindex.py": ["Alexandr Wang [", ".md "],
    "use_haystack.py": ["Alexandr Wang", "Span(start="],
    "mcp_client.py": ["['ask', 'retrieve', 'document', 'verify']\nAlexandr Wang\n"],
}
SERVED = {
    "openai_client.py": ["Alexandr Wang", "[1]", "\n0."],
    "curl.sh": ['"text":"Alexandr Wang"', '"citations":['],
}

# Any attempt to reach another machine fails, and is seen.
OFFLINE = """
import runpy, sys
def watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if host not in (None, "127.0.0.1", "localhost", "::1"):
        print("NETWORK", event, args, file=sys.stderr)
        raise OSError("there is no network")
sys.addaudithook(watch)
sys.argv = sys.argv[1:]
sys.path[0] = sys.argv[0].rpartition("/")[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(name: str, home: Path, **environment: str) -> str:
    """What an example prints."""
    shell = name.endswith(".sh")
    command = ["sh", str(EXAMPLES / name)] if shell else [sys.executable, "-c", OFFLINE, str(EXAMPLES / name)]
    given = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home), **environment}
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "NETWORK" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SAID)
def test_runs_and_says(name: str, tmp_path: Path) -> None:
    out = run(name, tmp_path)
    for words in SAID[name]:
        assert words in out


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """`ragqa serve` over the articles, as its examples say."""
    command = [sys.executable, "-m", "ragqa", "serve", "--corpus", "seeds", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        yield found[0]
        process.terminate()


@pytest.mark.parametrize("name", SERVED)
def test_asks_a_server(name: str, server: str, tmp_path: Path) -> None:
    if name.endswith(".sh") and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    out = run(name, tmp_path, RAGQA_URL=server)
    for words in SERVED[name]:
        assert words in out


def test_every_example_is_run_and_listed() -> None:
    files = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".sh")}
    assert files == {*SAID, *SERVED}
    listed = (EXAMPLES / "README.md").read_text("utf-8")
    assert all(f"[{name}]({name})" in listed for name in files)
