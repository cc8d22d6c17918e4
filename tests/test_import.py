"""What importing and asking bring into a process, and what they leave alone; each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ragqa

TORCH = {"torch", "transformers", "sentence_transformers", "sklearn", "scipy"}
ENGINES = {"faiss", "onnxruntime", "tantivy", "tokenizers"}

# onnxruntime reports home from version 1.29 on, though not where it takes itself to be tested.
MUFFLERS = {"ORT_DISABLE_TELEMETRY", "CI", "GITHUB_ACTIONS", "TF_BUILD"}

# Every attempt to write, to connect or to look a name up is noted, and the last two fail.
WATCH = """
import json, os, sys
events = []
def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        events.append(f"open {args[0]}")
    elif event in ("os.mkdir", "os.rename", "os.remove", "subprocess.Popen", "sqlite3.connect"):
        events.append(f"{event} {args[0]}")
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"):
        events.append(f"{event} {args[1:]}")
        raise OSError("there is no network")
sys.addaudithook(watch)
def report(**more):
    print(json.dumps({"modules": sorted(sys.modules), "events": events, **more}))
"""


def run(code: str, folder: Path, *options: str) -> dict[str, Any]:
    """Run code in a fresh interpreter and return what it reports."""
    own = {"HOME": str(folder), "RAGQA_CACHE_DIR": str(folder / "cache"), "TMPDIR": str(folder)}
    environment = {name: value for name, value in os.environ.items() if name not in MUFFLERS} | own
    command = [sys.executable, "-B", *options, "-c", WATCH + code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_importing_is_light_silent_and_has_no_effects(tmp_path: Path) -> None:
    code = """
import logging, warnings
before = (logging.root.level, list(logging.root.handlers), list(warnings.filters), dict(os.environ))
import ragqa
names = {name: getattr(logging.getLogger(name), "handlers") for name in logging.root.manager.loggerDict}
same = before == (logging.root.level, list(logging.root.handlers), list(warnings.filters), dict(os.environ))
report(same=same, handlers=[name for name, handlers in names.items() if handlers])
"""
    report = run(code, tmp_path, "-W", "error")
    assert report["same"]
    assert report["handlers"] == []
    assert report["events"] == []
    assert {"numpy", "pydantic", "typer", "rich", *TORCH, *ENGINES}.isdisjoint(report["modules"])
    assert list(tmp_path.iterdir()) == []


def test_every_public_name_comes_without_the_engines(tmp_path: Path) -> None:
    code = """
import ragqa, logging, warnings
filters = list(warnings.filters)
for name in ragqa.__all__:
    getattr(ragqa, name)
for room in ("errors", "schema", "chunking", "pipeline", "corpus"):
    assert getattr(ragqa, room).__name__ == f"ragqa.{room}"
report(handlers=len(logging.root.handlers), filters=len(warnings.filters) - len(filters))
"""
    report = run(code, tmp_path, "-W", "error")
    assert (TORCH | ENGINES).isdisjoint(report["modules"])
    assert report["handlers"] == 0
    assert report["events"] == []


def test_asking_needs_neither_torch_nor_the_network(tmp_path: Path) -> None:
    code = """
import logging, ragqa
answer = ragqa.ask("Who founded Scale AI?", min_confidence=0)
report(text=answer.text, handlers=len(logging.root.handlers))
"""
    report = run(code, tmp_path)
    assert report["text"]
    assert TORCH.isdisjoint(report["modules"])
    assert set(report["modules"]) > ENGINES
    assert not [event for event in report["events"] if event.startswith(("socket", "subprocess"))]
    assert report["handlers"] == 0
    # The libraries' own code can't be watched from Python, but who reports home leaves an identifier behind.
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="'ragqa' has no attribute 'Indx'"):
        _ = ragqa.Indx  # type: ignore[attr-defined]
    assert set(ragqa.__all__) <= set(dir(ragqa))
    for name in ragqa.__all__:
        assert getattr(ragqa, name).__module__.startswith("ragqa.")
